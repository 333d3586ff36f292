"""What the command for staff makes."""

from infra.operation.staff import temporary_password
from tests.unit.infra.template import TEMPLATE


def test_a_printed_password_fits_the_policy_of_the_pool() -> None:
    policy = TEMPLATE["Resources"]["StaffPool"]["Properties"]["Policies"]["PasswordPolicy"]
    for _ in range(100):
        password = temporary_password()
        assert len(password) >= policy["MinimumLength"]
        assert any(each.isdigit() for each in password)
        assert any(each.islower() for each in password)
