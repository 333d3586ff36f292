"""The SMS provider says what became of a message, on moto."""

from datetime import timedelta
from io import StringIO
from urllib.parse import urlencode

from chalicelib.models.messaging.notices import Notice
from chalicelib.wiring.messaging import receipts_url, sender
from tests.integration.conftest import Api, Clock
from tests.tables import rows

DELIVERED = {
    "SMSID": "dc712784-9c5f-4c69-b9a8-ea69d56adc9a87",
    "SendFailed": "0",
    "SendStatus": "5",
    "SendSuccess": "1",
    "TotalPrice": "850.0000",
    "TotalReceiver": "1",
    "TotalSent": "1",
    "RequestId": "0000000000000000.declaration_submitted",
    "TypeId": "2",
    "telcoid": "1",
    "phonenumber": "0912345678",
    "switchsmsid": "",
}


def test_a_receipt_is_kept_with_its_message_and_nothing_of_it_is_logged(
    api: Api, clock: Clock, logged: StringIO
) -> None:
    notice = Notice(
        recipient="+84912345678",
        text_id="declared",
        values={},
        about="0000000000000000",
        event="declaration_submitted",
        keep_until=clock() + timedelta(days=1),
    )
    sender(time_left=lambda: 30.0).messages.claim(notice, now=clock())
    path = receipts_url().removeprefix("https://pass.example")
    for query in (DELIVERED, DELIVERED, {**DELIVERED, "new": "member"}):
        answer = api("GET", f"{path}?{urlencode(query)}")
        assert (answer.status_code, answer.json_body) == (200, {"taken": True})
    (row,) = rows("messages")
    assert row["state"] == {"S": "delivered"}
    for secret in ("0912345678", path.rpartition("/")[2], "0000000000000000"):
        assert secret not in logged.getvalue()


def test_what_has_no_news_or_no_message_is_answered_all_the_same(api: Api) -> None:
    path = receipts_url().removeprefix("https://pass.example")
    assert api("GET", path).json_body == {"taken": False}
    for query in ({"SendStatus": "9", "RequestId": "a.b"}, {"SendStatus": "5"}):
        assert api("GET", f"{path}?{urlencode(query)}").json_body == {"taken": False}
    assert api("GET", f"{path}?{urlencode(DELIVERED)}").json_body == {"taken": True}
    assert rows("messages") == []


def test_who_does_not_know_the_address_finds_nothing(api: Api) -> None:
    for token in ("x", "0" * 32, "%E1%BA%BF"):
        answer = api("GET", f"/v1/sms/receipts/{token}?{urlencode(DELIVERED)}")
        assert (answer.status_code, answer.json_body["code"]) == (404, "not_found")
    assert rows("messages") == []
