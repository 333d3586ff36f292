"""Reading a certificate, and keeping the list of keys by which certificates are believed."""

from collections.abc import Callable
from datetime import datetime

from chalicelib.models.certificate_terms import CertificateDoubt, CertificateVerdict
from chalicelib.models.certificates import Reading, Unreadable, contents_of, doubts_of_key, judge
from chalicelib.models.errors import FieldProblem, InvalidInput
from chalicelib.models.staff import Principal
from chalicelib.models.trusted_keys import (
    KeyFacts,
    KeyNotUsable,
    TrustedKey,
    TrustList,
    TrustListChange,
    TrustListEntry,
    problems_of_form,
)
from chalicelib.services.collaborators import Clock, DecodeCertificate, TrustedKeys


def read_certificate(text: str, at: datetime, *, decode: DecodeCertificate, trusted_keys: TrustedKeys) -> Reading:
    """What the text of a scanned certificate says and what that is worth at a moment: for every text, whatever it is.

    The keys are those that are trusted now.
    """
    try:
        container = decode(text)
        contents = contents_of(container.claims)
    except Unreadable as error:
        return Reading(CertificateVerdict.UNREADABLE, at, failed_at=error.stage)
    listed = trusted_keys.find(container.key_id) if container.key_id else []
    signed = [(doubts_of_key(contents, key, at), key) for key in listed if container.signed_by(key.der)]
    # Countries may share a key's id, or list the same key: the one that fits best is meant.
    signed.sort(key=lambda each: (CertificateDoubt.KEY_NOT_FOR_THIS_KIND in each[0], len(each[0])))
    return judge(contents, at, listed=bool(listed), key=signed[0][1] if signed else None)


def replace_trusted_keys(
    country: str,
    form: TrustList,
    *,
    staff: Principal,
    facts_of: Callable[[TrustListEntry], KeyFacts],
    announce: Callable[[TrustListChange], None],
    trusted_keys: TrustedKeys,
    clock: Clock,
) -> TrustListChange:
    """Make this list the country's: nothing is written unless every entry can be.

    New keys come before old ones go, so that what dies halfway leaves a list that both can be judged by, and the same
    request completes it. `announce` is told before anything is written.

    Raises
    ------
    InvalidInput
        With every entry that cannot be accepted.
    """
    wanted = _wanted(country, form, facts_of)
    standing = {key.kid: key for key in trusted_keys.all() if key.country == country}
    now = clock()
    added, changed, kept = [], [], []
    for facts in wanted.values():
        old = standing.get(facts.kid)
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
    removed = [key for kid, key in standing.items() if kid not in wanted]
    change = TrustListChange(country, tuple(added), tuple(changed), tuple(kept), tuple(removed))
    announce(change)
    trusted_keys.put([*added, *changed])
    trusted_keys.remove(removed)
    return change


def _wanted(country: str, form: TrustList, facts_of: Callable[[TrustListEntry], KeyFacts]) -> dict[str, KeyFacts]:
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
