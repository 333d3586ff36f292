"""How soon each page is there, on slow 4G and a cheap phone: `python -m tests.journeys.pages.measured`.

A browser asks as it would ask the cloud: over TLS and HTTP/2, all files at once, compressed. DNS and the handshake of a
first connection take some half a second more there.

The page itself notes the times. To wait for an element from outside, Playwright puts a script of its own into the page,
and a phone whose processor is four times slower would take a quarter of a second for that.
"""

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

from infra.local.stack import running as running_stack
from infra.steps import Printed
from tests.journeys.actors import Traveller
from tests.journeys.pages.browsers import PHONE, SCREEN, Person, running
from tests.journeys.pages.fronts import over_http2

GOALS = {
    "declare": (1.5, 1.8),
    "pass": (1.5, 1.8),
    "gate": (1.5, 1.8),
    "desk": (2.0, 2.5),
    "portal": (2.0, 2.5),
    "figures": (2.0, 2.5),
}
"""Seconds until the largest text is painted, and until the page answers a tap, by page."""
_BY_SCRIPTS = {"declare": ".foot", "pass": ".foot"}
"""What only scripts put on a page; on the others the buttons of the languages."""
_VISITS = 5
_WIDE = ("desk", "portal")
_WATCH = """
window.painted = 0;
new PerformanceObserver((list) => list.getEntries().forEach((each) => { window.painted = each.startTime; }))
  .observe({ type: "largest-contentful-paint", buffered: true });
window.usable = new Promise((resolve) => {
  const watcher = new MutationObserver(() => {
    if (!document.querySelector("SELECTOR")) return;
    watcher.disconnect();
    // Once the main thread is free: before, a tap would wait.
    setTimeout(() => resolve(performance.now()));
  });
  watcher.observe(document, { childList: true, subtree: true });
});
"""


def main() -> None:
    with (
        TemporaryDirectory() as folder,
        running_stack(Printed(), workdir=Path(folder)) as (stack, _),
        over_http2(stack["endpoint_url"]) as front,
        sync_playwright() as playwright,
        running(playwright) as browser,
    ):
        link = Traveller(stack, 7900).declares()["passes"][0]["links"]["page"]
        print("\nSeconds, medians of visits with an empty cache; goals in brackets\n")
        print(f"{'page':<10}{'painted':>16}{'usable':>16}")
        for page, address in {**stack["pages"], "pass": link}.items():
            if page in GOALS:
                visits = _visits(browser, page, front + address.removeprefix(stack["endpoint_url"]))
                painted, usable = (median(each) for each in zip(*visits, strict=True))
                goals = [f"{found:.2f} ({goal})" for found, goal in zip((painted, usable), GOALS[page], strict=True)]
                print(f"{page:<10}{goals[0]:>16}{goals[1]:>16}", flush=True)


def _visits(browser: Browser, page: str, address: str) -> list[tuple[float, float]]:
    found = []
    for _ in range(_VISITS):
        person = Person(browser, address, **(SCREEN if page in _WIDE else PHONE), ignore_https_errors=True)
        person.is_slow()
        person.page.add_init_script(_WATCH.replace("SELECTOR", _BY_SCRIPTS.get(page, ".languages button[lang=en]")))
        person.page.goto(address, timeout=60_000)
        usable, painted = person.page.evaluate("async () => [await window.usable, window.painted]")
        found.append((painted / 1000, usable / 1000))
        person.context.close()
    return found


if __name__ == "__main__":
    main()
