"""Keep the trust list: the keys by which certificates are believed."""

from collections.abc import Callable

from chalicelib.models.certificates.trusted_keys import (
    KeyFacts,
    KeyNotUsable,
    TrustedKey,
    TrustList,
    TrustListChange,
    problems_of_form,
)
from chalicelib.models.errors import FieldProblem, InvalidInput
from chalicelib.models.staff.roles import Principal
from chalicelib.services.certificates.ports import FactsOfKey, TrustedKeys
from chalicelib.services.ports import Clock


def replace_trusted_keys(
    country: str,
    form: TrustList,
    *,
    staff: Principal,
    facts_of: FactsOfKey,
    announce: Callable[[TrustListChange], None],
    trusted_keys: TrustedKeys,
    clock: Clock,
) -> TrustListChange:
    """Make this list the country's: nothing is written unless every entry can be.

    New keys are written before old ones are removed. So a change that fails halfway leaves both, and the same request
    completes it. `announce` is called before anything is written.

    Raises
    ------
    InvalidInput
        With every entry that cannot be accepted.
    """
    wanted = _wanted(country, form, facts_of)
    listed = {key.kid: key for key in trusted_keys.all() if key.country == country}
    now = clock()
    added, changed, kept = [], [], []
    for facts in wanted.values():
        old = listed.get(facts.kid)
        key = TrustedKey(
            kid=facts.kid,
            country=country,
            public_key=facts.public_key,
            valid_from=facts.valid_from,
            valid_until=facts.valid_until,
            uses=list(facts.uses),
            put_by=staff.subject,
            put_by_name=staff.name,
            put_at=now,
        )
        if old is None:
            added.append(key)
        elif _says(old) == _says(key):
            kept.append(old)
        else:
            changed.append(key)
    removed = [key for kid, key in listed.items() if kid not in wanted]
    change = TrustListChange(country, tuple(added), tuple(changed), tuple(kept), tuple(removed))
    announce(change)
    if moved := [key.name for key in (*added, *changed, *removed)]:
        trusted_keys.note_changes(moved, now)
    trusted_keys.put([*added, *changed])
    trusted_keys.remove(removed)
    return change


def _wanted(country: str, form: TrustList, facts_of: FactsOfKey) -> dict[str, KeyFacts]:
    wanted: dict[str, KeyFacts] = {}
    problems: list[FieldProblem] = []
    for index, entry in enumerate(form.keys):
        pointer = f"/keys/{index}"
        if found := problems_of_form(entry, pointer):
            problems += found
            continue
        try:
            facts = facts_of(entry)
        except KeyNotUsable as error:
            field = "certificate" if entry.certificate else "kid" if error.code == "key_id_malformed" else "public_key"
            problems.append(FieldProblem(f"{pointer}/{field}", error.code))
            continue
        if facts.country not in (country, None):
            params = {"country": facts.country, "expected": country}
            problems.append(FieldProblem(f"{pointer}/certificate", "key_of_another_country", params))
        if facts.kid in wanted:
            problems.append(FieldProblem(pointer, "key_listed_twice", {"kid": facts.kid}))
        wanted[facts.kid] = facts
    if problems:
        raise InvalidInput(problems)
    return wanted


def _says(key: TrustedKey) -> tuple[object, ...]:
    return key.public_key, key.valid_from, key.valid_until, key.uses
