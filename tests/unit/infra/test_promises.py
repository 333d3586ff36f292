"""What the consent text promises is what the stack does."""

import re

import pytest

from chalicelib.models.people.province import consent_texts
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
