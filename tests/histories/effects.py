"""What the workers made of the facts: exposures and messages, each once, and nothing of what never happened."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone

from tests.histories.tables import NAME, Stored, Tables, plain

HERE = timezone(timedelta(hours=7))
"""Time in Vietnam."""
_HASHED, _ALIAS = ("PERSON", "PHONE", "PLATE"), "ALIAS"
OF_CASES = ("ADDRESS", "HOST", "SERVICE", "MARKER")
"""Places that searches for contacts alone read: tests/recounts compares what they find."""

_DECLARED, _CROSSED, _REVOKED = "declaration_submitted", "crossing_recorded", "pass_revoked"


def effects(records: Sequence[Stored], tables: Tables, *, kills: int) -> Iterator[str]:
    """What is wrong, a line each. `kills` see `checker.faults`."""
    yield from (f"{queue} still has {number} messages" for queue, number in tables.waiting.items() if number)
    yield from _exposures(records, tables)
    yield from _hashes(records, tables)
    yield from _webhooks(records, tables)
    yield from _messages(records, tables)
    yield from _texts(records, tables, kills)


def _exposures(records: Sequence[Stored], tables: Tables) -> Iterator[str]:
    """Each exposure stands under each of its places, once."""
    found: dict[str, Counter[tuple[str, str]]] = {record.name: Counter() for record in records}
    for place, moment in tables.exposures:
        name = moment.split("#")[1][:NAME]
        if name in found and place.partition("#")[0] not in OF_CASES:
            found[name][without_hashes(place, moment)] += 1
    for record in records:
        if len(record.codes) != len(record.persons):
            yield f"lost: {record.name} has exposures of {len(record.codes)} persons instead of {len(record.persons)}"
            continue
        expected = Counter({row: 1 for person in range(len(record.persons)) for row in _rows(record, person)})
        for person in range(len(record.persons)):
            expected.update(_alias_rows(record, person))
        yield from (f"lost: no exposure {row}" for row in sorted(expected - found[record.name]))
        yield from (f"an exposure that nothing explains: {row}" for row in sorted(found[record.name] - expected))


def _hashes(records: Sequence[Stored], tables: Tables) -> Iterator[str]:
    """Each person, phone and plate has one hash, and no two have the same."""
    values = {
        code: dict(_values(record, person))
        for record in records
        for person, code in enumerate(record.codes[: len(record.persons)])
    }
    by_hash: dict[str, set[str]] = {}
    by_value: dict[str, set[str]] = {}
    for place, moment in tables.exposures:
        (kind, hashed, *side), code = place.split("#"), moment.split("#")[1]
        if kind in _HASHED and side != [_ALIAS] and kind in values.get(code, {}):
            value = f"{kind} {values[code][kind]}"
            by_hash.setdefault(f"{kind} {hashed}", set()).add(value)
            by_value.setdefault(value, set()).add(hashed)
    yield from (f"one hash of {len(several)} values" for several in by_hash.values() if len(several) > 1)
    yield from (f"{len(several)} hashes of one value" for several in by_value.values() if len(several) > 1)


def _rows(record: Stored, person: int) -> Iterator[tuple[str, str]]:
    """Place and moment of each row of an exposure; hashes are left out."""
    trip, code = record.declaration["form"]["trip"], record.codes[person]
    crossings = [record.crossings.get(person), *(each["crossing"] for each in record.conflicts.get(person, []))]
    facts = [(trip["expected_arrival"], trip.get("checkpoint"), "declared")]
    crossings += record.departures.get(person, [])
    facts += [(each["recorded_at"], each["checkpoint"], f"crossed#{each['checkpoint']}") for each in crossings if each]
    for text, checkpoint, kind in facts:
        at = datetime.fromisoformat(text).replace(microsecond=0)
        moment = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}#{code}#{kind}"
        for side in record.sides:
            yield f"PERSON{side}", moment
            if record.persons[person].get("phone"):
                yield f"PHONE{side}", moment
            if trip["transport"].get("plate"):
                yield f"PLATE{side}", moment
        yield f"COMMUNE#{trip['destination']['unit']['code']}#{at.astimezone(HERE):%Y-%m-%d}", moment
        if checkpoint:
            yield f"CHECKPOINT#{checkpoint}#{at.astimezone(HERE):%Y-%m-%dT%H}", moment
            if kind == "declared" and "#KNOWN" in record.sides:
                yield f"CHECKPOINT#{checkpoint}#{at.astimezone(HERE):%Y-%m-%dT%H}#KNOWN", moment


def _alias_rows(record: Stored, person: int) -> Iterator[tuple[str, str]]:
    """Two rows for each time when it was recorded that two numbers are one person's: one for each direction."""
    times = [record.aliases[person]["recorded_at"]] if person in record.aliases else []
    if record.declaration.get("declared_by") and record.persons[person].get("older_number"):
        times.append(record.declaration["issued_at"])
    for text in times:
        row = (
            f"PERSON#{_ALIAS}",
            f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}#{record.codes[person]}#alias",
        )
        yield row
        yield row


def without_hashes(place: str, moment: str) -> tuple[str, str]:
    kind, *rest = place.split("#")
    if kind not in _HASHED:
        return place, moment
    return "#".join([kind, *rest[1:]]), moment.rpartition("#")[0] if rest[1:] == [_ALIAS] else moment


def _webhooks(records: Sequence[Stored], tables: Tables) -> Iterator[str]:
    """A partner is told about the passes that its key declared, and about no other."""
    of_partners = {record.name for record in records if record.declaration.get("partner")}
    for code in tables.told:
        if code[:NAME] in {record.name for record in records} - of_partners:
            yield f"a webhook about {code}, which no partner declared"


def _values(record: Stored, person: int) -> Iterator[tuple[str, str]]:
    """What the hashes of a person's places are made from."""
    own, trip = record.persons[person], record.declaration["form"]["trip"]
    yield "PERSON", own["identity"]["number"]
    if own.get("phone"):
        yield "PHONE", own["phone"]
    if trip["transport"].get("plate"):
        yield "PLATE", trip["transport"]["plate"]


def _messages(records: Sequence[Stored], tables: Tables) -> Iterator[str]:
    """Each notice is settled once, as it must be."""
    ours = {record.name for record in records}
    found = {key: outcome for key, outcome in tables.messages.items() if key[:NAME] in ours}
    for record in records:
        for person, code in enumerate(record.codes):
            for event, outcomes in _notices(record, person):
                outcome = found.pop(f"{code} {event}", "")
                if outcome not in outcomes:
                    yield f"the message {event} about {code} is {outcome or 'lost'}, and not {' or '.join(outcomes)}"
    for key, outcome in found.items():
        yield f"a message {key} ({outcome}) that nothing explains"


def _notices(record: Stored, person: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The events about a pass, and as what they may be settled; empty for one that need not be there."""
    if not record.takes_messages:
        return
    # A person may have the use of their data restricted at any moment.
    perhaps = ("",) if record.restrictions else ()
    own_phone = record.persons[person].get("phone")
    revoked = person in record.revocations
    if person in record.issued_by_text:
        yield _DECLARED, (*(("sent", "late") if revoked else ("sent",)), *perhaps)
    if own_phone and person in record.crossings:
        decisions = [record.crossings[person], *record.corrections.get(person, [])]
        admitted = [each["decision"] == "admit" for each in decisions]
        if admitted[-1]:
            yield _CROSSED, ("sent", *perhaps)
        elif any(admitted):
            yield _CROSSED, ("sent", "")
    if revoked and (own_phone or record.persons[0].get("phone")):
        yield _REVOKED, ("sent", *perhaps)


def _texts(records: Sequence[Stored], tables: Tables, kills: int) -> Iterator[str]:
    """Each message that was sent is one text. If a worker is killed after the provider took a text and before that is
    on record, the next one sends it a second time, settles it as late although it went out, or finds that it need not
    be sent any more: the window of `docs/design/messaging.md`."""
    again = 0
    for record in records:
        sent = _sent(record, tables)
        for phone in {person["phone"] for person in record.persons if person.get("phone")}:
            received = Counter(_about(text, record) for text in tables.texts.get(phone, []))
            expected = sent.get(phone, Counter())
            for about in sorted(received.keys() | expected.keys()):
                if received[about] < expected[about]:
                    yield f"lost: {received[about]} texts {about} of {record.name} instead of {expected[about]}"
                elif not expected[about] and about not in _late(record, tables):
                    yield f"{received[about]} texts {about} of {record.name}, and no message says so"
                else:
                    again += received[about] - expected[about]
    if again > kills:
        yield f"doubled: {again} texts were sent again, and {kills} workers were killed that can have done it"


def _late(record: Stored, tables: Tables) -> set[str]:
    """What was settled as late, by what messages say; and admissions that a correction has ended: the worker that gets
    the event again has nothing to send, and so nothing to settle."""
    late = {f"declared {code}" for code in record.codes if tables.messages.get(f"{code} {_DECLARED}") == "late"}
    for person, crossing in record.crossings.items():
        decisions = [each["decision"] for each in (crossing, *record.corrections.get(person, []))]
        if "admit" in decisions and decisions[-1] != "admit":
            late.add("admitted")
    return late


def _sent(record: Stored, tables: Tables) -> dict[str, Counter[str]]:
    """For each phone of a declaration, what was sent to it, by what messages say."""
    found: dict[str, Counter[str]] = {}
    for person, code in enumerate(record.codes):
        own, first = record.persons[person].get("phone"), record.persons[0].get("phone")
        for event, phone, about in (
            (_DECLARED, own, f"declared {code}"),
            (_CROSSED, own, "admitted"),
            (_REVOKED, own or first, f"revoked {code[-4:]}"),
        ):
            if tables.messages.get(f"{code} {event}") == "sent" and phone:
                found.setdefault(phone, Counter())[about] += 1
    return found


def _about(text: str, record: Stored) -> str:
    for code in record.codes:
        if "thu hoi" in text and code[-4:] in text:
            return f"revoked {code[-4:]}"
        if code in plain(text):
            return f"declared {code}"
    return "admitted" if "da qua chot" in text else f"unknown: {text}"
