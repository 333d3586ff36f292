"""Papers that people carry and staff look at."""

from chalicelib.models.enums import StrEnum


class Document(StrEnum):
    """Papers that staff look at."""

    IDENTITY_DOCUMENT = "identity_document"
    VACCINATION_CERTIFICATE = "vaccination_certificate"
    TEST_RESULT = "test_result"
    TRAVEL_PERMIT = "travel_permit"
    VEHICLE_PAPERS = "vehicle_papers"
    OTHER = "other"
