"""The environment, validated once, at first use, with a message that names the variable.

Each function has only the variables it needs, so each is required when it is used, not when the process starts.
"""

import os
from datetime import timedelta
from functools import cache
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chalicelib.models.errors import Misconfigured

_Name = Annotated[str, Field(min_length=1, max_length=255)]
_Url = Annotated[str, Field(max_length=255, pattern=r"^https?://[!-~]+$")]


class Settings(BaseModel):
    """What can be set. Fields without a default must be in the environment of a function that uses them."""

    model_config = ConfigDict(frozen=True)

    aws_region: _Name = "ap-southeast-1"
    stage: _Name = "dev"
    province: _Name = "tay-ninh"
    """The folder of `chalicelib/data/provinces` with the province's own data."""
    entries_table: _Name | None = None
    tracing_table: _Name | None = None
    messages_table: _Name | None = None
    reference_table: _Name | None = None
    tracing_queue_url: _Url | None = None
    messages_queue_url: _Url | None = None
    set_aside_queue_url: _Url | None = None
    signing_keys_parameter: _Name | None = None
    """Parameter store: the signing keys (see `chalicelib.adapters.pass_keys`)."""
    hash_key_parameter: _Name | None = None
    """Parameter store: the secret of keyed hashes, 64 hexadecimal digits."""
    public_url: _Url | None = None
    """Where the API answers, up to before `/v1`, for links in messages."""
    sms_sender: Annotated[str, Field(max_length=11, pattern=r"^[A-Za-z0-9]*$")] = ""
    """A sender name registered in Vietnam; empty for the account's default."""
    staff_issuer: _Url | None = None
    staff_keys_url: _Url | None = None
    """The issuer's JWK set."""
    staff_audience: _Name | None = None
    staff_groups_claim: _Name = "cognito:groups"
    maintenance: bool = False
    """Writes are answered 503; gates still check passes."""
    cors_origins: Annotated[str, Field(max_length=1000, pattern=r"^[!-~]*$")] = ""
    """Origins whose pages may read answers, separated by commas; `*` for all."""
    pass_lifetime_seconds: Annotated[int, Field(ge=60, le=86_400)] = 3600
    declaration_retention_days: Annotated[int, Field(ge=1, le=3650)] = 30
    exposure_retention_days: Annotated[int, Field(ge=1, le=3650)] = 21
    message_lease_seconds: Annotated[int, Field(ge=1, le=900)] = 30
    """Longer than the message worker's time limit."""

    @property
    def pass_lifetime(self) -> timedelta:
        return timedelta(seconds=self.pass_lifetime_seconds)

    @property
    def declaration_retention(self) -> timedelta:
        return timedelta(days=self.declaration_retention_days)

    @property
    def exposure_retention(self) -> timedelta:
        return timedelta(days=self.exposure_retention_days)


class SettingWrong(Misconfigured):
    """A variable of the environment is missing or wrong; the message names it."""


@cache
def settings() -> Settings:
    """The settings of this process. Raises `SettingWrong`."""
    present = {name: os.environ[name.upper()] for name in Settings.model_fields if name.upper() in os.environ}
    try:
        return Settings.model_validate(present)
    except ValidationError as error:
        wrong = "; ".join(f"{str(each['loc'][0]).upper()}: {each['msg']}" for each in error.errors())
        raise SettingWrong(f"the environment has settings that cannot be used: {wrong}") from None


def needed(name: str) -> str:
    """A text setting that the caller cannot do without. Raises `SettingWrong` if it is not set."""
    value = getattr(settings(), name)
    if value is None:
        raise SettingWrong(f"set {name.upper()} in the function's environment")
    return str(value)
