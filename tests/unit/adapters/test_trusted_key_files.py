"""What an entry of a trust list says about its key."""

from chalicelib.models.certificates.terms import CertificateKind
from tests.certificates import signer, vietnamese_key
from tests.forms import NOW
from tests.unit.certificates.listed import trusted


def test_a_key_that_names_no_use_signs_all() -> None:
    for uses in ((), ("1.3.6.1.5.5.7.3.2",)):
        _, entry = signer(vietnamese_key(), NOW, uses=uses)
        assert set(trusted(entry).uses) == set(CertificateKind)
