"""The answer to a scan of a certificate, and of the pass whose code came with it."""

from typing import Any, Literal

from chalicelib.handlers.certificates.answers import ReadCertificate, certificate
from chalicelib.handlers.entry.answers import instructions, papers
from chalicelib.handlers.gate.answers import PolicyOf, findings_of
from chalicelib.handlers.gate.pass_answers import OnRecord, on_record
from chalicelib.models.entry.passes import Verdict
from chalicelib.models.gate.scans import ReadAs
from chalicelib.services.gate.evidence import CheckedCertificate as CertificateResult


class CheckedCertificate(OnRecord):
    """A certificate of vaccination, test or recovery.

    With the `code` of a pass, the verdict and the rest are that pass's, and `findings`, `instructions` and
    `papers_required` are what the policy says by what the certificate proves.
    """

    read_as: Literal[ReadAs.CERTIFICATE] = ReadAs.CERTIFICATE
    """What the text was taken for."""
    certificate: ReadCertificate
    """The certificate."""


def checked_certificate(result: CertificateResult, policy_of: PolicyOf, language: str) -> CheckedCertificate:
    """For roles that see health."""
    at = result.reading.read_at
    shape: dict[str, Any] = {"checked_at": at}
    if result.code is not None:
        shape |= {"verdict": Verdict.UNKNOWN, "code": result.code.shown, "person_number": result.code.person}
    if result.held is not None and result.assessment is not None:
        policy = policy_of(result.held.policy_version)
        shape |= on_record(result.held, policy_of, at, with_health=True, language=language)
        shape["verdict"] = result.held.verdict(at)
        # They follow from the declared health answers, too.
        if not result.held.is_restricted:
            shape |= {
                "findings": findings_of(policy, result.assessment.findings, language),
                "instructions": instructions(policy, result.assessment.instructions, language),
                "papers_required": papers(policy, result.assessment.papers, language),
            }
    return CheckedCertificate(certificate=certificate(result.reading, language, result.doubts), **shape)
