"""The operator's commands for Zalo and eSMS, on moto."""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from infra.accounts import Account
from infra.errors import CannotGoOn
from infra.operation import esms, prompts, zalo
from infra.operation.keys import secret_names
from tests.integration.messaging.conftest import provider, tokens
from tests.tables import REGION, client
from tests.unit.adapters.answering import Provider

__all__ = ["provider"]  # a fixture
NOW = datetime(2021, 7, 22, 7, 0, tzinfo=UTC)


@pytest.fixture
def account(provider: Provider) -> Account:
    return Account(boto3.Session("test", "test", region_name=REGION), REGION)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, account: Account) -> list[str]:
    """What the operator types next. Commands work on moto's account."""
    answers: list[str] = []
    monkeypatch.setattr(prompts, "getpass", lambda _: answers.pop(0))
    for module in (zalo, esms):
        monkeypatch.setattr(module, "chosen", lambda *_: (account, "test"))
    return answers


def parameter(name: str) -> str:
    answer = client("ssm").get_parameter(Name=f"/tay-ninh-pass/test/{name}", WithDecryption=True)["Parameter"]
    assert answer["Type"] == "SecureString"
    return str(answer["Value"])


def test_secrets_are_typed_and_not_arguments_and_not_printed(
    typed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    typed += [" app-secret-2 ", "oa-secret-2", "api-key-2", "secret-key-2"]
    zalo.main(ArgumentParser(), ["setup"])
    esms.main(ArgumentParser(), ["setup"])
    assert json.loads(parameter("zalo")) == {"app_secret": "app-secret-2", "oa_secret": "oa-secret-2"}
    assert json.loads(parameter("esms")) == {"api_key": "api-key-2", "secret_key": "secret-key-2"}
    assert "-2" not in capsys.readouterr().out


def test_both_tokens_are_stored_at_once_and_renewed_within_the_hour(typed: list[str]) -> None:
    typed += ["access-9", "refresh-9"]
    zalo.main(ArgumentParser(), ["tokens"])
    assert (tokens().access_token, tokens().refresh_token) == ("access-9", "refresh-9")
    assert tokens().expires_at <= datetime.now(UTC) + timedelta(hours=1)
    typed += ["access-9", "access-9"]
    with pytest.raises(CannotGoOn, match="two texts"):
        zalo.main(ArgumentParser(), ["tokens"])


@pytest.mark.parametrize("text", ["", " ", "a b", "mã", "a\tb"])
def test_what_no_provider_gives_is_not_stored(typed: list[str], text: str) -> None:
    typed += ["good", text]
    before = parameter("zalo")
    with pytest.raises(CannotGoOn, match="Nothing was stored"):
        zalo.main(ArgumentParser(), ["setup"])
    assert parameter("zalo") == before


def test_a_check_says_in_a_sentence_whether_zalo_takes_the_token(
    account: Account, provider: Provider, typed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CannotGoOn, match=r"No tokens are stored.*zalo tokens --stage test"):
        zalo.check(account, "test", NOW)
    zalo.store_tokens(account, "test", "access-1", "refresh-1", NOW + timedelta(hours=1))
    provider.answers_with({"error": 0, "data": {"name": "Tỉnh Bịa"}}, {"error": -216}, {"error": -216}, b"<html>")
    zalo.main(ArgumentParser(), ["check"])
    assert capsys.readouterr().out == "Zalo takes the token, as Tỉnh Bịa. It is good until 2021-07-22 08:00 UTC.\n"
    assert provider.last.headers["access_token"] == "access-1"
    with pytest.raises(CannotGoOn, match="which should be good"):
        zalo.check(account, "test", NOW)
    with pytest.raises(CannotGoOn, match="ended at 2021-07-22 08:00 UTC and was not renewed"):
        zalo.check(account, "test", NOW + timedelta(hours=2))
    with pytest.raises(CannotGoOn, match="no answer that can be read"):
        zalo.check(account, "test", NOW)
    assert [each.path for each in provider.asked] == ["/zalo_openapi/v2.0/oa/getoa"] * 4


def test_who_deletes_a_stage_is_told_of_these_secrets_too() -> None:
    assert {f"/tay-ninh-pass/test/{name}" for name in ("zalo", "zalo-tokens", "esms")} <= set(secret_names("test"))
