"""The environment, checked once, at first use, with a message that names the variable.

Each function has only the variables it needs, so each is required when it is used, not when the process starts.
"""

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

from chalicelib.models.errors import Misconfigured


class Settings(NamedTuple):
    """What can be set. Fields that may be None must be in the environment of a function that uses them.

    No model of pydantic's: it would take 5 ms of each cold start, and a function has no other input so simple.
    """

    aws_region: str = "ap-southeast-1"
    stage: str = "dev"
    province: str = "tay-ninh"
    """The folder of `chalicelib/data/provinces` with the province's own data."""
    entries_table: str | None = None
    tracing_table: str | None = None
    messages_table: str | None = None
    reference_table: str | None = None
    webhooks_table: str | None = None
    cases_table: str | None = None
    stays_table: str | None = None
    permits_table: str | None = None
    drafts_table: str | None = None
    statistics_table: str | None = None
    tracing_queue_url: str | None = None
    messages_queue_url: str | None = None
    declared_queue_url: str | None = None
    webhooks_queue_url: str | None = None
    waves_queue_url: str | None = None
    cases_queue_url: str | None = None
    stays_queue_url: str | None = None
    counts_queue_url: str | None = None
    set_aside_queue_url: str | None = None
    queue_url: str | None = None
    """The queue that this function works for."""
    dead_letters_url: str | None = None
    """The dead letters of that queue."""
    conversations_queue_url: str | None = None
    signing_keys_parameter: str | None = None
    """Parameter store: the signing keys (see `chalicelib.adapters.pass_keys`)."""
    hash_key_parameter: str | None = None
    """Parameter store: the secret of keyed hashes, 64 hexadecimal digits."""
    webhook_key_parameter: str | None = None
    """Parameter store: the key that the secrets of partners' endpoints are made with, 64 hexadecimal digits."""
    webhooks_to_this_machine: bool = False
    """Whether endpoints may be on this machine, without TLS. Only for the local engine."""
    public_url: str | None = None
    """Where the API answers, up to before `/v1`, for links in messages."""
    rehearsal_sandbox_url: str = ""
    """Where the API of a sandbox answers, in which whole journeys are rehearsed; none if empty."""
    sms_sender: str = ""
    """A sender name registered in Vietnam; empty for the account's default."""
    sms_rate: int = 20
    """Texts a second that the provider takes from the account."""
    sms_provider: str = "sns"
    """Who sends texts: `sns` (Amazon) or `esms`."""
    esms_parameter: str | None = None
    """Parameter store: the account at eSMS, `{"api_key", "secret_key"}`."""
    esms_brandname: str = ""
    """The sender name that eSMS has registered."""
    esms_url: str = "https://rest.esms.vn"
    zalo_app_id: str = ""
    """The app at Zalo; without one nothing is sent by Zalo."""
    zalo_parameter: str | None = None
    """Parameter store: the secrets of the app and of its Official Account, `{"app_secret", "oa_secret"}`."""
    zalo_tokens_parameter: str | None = None
    """Parameter store: the tokens of the Official Account (see `chalicelib.models.messaging.tokens`)."""
    zalo_proxy_url: str = ""
    """A proxy in Vietnam for requests to Zalo; empty: none."""
    zalo_graph_url: str = "https://graph.zalo.me"
    zalo_openapi_url: str = "https://openapi.zalo.me"
    zalo_business_url: str = "https://business.openapi.zalo.me"
    zalo_oauth_url: str = "https://oauth.zaloapp.com"
    spending_a_day: int = 40_000_000
    """The most that the stage spends on messages, in VND."""
    declare_url: str = ""
    """Where people declare, as the Official Account answers it: the form's page, or the mini app."""
    staff_issuer: str | None = None
    staff_keys_url: str | None = None
    """The issuer's JWK set."""
    staff_audience: str | None = None
    staff_groups_claim: str = "cognito:groups"
    staff_subject_pattern: str = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    """A regular expression: the form of the issuer's subjects. Those of Cognito are UUIDs."""
    staff_looks_an_hour: int = 600
    """Looks at persons' data that a member of staff may take in an hour."""
    maintenance: bool = False
    """Writes are answered 503; gates still check passes."""
    sandbox: bool = False
    """Whether apps are tried out here: no text is sent, and answers say so. The stage's name begins with `sandbox`."""
    docs: bool = True
    """Whether the documentation is shown, the page and the OpenAPI document."""
    cors_origins: str = ""
    """Origins whose pages may read answers, separated by commas; `*` for all. `http://localhost:*` is any port of a
    host: the template takes it only for the local engine."""
    pass_lifetime_seconds: int = 3600
    citizen_token_seconds: int = 12 * 3600
    """How long the token of a proven phone is good for."""
    declaration_retention_days: int = 30
    exposure_retention_days: int = 21
    case_retention_days: int = 180
    stay_retention_days: int = 28
    """After the last day of a stay."""
    permit_retention_days: int = 30
    """After the end of a permit, and after each crossing."""
    statistics_hidden_below: int = 10
    """Public counts from 1 to one less are hidden."""
    message_lease_seconds: int = 40
    """Longer than the message worker's time limit."""

    @property
    def pass_lifetime(self) -> timedelta:
        return timedelta(seconds=self.pass_lifetime_seconds)

    @property
    def citizen_token_lifetime(self) -> timedelta:
        return timedelta(seconds=self.citizen_token_seconds)

    @property
    def declaration_retention(self) -> timedelta:
        return timedelta(days=self.declaration_retention_days)

    @property
    def exposure_retention(self) -> timedelta:
        return timedelta(days=self.exposure_retention_days)

    @property
    def case_retention(self) -> timedelta:
        return timedelta(days=self.case_retention_days)

    @property
    def stay_retention(self) -> timedelta:
        return timedelta(days=self.stay_retention_days)

    @property
    def permit_retention(self) -> timedelta:
        return timedelta(days=self.permit_retention_days)


_NAME = r"(?s:.{1,255})", "text of 1 to 255 characters"
_URL = r"(?=.{1,255}$)https?://[!-~]+", "a URL of at most 255 characters"
_FORMS = {
    "tracing_queue_url": _URL,
    "messages_queue_url": _URL,
    "declared_queue_url": _URL,
    "webhooks_queue_url": _URL,
    "waves_queue_url": _URL,
    "cases_queue_url": _URL,
    "stays_queue_url": _URL,
    "counts_queue_url": _URL,
    "set_aside_queue_url": _URL,
    "queue_url": _URL,
    "dead_letters_url": _URL,
    "public_url": _URL,
    "staff_issuer": _URL,
    "staff_keys_url": _URL,
    "zalo_graph_url": _URL,
    "zalo_openapi_url": _URL,
    "zalo_business_url": _URL,
    "zalo_oauth_url": _URL,
    "esms_url": _URL,
    "conversations_queue_url": _URL,
    # 56 characters: with what stands behind its `#`, a message is one part of an SMS.
    "declare_url": (r"((?=.{1,56}$)https?://[!\"$-~]+)?", "a URL of at most 56 characters without #, or empty"),
    "rehearsal_sandbox_url": (r"(https?://[!-~]{1,247})?", "a URL of at most 255 characters, or empty"),
    "sms_provider": ("sns|esms", "sns or esms"),
    "esms_brandname": (r"[A-Za-z0-9 ._-]{0,11}", "at most 11 letters, digits, blanks, dots and hyphens"),
    "zalo_app_id": (r"[0-9]{0,32}", "at most 32 digits"),
    # Without a password: a function's settings are no secret.
    "zalo_proxy_url": (r"(https?://[A-Za-z0-9.:-]{1,240})?", "a URL without a path, a user and a password"),
    "sms_sender": (r"[A-Za-z0-9]{0,11}", "at most 11 letters and digits without accents"),
    "cors_origins": (r"[!-~]{0,1000}", "at most 1,000 characters, without blanks"),
}
"""By setting: the pattern of its text, and its description in errors. Other text settings use `_NAME`."""

_DAYS = range(1, 3651)
_BOUNDS = {
    "pass_lifetime_seconds": range(60, 86_401),
    "citizen_token_seconds": range(300, 86_401),
    "declaration_retention_days": _DAYS,
    "exposure_retention_days": _DAYS,
    "case_retention_days": _DAYS,
    "stay_retention_days": _DAYS,
    "permit_retention_days": _DAYS,
    "message_lease_seconds": range(1, 901),
    "statistics_hidden_below": range(5, 101),
    "sms_rate": range(5, 10_001),
    "spending_a_day": range(1, 1_000_000_000),
    "staff_looks_an_hour": range(40, 100_001),
}
_SWITCH = {"true": True, "false": False}
_SWITCHES = ("docs", "maintenance", "sandbox", "webhooks_to_this_machine")
SANDBOX = "sandbox"
"""What the names of sandboxes begin with, and of no other stage: so no setting alone turns a stage into one."""


class SettingWrong(Misconfigured):
    """A variable of the environment is missing or wrong; the message names it."""


@cache
def settings() -> Settings:
    """The settings of this process. Raises `SettingWrong`."""
    return read(os.environ)


def read(environment: Mapping[str, str]) -> Settings:
    """The settings of an environment. Raises `SettingWrong`, with all that is wrong."""
    present = {name: environment[name.upper()] for name in Settings._fields if name.upper() in environment}
    problems = {name: _problem(name, text) for name, text in present.items()}
    if wrong := "; ".join(f"{name.upper()} must be {needs}" for name, needs in problems.items() if needs):
        raise SettingWrong(f"the environment has settings that cannot be used: {wrong}")
    made = Settings(**{name: _value(name, text) for name, text in present.items()})
    if made.sandbox != made.stage.startswith(SANDBOX):
        raise SettingWrong("SANDBOX must be true in a stage whose name begins with sandbox, and false in all others")
    return made


def needed(name: str) -> str:
    """A text setting that the caller cannot do without. Raises `SettingWrong` if it is not set."""
    value = getattr(settings(), name)
    if value is None:
        raise SettingWrong(f"set {name.upper()} in the function's environment")
    return str(value)


def _problem(name: str, text: str) -> str | None:
    """The requirement that this text of a setting does not meet; None if it is valid."""
    if name in _BOUNDS:
        bounds = _BOUNDS[name]
        fits = text.isascii() and text.isdecimal() and len(text) < 10 and int(text) in bounds
        return None if fits else f"a whole number from {bounds.start} to {bounds.stop - 1}"
    if name in _SWITCHES:
        return None if text in _SWITCH else " or ".join(_SWITCH)
    if name == "staff_subject_pattern" and not _compiles(text):
        return "a regular expression"
    form, expected = _FORMS.get(name, _NAME)
    return None if re.fullmatch(form, text) else expected


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _value(name: str, text: str) -> Any:
    if name in _BOUNDS:
        return int(text)
    return _SWITCH[text] if name in _SWITCHES else text
