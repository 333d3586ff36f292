"""What the tables hold after a race, read with boto3 and taken apart here, as `docs/design/storage.md` describes the
rows. Nothing of the product's storage is used: it is what is to be checked."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from tests.journeys.actors import ALL_QUEUES, CROCKFORD, SET_ASIDE, Witness

_ASIDE = {
    *("CHANGES", "CONFLICTS", "RESTRICTED", "REQUESTS", "ERASED", "ERASURES", "ERASING"),
    *("VERIFICATION", "VERIFICATIONS", "VISITORS"),
}
"""What partitions that are no declaration's begin with, up to a `#`."""
HOLDING = "CHANGES#HOLDING"
"""The list of arrivals, for gates."""

NAME, CODE = 13, 16
"""Characters of a code that name the declaration, and of all of it."""


def plain(code: str) -> str:
    return code.replace("-", "")


def person_of(code: str) -> int:
    """The number of the person in a code, or in what begins with one."""
    return CROCKFORD.index(code[NAME]) << 5 | CROCKFORD.index(code[NAME + 1])


def mark_of(form: Mapping[str, Any]) -> str:
    """The number of the traveller's document. Each form of a race has its own; a form that is sent again the same.
    Others may have none: a child's, or one whose traveller was erased."""
    identity = form["traveller"].get("identity") or {}
    return str(identity.get("number", ""))


def as_stored(form: Mapping[str, Any]) -> dict[str, Any]:
    """A form that was sent, as it is on record: consent to messages is written down only if it was declined."""
    consent = {name: value for name, value in form["consent"].items() if (name, value) != ("messages", True)}
    return {**form, "consent": consent}


def contains(whole: Any, part: Any) -> bool:
    """Whether one JSON has all that is in another. What is empty may be left out, moments may be written differently,
    and codes and plates with hyphens."""
    if whole is None and not part:
        return True
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(contains(whole.get(name), value) for name, value in part.items())
    if isinstance(part, list):
        return len(whole or []) == len(part) and all(map(contains, whole or [], part))
    if isinstance(part, str) and isinstance(whole, str):
        return part == whole or _plainest(part) == _plainest(whole)
    return bool(whole == part)


def _plainest(text: str) -> str:
    try:
        return str(datetime.fromisoformat(text).timestamp())
    except ValueError:
        return text.replace("-", "").replace(".", "")


@dataclass(frozen=True)
class Tables:
    """All rows at one moment, with what the workers sent and what still waits."""

    entries: list[tuple[str, str, str]]
    """Partition, row, body."""
    exposures: list[tuple[str, str]]
    """Place and moment."""
    messages: dict[str, str]
    """Outcomes, by code and event with a blank between them."""
    staff: dict[str, Any]
    """Records of staff, by subject."""
    texts: dict[str, list[str]]
    """What was sent, by phone."""
    waiting: dict[str, int]
    """Messages in each queue."""
    told: list[str] = field(default_factory=list)
    """The code of each webhook that was made."""
    permits: list[tuple[str, str, str]] = field(default_factory=list)
    """Of the table of permits: partition, row, body."""

    @classmethod
    def of(cls, witness: Witness) -> Self:
        # The queues first: when they are empty, what they gave out shows in what is read after them.
        waiting = {queue: witness.waiting(queue) for queue in (*ALL_QUEUES, *SET_ASIDE)}
        reference = [row for row in witness.rows("Reference") if row["partition"]["S"] == "STAFF"]
        return cls(
            entries=[(row["declaration"]["S"], row["row"]["S"], row["body"]["S"]) for row in witness.rows("Entries")],
            exposures=[(row["place"]["S"], row["moment"]["S"]) for row in witness.rows("Tracing")],
            messages={
                f"{row['code']['S']} {row['event']['S']}": row["outcome"]["S"]
                for row in witness.rows("Messages")
                # The others count texts and money, or are claims that were released: those messages were not sent.
                if row.get("outcome", {"S": "claimed"}) != {"S": "claimed"}
            },
            staff={row["row"]["S"]: json.loads(row["body"]["S"]) for row in reference},
            texts=witness.texts(),
            waiting=waiting,
            told=[
                row["partner"]["S"].partition("#")[2]
                for row in witness.rows("Webhooks")
                if row["partner"]["S"].startswith("CODE#")
            ],
            permits=[(row["partition"]["S"], row["row"]["S"], row["body"]["S"]) for row in witness.rows("Permits")],
        )

    def write(self, file: Path) -> None:
        file.write_text(json.dumps(asdict(self), ensure_ascii=False))

    @classmethod
    def read(cls, file: Path) -> Self:
        kept = json.loads(file.read_text())
        for name in {"entries", "exposures", "permits"} & kept.keys():
            kept[name] = [tuple(row) for row in kept[name]]
        return cls(**kept)


@dataclass
class Stored:
    """A declaration and the facts beside it. The mappings go by the number of the person."""

    name: str
    declaration: Any = None
    crossings: dict[int, Any] = field(default_factory=dict)
    revocations: dict[int, Any] = field(default_factory=dict)
    corrections: dict[int, list[Any]] = field(default_factory=dict)
    conflicts: dict[int, list[Any]] = field(default_factory=dict)
    settlements: dict[str, Any] = field(default_factory=dict)
    """By the id of the conflict."""
    proof: Any = None
    """That the traveller's phone answered."""
    aliases: dict[int, Any] = field(default_factory=dict)
    arrivals: dict[int, Any] = field(default_factory=dict)
    replacements: dict[int, Any] = field(default_factory=dict)
    restrictions: dict[int, list[Any]] = field(default_factory=dict)
    amendments: dict[int, list[Any]] = field(default_factory=dict)
    departures: dict[int, list[Any]] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)
    """By person. The checker computes no code."""
    exposed: list[str] = field(default_factory=list)
    """The codes that have exposures, in the order of persons."""
    changes: list[tuple[str, str, str, str]] = field(default_factory=list)
    """What gates read: code, `revoked_at` or `corrected_at`, this time, the decision."""
    holding: list[tuple[str, str]] = field(default_factory=list)
    """What gates read of arrivals: code and time."""
    listed: set[tuple[str, str]] = field(default_factory=set)
    """Lists of open conflicts, and the ids in them."""
    restricted: set[str] = field(default_factory=set)
    """The codes that the list of restricted passes has."""
    awaited: set[str] = field(default_factory=set)
    """The codes that the lists of visitors have."""

    @property
    def persons(self) -> list[Any]:
        form = self.declaration["form"]
        return [form["traveller"], *form.get("companions", [])]

    @property
    def mark(self) -> str:
        return mark_of(self.declaration["form"])

    @property
    def facts(self) -> int:
        """How many there are, the declaration among them."""
        once = (self.crossings, self.revocations, self.settlements, self.aliases, self.arrivals, self.replacements)
        alone = sum(len(each) for each in once)
        numbered = (self.corrections, self.conflicts, self.restrictions, self.amendments, self.departures)
        return 1 + (self.proof is not None) + alone + sum(len(facts) for each in numbered for facts in each.values())

    @property
    def sides(self) -> list[str]:
        """The lists in which its exposures stand: those of known origins end in `#KNOWN`. What was proven after the
        form had come stands in both."""
        declaration = self.declaration
        if declaration.get("declared_by") or declaration.get("by_partner") or declaration.get("by_proven_phone"):
            return ["#KNOWN"]
        return [""] if self.proof is None else ["", "#KNOWN"]

    @property
    def takes_messages(self) -> bool:
        return bool(self.declaration["form"]["consent"].get("messages", True))

    @property
    def issued_by_text(self) -> list[int]:
        """The persons who get their code as a text: the traveller; if staff or a partner declared, the first of each
        distinct phone; nobody if messages were declined."""
        if not self.takes_messages:
            return []
        if not self.declaration.get("declared_by") and not self.declaration.get("by_partner"):
            return [0] if self.persons[0].get("phone") else []
        numbered = [(number, each["phone"]) for number, each in enumerate(self.persons) if each.get("phone")]
        return sorted({phone: number for number, phone in reversed(numbered)}.values())

    def crossings_of(self, conflict: str) -> list[Any]:
        """The two crossings of a conflict."""
        person = person_of(conflict)
        own = [each["crossing"] for each in self.conflicts.get(person, []) if each["id"] == conflict]
        return own + ([self.crossings[person]] if person in self.crossings else [])

    def checkpoints_of(self, conflict: str) -> set[str]:
        return {each["checkpoint"] for each in self.crossings_of(conflict)}

    def is_listed(self, list_name: str, about: str, body: str) -> None:
        """Take a row of a list."""
        if list_name == "CHANGES":
            self.changes.append(_change(json.loads(body)))
        elif list_name == HOLDING:
            change = json.loads(body)
            # Replaced passes are in the same list.
            self.holding += [(about, change["arrived_at"])] if "arrived_at" in change else []
        else:
            self.listed.add((list_name, about))

    def add(self, row: str, body: Any) -> str:
        """Take a row. What is wrong with it, if anything."""
        kind, *which = row.split("#")
        person = int(which[0]) if which else 0
        numbered = {
            "CORRECTION": self.corrections,
            "CONFLICT": self.conflicts,
            "RESTRICTION": self.restrictions,
            "AMENDMENT": self.amendments,
            "DEPARTURE": self.departures,
        }
        alone = {
            "CROSSING": self.crossings,
            "REVOCATION": self.revocations,
            "ALIAS": self.aliases,
            "ARRIVAL": self.arrivals,
            "REPLACED": self.replacements,
        }
        if kind == "DECLARATION":
            self.declaration = body
        elif kind == "PROOF":
            self.proof = body
        elif kind in alone:
            alone[kind][person] = body
        elif kind in numbered:
            facts = numbered[kind].setdefault(person, [])
            facts.append(body)
            if int(which[1]) != len(facts) - 1:
                return f"{self.name} has {row}, and no number {len(facts) - 1}"
        elif kind == "SETTLEMENT":
            self.settlements[which[1]] = body
        else:
            return f"{self.name} has {row}, and nobody knows such a row"
        return ""


def stored(tables: Tables) -> tuple[dict[str, Stored], list[str]]:
    """The declarations by name, and what is wrong with rows as such."""
    found: dict[str, Stored] = {}
    faults: list[str] = []
    # In the order of names, and so of the numbers in them.
    for name, row, body in sorted(tables.entries):
        if name.partition("#")[0] not in _ASIDE and (
            wrong := found.setdefault(name, Stored(name)).add(row, json.loads(body))
        ):
            faults.append(wrong)
    faults += [f"{name} has facts, and no declaration" for name, record in found.items() if record.declaration is None]
    found = {name: record for name, record in found.items() if record.declaration is not None}
    for name, list_name, about, body in _lists(tables):
        if name in found:
            found[name].is_listed(list_name, about, body)
    for partition, row, _ in tables.entries:
        kind, code = partition.partition("#")[0], row.rpartition("#")[2]
        if code[:NAME] in found and kind in ("RESTRICTED", "VISITORS"):
            record = found[code[:NAME]]
            (record.restricted if kind == "RESTRICTED" else record.awaited).add(code)
    for code in sorted({moment.split("#")[1] for _, moment in tables.exposures}):
        if code[:NAME] in found:
            found[code[:NAME]].exposed.append(code)
    return found, faults


def _lists(tables: Tables) -> Iterator[tuple[str, str, str, str]]:
    """The rows of lists: the declaration, the list, what is listed, the body."""
    for partition, row, body in tables.entries:
        if partition in ("CHANGES", HOLDING) or partition.partition("#")[0] == "CONFLICTS":
            about = row.split("#")[1]
            yield about[:NAME], partition, about, body


def _change(body: Any) -> tuple[str, str, str, str]:
    when = "revoked_at" if "revoked_at" in body else "corrected_at"
    return body["code"], when, body[when], body.get("decision", "")
