"""A province whose figures are invented, and what of them is published."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import count
from random import Random
from zoneinfo import ZoneInfo

from chalicelib.models.people.province import province
from chalicelib.models.staff.roles import Principal
from chalicelib.models.statistics.figures import Counted, Family, Figure
from chalicelib.models.statistics.places import Places
from chalicelib.models.statistics.publications import Draft
from chalicelib.services.statistics import bulletins
from chalicelib.services.statistics.bulletins import BulletinForm, Press
from chalicelib.services.statistics.readings import Desk
from tests.unit.fakes.publications import Publications
from tests.unit.fakes.statistics import Figures

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MIDNIGHT = datetime(2021, 7, 20, tzinfo=ZONE)
DAY = MIDNIGHT.date()
AN, BINH = (Principal(name, frozenset()) for name in ("an", "binh"))
"""Two members of the committee."""

GATES = {"an-hoa": "Chốt An Hòa", "moc-bai": "Chốt Mộc Bài", "phuoc-tan": "Chốt Phước Tân"}
DISTRICTS = {"703": ["25456", "25459", "25462"], "705": ["25486", "25489"], "706": ["25516"]}
NAMES = {code: f"Đơn vị {code}" for code in (*DISTRICTS, *(each for own in DISTRICTS.values() for each in own))}
PLACES = Places(GATES, "2021", DISTRICTS, NAMES)
COMMUNES = [each for own in DISTRICTS.values() for each in own]


_MESSAGES = [("zalo", "sent")] * 12 + [("sms", "sent")] * 6 + [("none", "limited")] * 3 + [("none", "late")]


class Story:
    """Figures, bulletins and two people who publish them."""

    def __init__(self, since: datetime | None = None) -> None:
        self.figures, self.publications = Figures(), Publications()
        self.figures.start(since or MIDNIGHT - timedelta(days=30))
        self._ids = count()
        desk = Desk(figures=self.figures, province=province("tay-ninh"), zone=ZONE)
        self.press = Press(desk=desk, publications=self.publications, places=PLACES, hidden_below=10)

    def happen(self, day: date, family: Family, series: str, *cell: str, times: int = 1) -> None:
        known = datetime.combine(day, datetime.min.time(), ZONE) + timedelta(hours=20)
        figure = Figure(day, family, series, cell, times)
        self.figures.append([Counted(f"fact-{next(self._ids)}", [figure], known)])

    def people(self, day: date, number: int, random: Random, *, gates: Sequence[int], communes: Sequence[int]) -> None:
        """So many persons who declare and are decided on, most often at the gates and for the communes with the highest
        weights."""
        for _ in range(number):
            (gate,) = random.choices([*GATES], gates)
            (commune,) = random.choices(COMMUNES, communes)
            hour = f"{random.choice((7, 8, 8, 9, 14, 15, 22)):02}"
            decision = random.choice(["admit"] * 12 + ["refuse", "isolate"])
            self.happen(day, Family.GATES, "declared", gate, hour)
            self.happen(day, Family.GATES, "crossings_in", gate, hour, decision)
            self.happen(day, Family.COMMUNES, "expected", "2021", commune)
            self.happen(day, Family.COMMUNES, "entered", "2021", commune, decision)
            if random.random() < 0.4:
                self.happen(day, Family.STAYS, "stays", "2021", commune, "home")
            self.happen(day, Family.MESSAGES, "messages", *random.choice(_MESSAGES))

    def draft(self, day: date, number: int = 1) -> Draft:
        at = datetime.combine(day, datetime.min.time(), ZONE) + timedelta(hours=6 if number == 1 else 18)
        form = BulletinForm(number, f"{day}-{number}-{next(self._ids)}")
        return bulletins.draft_bulletin(form, at, staff=AN, press=self.press)

    def publish(self, day: date, number: int = 1) -> Draft:
        draft = self.draft(day, number)
        at = draft.bulletin.drafted_at + timedelta(minutes=5)
        bulletins.release_bulletin(draft.bulletin.draft, at, staff=BINH, publications=self.publications)
        return draft
