"""Values as people write them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.http.wording import filled, written
from chalicelib.models.errors import ByLanguage, Choices


@pytest.mark.parametrize(
    ("value", "vietnamese", "english"),
    [
        (datetime(2021, 7, 22, 8, 0, tzinfo=UTC), "15:00 ngày 22/7", "15:00 on 22 July"),
        (datetime(2021, 12, 31, 17, 5, tzinfo=UTC), "00:05 ngày 1/1", "00:05 on 1 January"),
        (timedelta(minutes=5), "5 phút", "5 minutes"),
        (timedelta(seconds=61), "2 phút", "2 minutes"),
        (timedelta(minutes=1), "1 phút", "1 minute"),
        (timedelta(seconds=59), "59 giây", "59 seconds"),
        (timedelta(hours=2), "120 phút", "120 minutes"),
        (timedelta(hours=22, seconds=1), "23 giờ", "23 hours"),
        (36.6, "36,6", "36.6"),
        (30.0, "30", "30"),
        (1990, "1990", "1990"),
        (ByLanguage("Chốt An Hòa", "An Hòa checkpoint"), "Chốt An Hòa", "An Hòa checkpoint"),
    ],
)
def test_a_value_is_written_as_people_write_it(value: Any, vietnamese: str, english: str) -> None:
    assert (written(value, "vi"), written(value, "en")) == (vietnamese, english)


@pytest.mark.parametrize(
    ("value", "khmer", "chinese"),
    [
        (datetime(2021, 7, 22, 8, 0, tzinfo=UTC), "ម៉ោង 15:00 ថ្ងៃទី 22/7", "7月22日 15:00"),
        (date(2021, 7, 2), "2/7/2021", "2021年7月2日"),
        (timedelta(seconds=61), "2 នាទី", "2 分钟"),
        (36.6, "36.6", "36.6"),
        (ByLanguage("Chốt An Hòa", "An Hòa checkpoint"), "An Hòa checkpoint", "An Hòa checkpoint"),
        (ByLanguage("Chốt An Hòa", "An Hòa checkpoint", "ប៉ុស្តិ៍ An Hòa", "An Hòa 检查站"), "ប៉ុស្តិ៍ An Hòa", "An Hòa 检查站"),
        (Choices("symptoms", ["fever", "cough"]), "ក្តៅខ្លួន ឬ ក្អក", "发热 或 咳嗽"),
        (Choices("role", ["supervisor"]), "supervisor", "supervisor"),
    ],
)
def test_a_value_is_written_in_khmer_and_chinese_and_in_english_where_it_has_no_such_name(
    value: Any, khmer: str, chinese: str
) -> None:
    assert (written(value, "km"), written(value, "zh")) == (khmer, chinese)


def test_every_text_may_name_the_hotline_of_the_province() -> None:
    assert filled("Gọi {hotline}, {n} lần.", {"n": 2}, "vi") == "Gọi (0276) 1022, 2 lần."
