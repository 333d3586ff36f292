"""Everyone reads the province's figures."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import expect

from infra.accounts import engine
from infra.local.stack import Stack
from tests.journeys.pages.browsers import SCREEN
from tests.journeys.pages.conftest import Somebody


def publish(stack: Stack) -> None:
    """Figures of two days. They are put where a bulletin puts them: a system that has just started has none of its own
    for yesterday."""
    today = datetime.now(UTC) + timedelta(hours=7)
    for ago, entered in ((2, 1_204), (1, 1_250)):
        day = f"{today - timedelta(days=ago):%Y-%m-%d}"
        published_at = f"{today - timedelta(days=ago - 1):%Y-%m-%d}T06:00:00+07:00"
        edition = {
            "day": day,
            "edition": 1,
            "published_at": published_at,
            "counted_to": published_at,
            "hidden_below": 10,
            "list_version": "2021",
            "tables": [
                table("declared_by_gate_hour", 1_498, {"an-hoa": 1_380, "an-ninh-dong": 118}),
                table("crossings_in_by_gate_hour", entered, {"an-hoa": entered - 96, "an-ninh-dong": 96}),
                table("crossings_in_by_decision", entered, {"admit": entered - 42, "refuse": 30, "isolate": 12}),
                table("crossings_out_by_gate_hour", 911, {"an-hoa": 911}),
                table("entered_by_commune", entered, {"703": 600, "709": entered - 640, "703/25480": 420}, "703/25465"),
                table("cases_by_known", 3, {}, all_hidden=True),
                table("messages_by_outcome_channel", 2_480, {"sent": 2_480, "sent/sms": 1_930, "sent/zalo": 550}),
            ],
        }
        names = {"partition": f"PUBLISHED#{day}", "row": "FIGURES#0001", "body": json.dumps(edition)}
        item = {name: {"S": value} for name, value in names.items()}
        account = engine(stack["endpoint_url"], stack["region"])
        account.client("dynamodb").put_item(TableName=stack["outputs"]["StatisticsTableName"], Item=item)


def table(name: str, total: int, counts: dict[str, int], *hidden: str, all_hidden: bool = False) -> dict[str, Any]:
    shown = [{"cell": cell.split("/"), "count": count} for cell, count in counts.items()]
    cells = [*shown, *({"cell": cell.split("/"), "hidden": True} for cell in hidden)]
    return {"table": name, "coverage": "counted", "total": total, "cells": cells, "all_hidden": all_hidden}


def test_everyone_reads_what_was_published(stack: Stack, somebody: Somebody) -> None:
    publish(stack)
    reader = somebody()
    reader.page.goto("/figures")
    reader.page.set_default_timeout(60_000)
    tiles = reader.page.locator(".tile-count")
    tiles.first.wait_for()
    assert tiles.all_inner_texts() == ["1.250", "1.498", "911"]
    assert "tăng 46 so với ngày trước" in reader.page.locator(".tiles").inner_text()
    assert reader.page.locator("h1").inner_text() == "Bao nhiêu người đã vào tỉnh?"
    city = reader.page.locator(".tile-map").get_by_role("button", name="TP. Tây Ninh")
    expect(city).to_contain_text("600")
    city.click()
    hidden = reader.page.locator("tr.below", has_text="ẩn")
    hidden.first.wait_for()
    assert hidden.count() == 1
    reader.has_no_barriers()
    reader.shoots("figures-phone")
    reader.page.get_by_role("button", name="English").click()
    assert reader.page.locator("h1").inner_text() == "How many people have entered?"
    screen = somebody(**SCREEN, is_mobile=False, has_touch=False)
    screen.page.goto("/figures")
    screen.page.locator(".tile-count").first.wait_for()
    screen.shoots("figures-screen")
