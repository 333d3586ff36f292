"""What can go wrong with people, places and their documents."""

from chalicelib.models.errors import DomainError


class UnknownListVersion(DomainError):
    code = "unknown_list_version"


class UnknownUnit(DomainError):
    code = "unknown_administrative_unit"


class UnknownCountry(DomainError):
    code = "country_unknown"


class CitizenTokenMissing(DomainError):
    """The route needs a citizen token, and the request has no Authorization header."""

    code = "citizen_token_missing"


class CitizenTokenRefused(DomainError):
    """What stands in the Authorization header is no citizen token of ours."""

    code = "citizen_token_refused"


class CitizenTokenExpired(DomainError):
    code = "citizen_token_expired"
