from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.calc.lab_file import LineProblem, in_unit_of_form, read_file, read_mapping

UNITS = {"alt_u_l": "U/L", "bilirubin_umol_l": "µmol/L", "glucose_mmol_l": "mmol/L"}
LINES = "Nr = patient\n采样日期 = date\nALT = alt_u_l\nTBIL = bilirubin_umol_l, mg/dL\n"
MAPPING = read_mapping(LINES, UNITS)
TODAY = date(2026, 7, 1)


def read(text, encoding="utf-8"):
    return read_file(text.encode(encoding), MAPPING, today=TODAY)


def test_mapping_names_column_meaning_and_factor():
    assert [(each.column, each.means) for each in MAPPING][:2] == [
        ("Nr", "patient"),
        ("采样日期", "date"),
    ]
    assert MAPPING[2].factor == 1


@pytest.mark.parametrize(
    ("lines", "line", "code"),
    [
        ("Nr = patient\nDay = date\nALT", 3, "no-mapping"),
        ("Nr = patient\n= date", 2, "no-mapping"),
        ("Nr = patient\nDay = date\nALT = alt", 3, "no-test"),
        ("Nr = patient\nDay = date\nALT = alt_u_l, mg/dL", 3, "no-unit"),
        ("Nr = patient\nNr = date", 2, "twice"),
        ("Nr = patient\nDay = patient", 2, "twice"),
        ("Nr = patient\nALT = alt_u_l", 0, "lacks"),
        ("", 0, "lacks"),
    ],
)
def test_bad_mapping_is_refused_with_its_line(lines, line, code):
    with pytest.raises(LineProblem) as refused:
        read_mapping(lines, UNITS)
    assert (refused.value.line, refused.value.code) == (line, code)


@pytest.mark.parametrize("unit", ["μmol/L", "µmol/l", "ΜMOL/L", "", "umol/l "])
def test_own_unit_is_known_in_its_spellings(unit):
    lines = f"a = patient\nb = date\nc = bilirubin_umol_l, {unit}"
    assert read_mapping(lines, UNITS)[2].factor == 1


@pytest.mark.parametrize(
    ("test", "text", "unit", "places", "wanted"),
    [
        ("bilirubin_umol_l", "1", "mg/dL", 1, "17.1"),
        ("glucose_mmol_l", "180", "mg/dL", 2, "9.99"),
        ("alt_u_l", "38", "U/L", 1, "38"),
        ("bilirubin_umol_l", "<0.2", "mg/dL", 1, "<0.2"),
        ("bilirubin_umol_l", "1e3", "mg/dL", 1, "1e3"),
    ],
)
def test_value_is_converted_to_the_unit_of_the_form(test, text, unit, places, wanted):
    [*_keys, meaning] = read_mapping(f"a = patient\nb = date\nc = {test}, {unit}", UNITS)
    assert in_unit_of_form(text, meaning.factor, places) == wanted


def test_creatinine_of_one_mg_dl_is_88_4():
    units = {"creatinine_umol_l": "µmol/L"}
    [*_keys, meaning] = read_mapping("a = patient\nb = date\nc = creatinine_umol_l, mg/dL", units)
    assert meaning.factor.quantize(Decimal("0.1")) == Decimal("88.4")


@pytest.mark.parametrize("day", ["2025-10-21", "21OCT2025", "21-OCT-2025", "21oct25", "2025/10/21"])
@pytest.mark.parametrize("time", ["", "T08:30:00", " 08:30", "\t08:30"])
def test_time_after_the_day_is_ignored_and_october_is_none(day, time):
    [result] = read(f'Nr,采样日期,ALT,TBIL\nA,"{day}{time}",1,\n')
    assert result.day == date(2025, 10, 21)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_file_is_read_as_hospitals_write_it(encoding, delimiter):
    text = "Nr,姓名,采样日期,ALT,TBIL\nA01-001-21,×,2026/1/8 07:30,３８,\n\n,,,,\n"
    found = read(text.replace(",", delimiter), encoding)
    assert [(each.line, each.patient, each.day, each.text) for each in found] == [
        (2, "A01-001-21", date(2026, 1, 8), "38")
    ]


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("", 1, "no-table"),
        ("Nr,ALT\n", 1, "no-table"),
        ("Nr,采样日期,ALT\n", 1, "no-column"),
        ("Nr,采样日期,ALT,TBIL,ALT\n", 1, "columns-twice"),
        ("Nr,采样日期,ALT,TBIL\nA,2026-01-08,1\n", 2, "cells"),
        ("Nr,采样日期,ALT,TBIL\nA,t,1,1\n", 2, "no-day"),
        ("Nr,采样日期,ALT,TBIL\nA,2026-02-30,1,1\n", 2, "no-day"),
        ("Nr,采样日期,ALT,TBIL\n" + "A,2026-01-08,1,1\n" * 5001, 5002, "too-long"),
    ],
)
def test_bad_file_is_refused_with_its_line(text, line, code):
    with pytest.raises(LineProblem) as refused:
        read(text)
    assert (refused.value.line, refused.value.code) == (line, code)


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_bytes_are_read_or_refused(content):
    header = "Nr,采样日期,ALT,TBIL\n".encode()
    for each in (content, header + content):
        with suppress(LineProblem):
            read_file(each, MAPPING, today=TODAY)
