"""How values are written for people: times, numbers, choices, and the names of fields.

Labels are data: `chalicelib/data/labels.json`. A field's label is found by the longest end of its JSON pointer that has
one, with `*` for a number: that of `/companions/3/identity/kind` is the label of `identity/kind`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from chalicelib.data import read_bytes, texts_of, words
from chalicelib.models.errors import ByLanguage, Choices, Misconfigured
from chalicelib.settings import Settings, settings

if TYPE_CHECKING:
    from chalicelib.models.people.province import Province

FIELDS = "fields"
"""The kind of `Choices` whose ids are fields."""

_ROOT = ""

_UNITS = {
    "vi": {"second": "giây", "minute": "phút", "hour": "giờ"},
    "km": {"second": "វិនាទី", "minute": "នាទី", "hour": "ម៉ោង"},
    "zh": {"second": "秒", "minute": "分钟", "hour": "小时"},
}
"""By language; English is made of the keys."""


def filled(text: str, params: Mapping[str, object], language: str) -> str:
    """A text of ours with its placeholders filled. `{hotline}` needs no parameter: it is the province's number."""
    values = {name: written(value, language) for name, value in params.items()}
    if "{hotline}" in text:
        values["hotline"] = own_province().hotline.shown
    return text.format_map(values)


def written(value: object, language: str) -> str:
    """A value as people write it."""
    match value:
        case datetime():
            return _moment(value, language)
        case date():
            return _day(value, language)
        case timedelta():
            return _duration(value, language)
        case float():
            return f"{value:g}".replace(".", "," if language == "vi" else ".")
        case Choices(kind, ids):
            return one_of([label_of_value(kind, each, language) for each in ids], language)
        case ByLanguage():
            return str(getattr(value, language) or value.en)
    return str(value)


def one_of(names: Sequence[str], language: str) -> str:
    """Names to choose from: `a, b or c`."""
    *others, last = names
    joined: str = words("http")["fields"]["or"][language]
    return f"{', '.join(others)}{joined}{last}" if others else last


def label_of_field(pointer: str, language: str) -> str:
    """A field's name for people, by its JSON pointer: `document number (companion 2)`.

    A field that has no label, such as one that is unknown, gets that of what it is in.
    """
    parts = pointer.split("/")[1:]
    pattern = ["*" if part.isdecimal() else part for part in parts]
    while pattern and _key(pattern, _labels()[FIELDS]) is None:
        pattern.pop()
    fields = _labels()[FIELDS]
    last = _key(pattern, fields) if pattern else None
    label = str(fields[last or _ROOT][language])
    if label.endswith("{n}"):
        label = label.format(n=int(parts[len(pattern) - 1]) + 1)
    within = [
        str(fields[f"{parts[index - 1]}/*"][language]).format(n=int(parts[index]) + 1)
        for index in range(1, len(pattern) - 1)
        if pattern[index] == "*" and f"{parts[index - 1]}/*" in fields
    ]
    return f"{label} ({', '.join(within)})" if within else label


def kind_of_values(pointer: str) -> str | None:
    """The kind of choices that a field takes; None if none of its values have labels."""
    parts = [part for part in pointer.split("/")[1:] if not part.isdecimal()]
    return _key(parts, _labels()["values"])


def label_of_value(kind: str, value: str, language: str) -> str:
    """A choice's name for people; the choice itself if it has none."""
    if kind == FIELDS:
        return label_of_field(f"/{value}", language)
    known = _labels()["values"][kind]
    labels = _labels()["values"][known] if isinstance(known, str) else known
    return str(labels[value][language]) if value in labels else value


def labels_of(kind: str) -> Mapping[str, Mapping[str, str]]:
    """The names of all choices of a kind, by choice and language."""
    labels: Mapping[str, Mapping[str, str]] = _labels()["values"][kind]
    return labels


def own_province() -> "Province":
    """The province whose words these are. With settings that cannot be used, that of the default settings: the answer
    is an error already."""
    from chalicelib.models.people.province import province  # most requests are answered without it

    try:
        return province(settings().province)
    except Misconfigured:
        return province(Settings().province)


@cache
def _labels() -> dict[str, Any]:
    return texts_of(read_bytes("labels.json"))


def _key(parts: Sequence[str], labelled: Mapping[str, object]) -> str | None:
    """The longest end of a way that has a label."""
    ends = ("/".join(parts[start:]) for start in range(len(parts)))
    return next((end for end in ends if end in labelled), None)


def _day(day: date, language: str) -> str:
    match language:
        case "en":
            return f"{day.day} {day:%B %Y}"
        case "zh":
            return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day}/{day.month}/{day.year}"


def _moment(moment: datetime, language: str) -> str:
    from zoneinfo import ZoneInfo

    there = moment.astimezone(ZoneInfo(own_province().time_zone))
    match language:
        case "vi":
            return f"{there:%H:%M} ngày {there.day}/{there.month}"
        case "km":
            return f"ម៉ោង {there:%H:%M} ថ្ងៃទី {there.day}/{there.month}"
        case "zh":
            return f"{there.month}月{there.day}日 {there:%H:%M}"
    return f"{there:%H:%M} on {there.day} {there:%B}"


def _duration(duration: timedelta, language: str) -> str:
    """In whole minutes, rounded up; in seconds if it is shorter than a minute, in hours if it is longer than two."""
    seconds = round(duration.total_seconds())
    if seconds < 60:
        number, unit = seconds, "second"
    elif seconds <= 2 * 3600:
        number, unit = -(-seconds // 60), "minute"
    else:
        number, unit = -(-seconds // 3600), "hour"
    if language in _UNITS:
        return f"{number} {_UNITS[language][unit]}"
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
