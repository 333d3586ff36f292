"""Read a certificate."""

from datetime import datetime

from chalicelib.models.certificates.contents import Unreadable, contents_of
from chalicelib.models.certificates.readings import Reading, doubts_of_key, judge
from chalicelib.models.certificates.terms import CertificateDoubt, CertificateVerdict
from chalicelib.services.certificates.ports import DecodeCertificate, TrustedKeys


def read_certificate(text: str, at: datetime, *, decode: DecodeCertificate, trusted_keys: TrustedKeys) -> Reading:
    """What the text of a scanned certificate says, and whether it was valid at a moment. Every text gets an answer.

    The keys are those that are trusted now.
    """
    try:
        container = decode(text)
        contents = contents_of(container.claims)
    except Unreadable as error:
        return Reading(CertificateVerdict.UNREADABLE, at, failed_at=error.stage)
    listed = trusted_keys.find(container.key_id) if container.key_id else []
    signed = [(doubts_of_key(contents, key, at), key) for key in listed if container.signed_by(key.der)]
    # Countries may share a key's id, or list the same key: take the one that fits best.
    signed.sort(key=lambda each: (CertificateDoubt.KEY_NOT_FOR_THIS_KIND in each[0], len(each[0])))
    return judge(contents, at, listed=bool(listed), key=signed[0][1] if signed else None)
