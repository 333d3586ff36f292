"""What staff and travellers read of a policy: findings, instructions and papers.

A check shows these of a policy, a crossing also needs the temperature of a fever, and neither needs more of it. To
read the rest takes a tenth of a cold check.
"""

from collections.abc import Mapping
from typing import Annotated, Protocol, Self, TypeVar

from pydantic import ConfigDict

from chalicelib.models.enums import StrEnum
from chalicelib.models.fields import Whole
from chalicelib.models.people.languages import Words
from chalicelib.models.people.papers import Document
from chalicelib.models.people.province import Hotline
from chalicelib.models.records import Record

HOTLINE = "{hotline}"
"""In a policy's texts: the place of the province's number."""


class Level(StrEnum):
    """How much a finding asks of staff: to know, to look closer, not to admit without a reason."""

    NOTICE = "notice"
    ATTENTION = "attention"
    STOP = "stop"


class Finding(Words):
    """What staff read about a person."""

    level: Level
    """How much it asks of staff."""


class Paper(Words):
    """A paper for the traveller to have ready, and for staff to see."""

    document: Document
    """Which paper it is."""
    test_within_hours: Annotated[int, Whole(1, 720)] | None = None
    """Of a test's result: how long ago the sample was taken at most."""


class Texts(Protocol):
    """A policy, or its texts alone."""

    @property
    def fever_from(self) -> float | None: ...

    @property
    def findings(self) -> Mapping[str, Finding]: ...

    @property
    def instructions(self) -> Mapping[str, Words]: ...

    @property
    def papers(self) -> Mapping[str, Paper]: ...


class _Step(Words):
    model_config = ConfigDict(extra="ignore")


Worded = TypeVar("Worded", Finding, _Step, Paper)


class PolicyTexts(Record):
    """The texts alone, by id, and the temperature of a fever, read from a stored policy."""

    model_config = ConfigDict(extra="ignore")

    fever_from: float | None = None

    findings: dict[str, Finding]
    instructions: dict[str, _Step]
    papers: dict[str, Paper] = {}

    def with_hotline(self, hotline: Hotline) -> Self:
        """The texts as people read them, with the province's number."""

        def shown(texts: Mapping[str, Worded]) -> dict[str, Worded]:
            return {name: each.model_copy(update=each.replaced(HOTLINE, hotline.shown)) for name, each in texts.items()}

        update = {"findings": shown(self.findings), "instructions": shown(self.instructions)}
        return self.model_copy(update={**update, "papers": shown(self.papers)})
