"""Every test starts from the same AWS: what another one did to it is gone."""

from typing import Any

import pytest

from chalicelib import settings
from chalicelib.wiring.policy import in_force
from tests.forms import form
from tests.integration.conftest import Api, Clock
from tests.tables import TABLES, client, rows

SPOILED = "spoiled"


# Whichever comes second meets what the first has left.
@pytest.mark.parametrize("turn", ["one", "another"])
def test_what_a_test_did_to_aws_is_gone_in_the_next(
    api: Api, aws: dict[str, str], clock: Clock, reference_rows: list[dict[str, Any]], turn: str
) -> None:
    assert settings.settings.cache_info().currsize == in_force.cache_info().currsize == 0
    assert _by_key(rows("reference")) == _by_key(reference_rows)
    assert [rows(table.lower()) for table in TABLES if table != "Reference"] == [[]] * (len(TABLES) - 1)
    ssm, sqs = client("ssm"), client("sqs")
    secrets = [aws[f"{name}_PARAMETER"] for name in ("SIGNING_KEYS", "HASH_KEY", "WEBHOOK_KEY")]
    kept = ssm.get_parameters(Names=secrets, WithDecryption=True)["Parameters"]
    assert SPOILED not in [each["Value"] for each in kept]
    names = (
        *("TRACING", "MESSAGES", "DECLARED", "WEBHOOKS", "CONVERSATIONS", "WAVES", "CASES", "STAYS", "COUNTS"),
        "SET_ASIDE",
    )
    queues = [*(aws[f"{name}_QUEUE_URL"] for name in names), aws["DEAD_LETTERS_URL"]]
    assert sqs.list_queues()["QueueUrls"] == queues
    assert [sqs.receive_message(QueueUrl=queue).get("Messages") for queue in queues] == [None] * len(queues)

    assert api("POST", "/v1/declarations", form(clock())).status_code == 201
    for row in reference_rows:
        client("dynamodb").delete_item(TableName="reference", Key={name: row[name] for name in ("partition", "row")})
    for name in secrets:
        ssm.put_parameter(Name=name, Value=SPOILED, Type="SecureString", Overwrite=True)
    sqs.send_message(QueueUrl=queues[0], MessageBody=SPOILED)
    sqs.delete_queue(QueueUrl=queues[1])
    client("dynamodb").delete_table(TableName=aws["TRACING_TABLE"])


def _by_key(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(items, key=lambda item: (item["partition"]["S"], item["row"]["S"]))
