"""Browsers as people have them: a cheap phone on a slow line, a guard's phone with a camera, an office's screen."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import qrcode
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from infra import ROOT
from tests.tools import program

SCREENSHOTS = ROOT / "build" / "screenshots"
"""Pictures that tests take of pages, for people to look at."""

PHONE = {
    "viewport": {"width": 360, "height": 740},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
SCREEN = {"viewport": {"width": 1280, "height": 800}}
WALL = Image.new("L", (8, 8), 160)
"""What a camera sees that is held before nothing."""
_FILM = (1280, 720)
_CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


LATE = int(os.environ.get("LATE", "0"))
"""Milliseconds by which each answer may come later, at random: `make late`."""
_COMES_LATE = """(() => {
  const real = window.fetch;
  const wait = () => new Promise((go) => setTimeout(go, (Math.random() * LATE) / 2));
  window.fetch = async (...request) => {
    await wait(); // before it is sent, and before it is heard: the order changes both there and here
    const answer = await real(...request);
    await wait();
    return answer;
  };
})()"""


@contextmanager
def running(playwright: Playwright, film: Path | None = None) -> Iterator[Browser]:
    """Debian's Chromium. Its camera shows a film, always the same one."""
    arguments = [*_CAMERA, f"--use-file-for-fake-video-capture={film}"] if film else [_CAMERA[0]]
    executable = program("chromium", "chromium-browser", "google-chrome")
    browser = playwright.chromium.launch(executable_path=executable, args=arguments)
    try:
        yield browser
    finally:
        browser.close()


def film_of(picture: Image.Image, file: Path) -> Path:
    """A film of a picture, as Chromium's camera plays it: YUV4MPEG2 with five frames."""
    grey = Image.new("L", _FILM, 160)
    shown = picture.convert("L")
    shown.thumbnail((_FILM[0] - 80, _FILM[1] - 80))
    grey.paste(shown, ((_FILM[0] - shown.width) // 2, (_FILM[1] - shown.height) // 2))
    frame = b"FRAME\n" + grey.tobytes() + b"\x80" * (_FILM[0] * _FILM[1] // 2)
    file.write_bytes(b"YUV4MPEG2 W%d H%d F15:1 Ip A1:1 C420jpeg\n" % _FILM + frame * 5)
    return file


def qr_of(text: str) -> Image.Image:
    """A QR code, as a card or a board shows it."""
    made = qrcode.QRCode(box_size=8)
    made.add_data(text)
    picture: Image.Image = made.make_image().get_image()
    return picture


def has_room(page: Page) -> None:
    """Nothing is cut off where letters are twice as large: nobody must scroll to the side."""
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.evaluate("document.documentElement.style.fontSize = ''")
    assert wide <= page.evaluate("innerWidth"), wide


class Person:
    """Somebody with a browser of their own: nobody else's storage is in it. Pages must not write errors."""

    def __init__(self, browser: Browser, base: str, **device: Any) -> None:
        self.context: BrowserContext = browser.new_context(
            **{**PHONE, "locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh", "base_url": base, **device}
        )
        if LATE:
            self.context.add_init_script(_COMES_LATE.replace("LATE", str(LATE)))
        self.errors: list[str] = []
        self.allowed: list[str] = []
        """Parts of errors that the story is about, such as those of a network that is gone."""
        self.page = self.opens()

    def opens(self) -> Page:
        """Another tab."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        return page

    def leaves(self) -> None:
        """Close the browser. Fails if a page wrote an error, which a refusal by the policy of the pages is, too."""
        self.context.close()
        unexpected = [each for each in self.errors if not any(part in each for part in self.allowed)]
        assert not unexpected, unexpected

    def has_no_barriers(self) -> None:
        """No violation of the rules of axe-core, in a light and in a dark theme."""
        for theme in ("light", "dark"):
            self.page.emulate_media(color_scheme=theme)
            found = Axe().run(self.page).response["violations"]
            listed = [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found]
            assert not listed, (theme, listed)
        self.page.emulate_media(color_scheme="light")

    def shoots(self, name: str, *, whole: bool = True) -> bytes:
        """A picture of the page, also kept in `SCREENSHOTS`."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        return self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=whole)

    def is_slow(self) -> None:
        """A slow 4G line and a cheap phone, as Lighthouse has them."""
        session = self.context.new_cdp_session(self.page)
        session.send("Network.enable")
        line = {"offline": False, "latency": 562.5, "downloadThroughput": 188744, "uploadThroughput": 86400}
        session.send("Network.emulateNetworkConditions", line)
        session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
