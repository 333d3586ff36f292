"""What keeps a policy from being put in force.

While a policy is parsed, only its form is checked. These checks are apart, so that all problems come back at once.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import date

from chalicelib.models.errors import FieldProblem
from chalicelib.models.people.administrative_units import LIST_VERSIONS, exists
from chalicelib.models.people.health import MOST_DOSES
from chalicelib.models.people.places import countries
from chalicelib.models.policy.policies import Policy, Rule
from chalicelib.models.versions import VERSION

LARGEST = 300 * 1024
"""Bytes of a policy as stored: an item of DynamoDB takes 400 KB, with all that is beside it."""


def problems(policy: Policy, units_list: str) -> list[FieldProblem]:
    """All that keeps a policy from being put in force in a province whose units come from `units_list`."""
    return [
        *_problems_of_the_whole(policy, units_list),
        *_problems_of_areas(policy),
        *_problems_of_periods(policy),
        *_problems_of_rules(policy),
        *_problems_of_names(policy),
        *_problems_of_tracing(policy),
        *_problems_of_watches(policy),
    ]


def _problems_of_the_whole(policy: Policy, units_list: str) -> Iterator[FieldProblem]:
    if not re.fullmatch(VERSION, policy.version):
        yield FieldProblem("/version", "policy_version_malformed")
    if policy.units_list not in LIST_VERSIONS:
        yield FieldProblem("/units_list", "unknown_list_version", {"known": ", ".join(LIST_VERSIONS)})
    elif policy.units_list != units_list:
        # A traveller would have to name a commune of the province in a list that does not have the province.
        yield FieldProblem("/units_list", "wrong_list_version", {"in_force": units_list})
    size = len(policy.as_stored().encode())
    if size > LARGEST:
        yield FieldProblem("", "policy_too_large", {"size": size // 1024 + 1, "limit": LARGEST // 1024})


def _problems_of_areas(policy: Policy) -> Iterator[FieldProblem]:
    for index, area in enumerate(policy.areas):
        at = f"/areas/{index}"
        if (area.unit is None) == (area.country is None):
            yield FieldProblem(at, "place_ambiguous")
        if area.unit is not None and policy.units_list in LIST_VERSIONS and not exists(policy.units_list, area.unit):
            params = {"unit": area.unit[:20], "list_version": policy.units_list}
            yield FieldProblem(f"{at}/unit", "unknown_administrative_unit", params)
        if area.country is not None and area.country not in countries():
            yield FieldProblem(f"{at}/country", "country_unknown")
        if area.from_ and area.until and area.from_ > area.until:
            yield FieldProblem(f"{at}/until", "period_ends_before_it_begins")


def _problems_of_periods(policy: Policy) -> Iterator[FieldProblem]:
    """Entries of one area whose days overlap: nobody could say which of them counts."""
    last: dict[str, tuple[date, int]] = {}
    """Of each area: until when the entries so far last, and which of them lasts so long."""
    for code, begins, index in sorted((each.code, each.from_ or date.min, n) for n, each in enumerate(policy.areas)):
        if not code:
            continue
        until, other = last.get(code, (None, index))
        if until is not None and begins <= until:
            yield FieldProblem(f"/areas/{index}", "policy_area_twice", {"area": code[:20], "other": other + 1})
        ends = policy.areas[index].until or date.max
        if until is None or ends > until:
            last[code] = ends, index


def _problems_of_rules(policy: Policy) -> Iterator[FieldProblem]:
    times = Counter(rule.id for rule in policy.rules)
    for index, rule in enumerate(policy.rules):
        at = f"/rules/{index}"
        if times[rule.id] > 1:
            yield FieldProblem(f"{at}/id", "policy_rule_twice", {"rule": rule.id[:60]})
        doses = rule.when.doses
        if doses is not None and not (len(doses) == 2 and 0 <= doses[0] <= doses[1] <= MOST_DOSES):
            yield FieldProblem(f"{at}/when/doses", "doses_range_malformed", {"most": MOST_DOSES})


def _problems_of_tracing(policy: Policy) -> Iterator[FieldProblem]:
    """Two rules begin on the same day, so it is unclear which one applies."""
    days = [each.from_ for each in policy.tracing or ()]
    for index, day in enumerate(days):
        if day in days[:index]:
            yield FieldProblem(f"/tracing/{index}/from", "tracing_rule_twice", {"other": days.index(day) + 1})


def _problems_of_names(policy: Policy) -> Iterator[FieldProblem]:
    """What rules name and nothing defines, and what is defined and no rule names."""
    defined: dict[str, Collection[str]] = {
        "findings": policy.findings,
        "instructions": policy.instructions,
        "papers": policy.papers,
    }
    named: dict[str, set[str]] = {kind: set() for kind in defined}
    for number, rule in enumerate(policy.rules):
        for kind, at, name in _names(rule):
            named[kind].add(name)
            if name not in defined[kind]:
                yield FieldProblem(f"/rules/{number}/{at}", "policy_name_unknown", {"names": name[:60]})
    for kind, names in defined.items():
        for name in names:
            if name not in named[kind]:
                yield FieldProblem(f"/{kind}/{_escaped(name)}", "policy_name_unused", {"name": name[:60]})


def _problems_of_watches(policy: Policy) -> Iterator[FieldProblem]:
    for name, instruction in policy.instructions.items():
        watch = instruction.watch
        if watch is not None and watch.tests_on != sorted({*watch.tests_on} & {*range(1, watch.days + 1)}):
            pointer = f"/instructions/{_escaped(name)}/watch/tests_on"
            yield FieldProblem(pointer, "watch_tests_malformed", {"days": watch.days})


def _escaped(name: str) -> str:
    """A name in a JSON pointer."""
    return name[:60].replace("~", "~0").replace("/", "~1")


def _names(rule: Rule) -> Iterator[tuple[str, str, str]]:
    """What a rule names: the kind, where in the rule, and the name."""
    if rule.finding is not None:
        yield "findings", "finding", rule.finding
    for index, name in enumerate(rule.instructions):
        yield "instructions", f"instructions/{index}", name
    for index, name in enumerate(rule.papers):
        yield "papers", f"papers/{index}", name
