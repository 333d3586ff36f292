"""Whether the holder of a certificate has the name that was declared."""

import pytest

from chalicelib.models.certificates.readings import doubts_of_person
from tests import certificates
from tests.certificates import vaccination
from tests.unit.certificates.listed import KEYS, read, vietnamese


@pytest.mark.parametrize(
    ("names", "declared"),
    [
        (certificates.VIETNAMESE_NAME, "Nguyễn Văn Thử"),
        (certificates.VIETNAMESE_NAME, "NGUYEN VAN THU"),
        ({"fn": "Nguyễn", "gn": "Văn Thử", "fnt": "NGUYEN", "gnt": "VAN<THU"}, "Nguyễn Văn Thử"),
        ({"fnt": "NGUYEN<VAN", "gnt": "THU"}, "Nguyễn Văn Thử"),
        ({"fnt": "NGUYEN<<VAN<", "gnt": "<THU"}, "Nguyễn Văn Thử"),
        ({"fnt": "NGUYENVAN", "gnt": "THU"}, "Nguyễn Văn Thử"),
        ({"fnt": "THU", "gnt": "NGUYEN<VAN"}, "Nguyễn Văn Thử"),
        ({"fn": "Nguyễn Văn Thử"}, "Nguyễn Văn Thử"),
        ({"fnt": "DO<THI", "gnt": "DAO"}, "Đỗ Thị Đào"),
        ({"fn": "Đỗ Thị", "gn": "Đào"}, "Ðo Thi Dao"),
        (certificates.EUROPEAN_NAME, "Änne Müller-Größe"),
        (certificates.EUROPEAN_NAME, "Anne Muller Grosse"),
        (certificates.EUROPEAN_NAME, "AENNE MUELLER GROESSE"),
        ({"fn": "Μάρκου", "gn": "Άννα", "fnt": "MARKOU", "gnt": "ANNA"}, "Anna Markou"),
        ({"fnt": "OBRIEN", "gnt": "SEAN"}, "Seán O'Brien"),
        ({"fnt": "SOERENSEN", "gnt": "AAGE"}, "Åge Sørensen"),
    ],
)
def test_a_name_is_the_same_however_it_is_written(names: dict[str, str], declared: str) -> None:
    reading = read(vietnamese({**vaccination(), "nam": names}), KEYS)
    assert doubts_of_person(reading, declared, 1990) == ()
