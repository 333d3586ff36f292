"""The words for what a certificate is worth."""

from chalicelib.data import words
from chalicelib.models.certificates.terms import CertificateDoubt, CertificateVerdict, Stage


def test_every_verdict_stage_and_doubt_has_words_in_both_languages() -> None:
    for kind, codes in (("verdicts", CertificateVerdict), ("stages", Stage), ("doubts", CertificateDoubt)):
        assert words("certificates")[kind].keys() == set(codes)
        for texts in words("certificates")[kind].values():
            assert set(texts) == {"title", "detail"}
            assert all(set(text) == {"vi", "en"} and all(text.values()) for text in texts.values())
