"""The environment: read as it is meant, and refused by name."""

import re

import pytest

from chalicelib.settings import Settings, SettingWrong, read


def test_what_is_not_set_has_its_default() -> None:
    assert read({}) == Settings()
    assert read({"PATH": "/bin", "entries_table": "in small letters"}) == Settings()


def test_each_setting_is_read_from_the_variable_of_its_name() -> None:
    given = read(
        {
            "ENTRIES_TABLE": "entries",
            "PASS_LIFETIME_SECONDS": "7200",
            "DECLARATION_RETENTION_DAYS": "1",
            "MAINTENANCE": "true",
            "PUBLIC_URL": "https://pass.example/api",
            "SMS_SENDER": "",
            "CORS_ORIGINS": "https://a.example,https://b.example",
        }
    )
    assert (given.entries_table, given.maintenance, given.sms_sender) == ("entries", True, "")
    assert (given.pass_lifetime.total_seconds(), given.declaration_retention.days) == (7200, 1)
    assert (given.public_url, given.cors_origins.count(",")) == ("https://pass.example/api", 1)
    assert read({"MAINTENANCE": "false"}).maintenance is False
    assert (read({}).docs, read({"DOCS": "false"}).docs) == (True, False)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("PASS_LIFETIME_SECONDS", "59", "a whole number from 60 to 86400"),
        ("PASS_LIFETIME_SECONDS", "86401", "a whole number from 60 to 86400"),
        *(("PASS_LIFETIME_SECONDS", text, "a whole number") for text in ("", "1e3", "-60", " 60", "६०", "9" * 5000)),
        ("CITIZEN_TOKEN_SECONDS", "299", "a whole number from 300 to 86400"),
        ("EXPOSURE_RETENTION_DAYS", "0", "a whole number from 1 to 3650"),
        *((name, "yes", "true or false") for name in ("MAINTENANCE", "DOCS", "SANDBOX", "WEBHOOKS_TO_THIS_MACHINE")),
        ("ENTRIES_TABLE", "", "text of 1 to 255 characters"),
        ("STAGE", "x" * 256, "text of 1 to 255 characters"),
        *(("PUBLIC_URL", text, "a URL") for text in ("", "ftp://x.example", "https://", "https://a b", "https://x\n")),
        ("STAFF_KEYS_URL", "https://" + "x" * 248, "a URL of at most 255 characters"),
        ("STAFF_SUBJECT_PATTERN", "[0-9", "a regular expression"),
        ("STAFF_LOOKS_AN_HOUR", "39", "a whole number from 40 to 100000"),
        ("SMS_SENDER", "Tây Ninh", "at most 11 letters"),
        ("SMS_PROVIDER", "twilio", "sns or esms"),
        ("ESMS_BRANDNAME", "x" * 12, "at most 11 letters"),
        ("ZALO_APP_ID", "36084652x", "at most 32 digits"),
        *(("ZALO_PROXY_URL", text, "a URL without a path") for text in ("proxy", "http://u:p@x", "http://x/p")),
        ("CORS_ORIGINS", "https://a.example, https://b.example", "at most 1,000"),
    ],
)
def test_what_cannot_be_used_is_refused_by_its_name(name: str, text: str, expected: str) -> None:
    with pytest.raises(SettingWrong, match=re.escape(f"{name} must be {expected}")):
        read({name: text})


def test_everything_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(SettingWrong, match=r"STAGE must be .*; MAINTENANCE must be true or false"):
        read({"MAINTENANCE": "1", "STAGE": ""})
