"""A declaration without one of its persons: they asked for it, and the records of the others must still read.

A declaration is never changed. This is the one exception, required by law: a person may have their data deleted
(law 91/2025/QH15).
"""

from chalicelib.models.entry.declarations import Declaration
from chalicelib.models.entry.passes import Pass
from chalicelib.models.people.persons import EARLIEST_BIRTH_YEAR, Person
from chalicelib.models.people.trips import Trip
from chalicelib.models.records import STORED

BLANK = "(đã xóa)"
"""Stands where a text must stand. No form can have it as a name: names begin with a letter."""


def without_person(declaration: Declaration, number: int) -> Declaration:
    """The declaration with a placeholder instead of this person, and without their pass's token and findings.

    The others keep their numbers, and so their codes. The plate, the addresses and the host of the trip go with the
    traveller, who declared them, and with the last person of the declaration.
    """
    passes = list(declaration.passes)
    passes[number] = Pass(token="")
    persons = list(declaration.form.persons)
    persons[number] = _placeholder()
    nobody_left = all(each.is_erased for each in passes)
    trip = declaration.form.trip
    trip = _without_texts(trip) if number == 0 or nobody_left else trip
    form = declaration.form.model_copy(update={"traveller": persons[0], "companions": persons[1:], "trip": trip})
    offline = declaration.offline
    if offline is not None:
        of_others = [each for each in offline.found_differently if each.person != number]
        offline = offline.model_copy(update={"found_differently": of_others})
    return declaration.model_copy(update={"form": form, "passes": passes, "offline": offline})


def _placeholder() -> Person:
    no_answers = {"symptoms": [], "contact_with_patient": False, "contact_with_ill_person": False}
    blank = {
        "full_name": BLANK,
        "birth_year": EARLIEST_BIRTH_YEAR,  # the release before this one cannot show a person without a year
        "gender": "other",
        "nationality": "ZZ",  # of no country (ISO 3166-1, codes for users)
        "health": {**no_answers, "contact_with_affected_area": False},
    }
    return Person.model_validate(blank, strict=False, context=STORED)


def _without_texts(trip: Trip) -> Trip:
    """The trip without addresses, plate and host. The communes and the time stay."""
    transport = {"plate": None, "service_number": None, "seat": None}
    return trip.without_addresses(BLANK).model_copy(update={"transport": trip.transport.model_copy(update=transport)})
