"""What the documents link to is there: files, and sections of them."""

import json
import re
from collections import Counter
from pathlib import Path

from infra import ROOT
from tests.unit.infra.template import TEMPLATE

PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
NAMING = ("bench", "chalicelib", "infra", "tests")
"""Folders whose texts and comments name pages."""


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_to_a_page_of_ours_leads_somewhere() -> None:
    broken, followed = [], 0
    for page in PAGES:
        text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"https?:|mailto:", link):
                continue
            followed += 1
            name, _, anchor = link.partition("#")
            to = (page.parent / name).resolve() if name else page
            if not to.exists() or (anchor and to.suffix == ".md" and anchor not in anchors(to)):
                broken.append(f"{page.relative_to(ROOT)}: {link}")
    assert broken == []
    assert followed > 100


def test_every_page_that_code_names_is_there() -> None:
    files = [
        each for folder in NAMING for each in (ROOT / folder).rglob("*") if each.suffix in (".py", ".yaml", ".json")
    ]
    named = {
        (name, str(file.relative_to(ROOT)))
        for file in files
        if file.name not in ("released.yaml", "released.json")
        for name in re.findall(r"\bdocs/[\w/-]+\.md\b", file.read_text(encoding="utf-8"))
    }
    assert [each for each in sorted(named) if not (ROOT / each[0]).exists()] == []
    assert len(named) > 20


def test_the_first_page_has_a_door_for_each_reader() -> None:
    first = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## ")[0]
    for door in ("docs/build-an-app.md", "docs/operations/first-hour.md", "CONTRIBUTING.md"):
        assert f"({door})" in first


def test_a_journey_costs_what_its_table_says() -> None:
    """The README's words, from the numbers of operations/costs.md: US$ a million journeys, with all that is not SMS."""
    costs = (ROOT / "docs" / "operations" / "costs.md").read_text(encoding="utf-8")
    (a_month,) = re.findall(r"\*\*about [\d.]+\*\* \| \*\*about 40\*\* \| \*\*about ([\d,]+)\*\*", costs)
    cents = 100 * int(a_month.replace(",", "")) / 60_000_000
    assert round(cents, 2) == 0.01
    assert "about a hundredth of a cent for a whole journey" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_counts_what_a_deployment_creates() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    costs = (ROOT / "docs" / "operations" / "costs.md").read_text(encoding="utf-8")
    counted = Counter(each.get("Type", "") for each in TEMPLATE["Resources"].values())
    config = json.loads((ROOT / ".chalice" / "config.json").read_text(encoding="utf-8"))
    functions = len(config["stages"]["prod"]["lambda_functions"])
    alarms, groups = counted["AWS::CloudWatch::Alarm"], counted["AWS::Logs::LogGroup"]
    price = (alarms - 10) / 10  # US$ a month: ten are free
    for row in (
        f"{functions} Lambda functions, 1 REST API",
        f"{counted['AWS::DynamoDB::Table']} DynamoDB tables",
        f"{counted['AWS::SQS::Queue']} SQS queues",
        f"{alarms} CloudWatch alarms, 1 dashboard, {groups} log groups | US$ {price:.2f} a month",
    ):
        assert f"| {row}" in readme
    assert f"| {alarms} alarms at 0.10 (10 are free)" in costs
