"""Chains of invented people."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from chalicelib.models.cases.chains import Chain, ChainEdge, ChainPerson
from chalicelib.models.cases.kinds import ContactKind

START = datetime(2021, 7, 8, 1, 12, tzinfo=UTC)
_IDS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_STATES = ["found"] * 20 + ["reached"] * 9 + ["assigned", "tested", "cleared", "cleared", "became_case"]


def a_chain(sizes: Sequence[int], seed: int = 1, further: float = 0.05) -> Chain:
    """So many people at each hop from 1 on. Some found many others, some nobody, and some are near several people."""
    random = Random(seed)  # noqa: S311 - invented people
    persons = [ChainPerson(0, 0)]
    edges = []
    before = [0]
    for hop, size in enumerate(sizes, 1):
        now = list(range(len(persons), len(persons) + size))
        busy = random.sample(before, max(1, len(before) * 2 // 3))
        found = sorted((random.choice(busy), random.choice(list(ContactKind))) for _ in now)
        for number, (through, kind) in zip(now, found, strict=True):
            contact = "".join(random.choices(_IDS, k=8))
            persons.append(ChainPerson(number, hop, contact, f"N***** V** {number}", random.choice(_STATES)))
            edges.append(_edge(number, through, hop, kind, random))
            if random.random() < further:
                edges.append(_edge(number, random.choice(before), hop, ContactKind.CHECKPOINT, random))
        before = now
    return Chain(persons, edges)


def _edge(person: int, through: int, hop: int, kind: ContactKind, random: Random) -> ChainEdge:
    from_ = START + timedelta(days=hop, minutes=random.randrange(600))
    return ChainEdge(person, through, hop, kind, from_, from_ + timedelta(minutes=random.randrange(15)))
