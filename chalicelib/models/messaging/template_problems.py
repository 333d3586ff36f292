"""Problems that prevent message templates from being put in force.

Parsing checks only the form of templates. These checks are separate, so that one answer lists all problems.
"""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from chalicelib.models.errors import FieldProblem
from chalicelib.models.fields import GSM_7, SMS_LENGTH
from chalicelib.models.messaging.templates import (
    INSTRUCTIONS,
    NOTICES,
    NoticeTemplate,
    NoticeValues,
    Templates,
    ZaloTemplate,
)
from chalicelib.models.people.languages import Language
from chalicelib.models.versions import VERSION

_IN_SMS = re.compile(r"\{([a-z_]+)\}")
_APART = re.compile(r"(?:^|(?<=[\s(]))\{[a-z_]+\}(?=[.,;:!?)]*(?:\s|$))")
"""A value that is a whole word, so it cannot be part of an address: `evil.example/{link}` would send a pass's secret to
that host."""
_AT_ZALO = re.compile(r"<([A-Za-z0-9_]+)>")


def problems(templates: Templates) -> list[FieldProblem]:
    """All problems that prevent templates from being put in force."""
    found = [*_problems_of_the_whole(templates)]
    for text_id, template in templates.notices.items():
        if text_id in NOTICES:
            found += _problems_of_notice(template, NOTICES[text_id], f"/notices/{text_id}")
    return found


def _problems_of_the_whole(templates: Templates) -> Iterator[FieldProblem]:
    if not re.fullmatch(VERSION, templates.version):
        yield FieldProblem("/version", "templates_version_malformed")
    for text_id in NOTICES:
        if text_id not in templates.notices:
            yield FieldProblem("/notices", "template_missing", {"notice": text_id})
    for text_id in templates.notices:
        if text_id not in NOTICES:
            pointer = text_id[:60].replace("~", "~0").replace("/", "~1")
            known = ", ".join(NOTICES)
            yield FieldProblem(f"/notices/{pointer}", "template_unknown", {"notice": text_id[:60], "known": known})


def _problems_of_notice(template: NoticeTemplate, values: NoticeValues, at: str) -> Iterator[FieldProblem]:
    yield from _problems_of_sms(template.sms.vi, values.longest, f"{at}/sms/vi")
    yield from _problems_of_sms(template.sms.en, values.longest, f"{at}/sms/en")
    for language in Language:
        at_zalo = template.zalo.in_language(language)
        if at_zalo is not None:
            yield from _problems_at_zalo(at_zalo, values, f"{at}/zalo/{language}")


def _problems_of_sms(text: str, longest: Mapping[str, int], at: str) -> Iterator[FieldProblem]:
    named, plain = set(_IN_SMS.findall(text)), _IN_SMS.sub("", text)
    yield from _other_names(named, longest.keys(), at)
    if len(_APART.findall(text)) < len(_IN_SMS.findall(text)):
        yield FieldProblem(at, "template_value_not_apart")
    if wrong := sorted(set(re.sub(f"[{GSM_7}]", "", plain))):
        yield FieldProblem(at, "template_not_gsm_7", {"characters": " ".join(wrong[:20])})
    length = len(plain) + sum(longest.get(name, 0) for name in _IN_SMS.findall(text))
    if length > SMS_LENGTH:
        yield FieldProblem(at, "template_too_long", {"length": length, "limit": SMS_LENGTH})
    if not plain.strip():
        yield FieldProblem(at, "field_missing")


def _problems_at_zalo(template: ZaloTemplate, values: NoticeValues, at: str) -> Iterator[FieldProblem]:
    # A message with fewer steps than its SMS would have is worse than that SMS.
    longest = {**values.longest, INSTRUCTIONS: SMS_LENGTH} if values.has_sentences else values.longest
    yield from _other_names(template.parameters.keys(), longest.keys(), f"{at}/parameters")
    for name in sorted(set(_AT_ZALO.findall(template.text)) - template.parameters.keys()):
        yield FieldProblem(f"{at}/text", "template_parameter_missing", {"name": name})
    if re.search("[<>]", _AT_ZALO.sub("", template.text)):
        yield FieldProblem(f"{at}/text", "template_bracket_unmatched")
    for name, most in template.parameters.items():
        if most < longest.get(name, 0):
            params = {"name": name, "limit": most, "longest": longest[name]}
            yield FieldProblem(f"{at}/parameters/{name}", "template_parameter_too_short", params)
    if not template.text.strip():
        yield FieldProblem(f"{at}/text", "field_missing")


def _other_names(named: AbstractSet[str], expected: AbstractSet[str], at: str) -> Iterator[FieldProblem]:
    """Placeholders without a value, and values without a placeholder."""
    known = ", ".join(sorted(expected)) or "-"
    for name in sorted(named - expected):
        yield FieldProblem(at, "template_value_unknown", {"name": name[:60], "known": known})
    for name in sorted(expected - named):
        yield FieldProblem(at, "template_value_missing", {"name": name})
