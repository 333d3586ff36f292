"""What the consent text promises is what the stack does."""

import re

import pytest

from chalicelib.models.entry.declarations import Consent
from chalicelib.models.people.consents import ConsentPurpose, consent_texts
from tests.unit.infra.template import TEMPLATE

EXPIRED_FOR = 3
"""Days in which DynamoDB deletes what has expired: "within a few days", by its documentation."""

PROMISED = {
    "vi": r"khai báo được xóa sau (\d+) ngày, dữ liệu truy vết sau (\d+) ngày; "
    r"bản sao lưu của chúng được xóa chậm nhất (\d+) ngày sau đó\. .* được giữ (\d+) ngày",
    "en": r"Declarations are deleted after (\d+) days, tracing data after (\d+) days; "
    r"their backups are deleted at most (\d+) days later\. .* is kept for (\d+) days",
}


def _default(setting: str) -> int:
    return int(TEMPLATE["Parameters"][setting]["Default"])


MUST_SAY = {
    "vi": ("nhạy cảm", "nước ngoài", "Singapore", "1022", "Tin nhắn là mục riêng", "rút lại sự đồng ý", "truy vết"),
    "en": ("Sensitive", "abroad", "Singapore", "1022", "I may decline them", "withdraw my consent", "trace contacts"),
}


@pytest.mark.parametrize("language", MUST_SAY)
def test_the_consent_text_says_what_the_law_asks_for(language: str) -> None:
    """Sensitive data, storage abroad, purposes, what may be declined, how to withdraw."""
    current = consent_texts("tay-ninh")[-1]
    text = getattr(current.text, language)
    assert [words for words in MUST_SAY[language] if words not in text] == []
    assert {name for name in Consent.model_fields if name in set(ConsentPurpose)} == {*current.may_be_declined}


@pytest.mark.parametrize("language", PROMISED)
def test_records_and_their_backups_leave_when_the_consent_text_says(language: str) -> None:
    text = getattr(consent_texts("tay-ninh")[-1].text, language)
    promise = re.search(PROMISED[language], text)
    assert promise is not None
    declarations, exposures, backups, audit = map(int, promise.groups())
    assert declarations == _default("DeclarationRetentionDays")
    assert exposures == _default("ExposureRetentionDays")
    assert audit == _default("AuditRetentionDays")
    recovery = {
        name: each["Properties"]["PointInTimeRecoverySpecification"].get("RecoveryPeriodInDays", 35)
        for name, each in TEMPLATE["Resources"].items()
        if each.get("Type") == "AWS::DynamoDB::Table" and "TimeToLiveSpecification" in each["Properties"]
    }
    assert recovery.keys() >= {"EntriesTable", "TracingTable", "MessagesTable"}
    assert {name: days + EXPIRED_FOR for name, days in recovery.items()} == dict.fromkeys(recovery, backups)
