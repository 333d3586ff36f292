"""What the command for staff makes."""

import pytest

from infra.__main__ import main
from infra.operation.staff import temporary_password
from tests.unit.infra.template import TEMPLATE


def test_a_printed_password_fits_the_policy_of_the_pool() -> None:
    policy = TEMPLATE["Resources"]["StaffPool"]["Properties"]["Policies"]["PasswordPolicy"]
    for _ in range(100):
        password = temporary_password()
        assert len(password) >= policy["MinimumLength"]
        assert any(each.isdigit() for each in password)
        assert any(each.islower() for each in password)


def test_a_role_that_is_none_is_answered_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["staff", "add", "guard-1", "--stage", "prod", "--role", "guard"])
    assert "there is no role guard. There are: checkpoint, supervisor, " in capsys.readouterr().err
