"""How soon each page is there, on slow 4G and a cheap phone: `python -m tests.journeys.pages.measured`.

The local engine serves over HTTP/1.1, six files at a time, not compressed, without TLS. The cloud serves all at once,
compressed, over HTTP/2 or 3, and a first connection to it takes some half a second more.
"""

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

from infra.local.stack import running as running_stack
from infra.steps import Printed
from tests.journeys.pages.browsers import PHONE, SCREEN, Person, running

GOALS = {"declare": (1.5, 1.8), "gate": (1.5, 1.8), "desk": (2.0, 2.5), "portal": (2.0, 2.5), "figures": (2.0, 2.5)}
"""Seconds until the largest text is painted, and until scripts have run, by page."""
_VISITS = 5
_WIDE = ("desk", "portal")
_WATCH = """
window.painted = 0;
new PerformanceObserver((list) => list.getEntries().forEach((each) => { window.painted = each.startTime; }))
  .observe({ type: "largest-contentful-paint", buffered: true });
"""


def main() -> None:
    with (
        TemporaryDirectory() as folder,
        running_stack(Printed(), workdir=Path(folder)) as (stack, _),
        sync_playwright() as playwright,
        running(playwright) as browser,
    ):
        print("\nSeconds, medians of visits with an empty cache; goals in brackets\n")
        print(f"{'page':<10}{'painted':>16}{'usable':>16}")
        for page, address in stack["pages"].items():
            if page in GOALS:
                painted, usable = (median(each) for each in zip(*_visits(browser, address, page in _WIDE), strict=True))
                goals = [f"{found:.2f} ({goal})" for found, goal in zip((painted, usable), GOALS[page], strict=True)]
                print(f"{page:<10}{goals[0]:>16}{goals[1]:>16}", flush=True)


def _visits(browser: Browser, address: str, is_wide: bool) -> list[tuple[float, float]]:
    found = []
    for _ in range(_VISITS):
        person = Person(browser, address, **(SCREEN if is_wide else PHONE))
        person.is_slow()
        person.page.add_init_script(_WATCH)
        person.page.goto(address, timeout=60_000)
        # The language is chosen by a button that scripts put there.
        person.page.get_by_role("button", name="English").wait_for(timeout=60_000)
        found.append(tuple(each / 1000 for each in person.page.evaluate("[window.painted, performance.now()]")))
        person.context.close()
    return found


if __name__ == "__main__":
    main()
