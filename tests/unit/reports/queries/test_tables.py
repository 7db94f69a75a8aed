"""What holds for every table, whatever forms are registered."""

import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.conf import settings
from django.db import models

from core.calc.partial_date import PartialDate
from core.fields import Captured, captured_fields
from core.models import Trial, User
from enrollment import registry
from enrollment.models import FormRow, LogForm, PatientForm, VisitForm
from reports.queries.tables import Column, Kind, Table, Type, all_tables, find_table
from reports.queries.tables.column import as_date, as_stored, as_text, as_time, as_yes_no
from reports.queries.tables.text import csv_chunks

TABLES = all_tables()
SPECS = [*registry.all_specs(), *registry.independent_specs()]
NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
EACH = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)


@EACH
def test_names_are_snake_case_of_32_characters_at_most_and_unique(table):
    names = table.column_names
    assert [name for name in [table.name, *names] if not NAME.fullmatch(name)] == []
    assert len(set(names)) == len(names)


@EACH
def test_keys_stand_first_and_begin_with_the_trial(table):
    keys = [column.is_key for column in table.columns]
    if table.kind is not Kind.DERIVED:
        assert keys == sorted(keys, reverse=True)
        assert table.column_names[:3] == ["trial", "site", "patient"]
    assert table.column_names[0] == "trial"


@EACH
def test_each_column_has_a_label(table):
    assert all(str(column.label).strip() for column in table.columns)


def test_each_form_and_each_of_its_rows_has_its_table():
    wanted = {spec.table for spec in SPECS}
    wanted |= {spec.rows.table for spec in SPECS if spec.rows is not None}
    assert {table.name for table in TABLES if table.kind in (Kind.FORM, Kind.ROWS)} == wanted


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.slug)
def test_everything_that_a_form_stores_is_exported(spec):
    for model, name in [(spec.model, spec.table)] + (
        [(spec.rows.model, spec.rows.table)] if spec.rows else []
    ):
        base = next(
            kind for kind in (VisitForm, PatientForm, LogForm, FormRow) if issubclass(model, kind)
        )
        kept = {field.name for field in base._meta.get_fields()} | {"id", "record"}
        people = {item.name for item in model._meta.local_fields if item.related_model is User}
        own = {field.name for field in model._meta.local_fields} - kept - people
        columns = find_table(name).column_names
        linked = {
            item.name for item in model._meta.local_fields if isinstance(item, models.ForeignKey)
        }
        exported = {f"{item}_row" if item in linked else item for item in own}
        assert exported <= set(columns)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.slug)
def test_missing_code_stands_behind_each_field_that_may_have_one(spec):
    names = find_table(spec.table).column_names
    for field in captured_fields(spec.model):
        follows = names[names.index(field.name) + 1 :][:1] == [f"{field.name}_missing"]
        assert follows is field.allows_missing_code


def revealing():
    told = Captured(reveals="the arm")
    return Table(
        "told",
        "told",
        Kind.FORM,
        (
            Column("dose_mg", "dose", Type.DECIMAL),
            Column("drug", "drug", Type.CODE, captured=told),
            replace(Column("drug_missing", "why", Type.CODE), captured=told),
        ),
    )


def test_what_would_tell_the_arm_is_left_out_of_a_blinded_trial():
    assert revealing().without_arms().column_names == ["dose_mg"]
    assert revealing().seen_in(Trial(is_blinded=False)).column_names == [
        "dose_mg",
        "drug",
        "drug_missing",
    ]


@pytest.mark.parametrize(
    ("read", "value", "cell"),
    [
        (as_stored, "", None),
        (as_stored, 0, 0),
        (as_stored, "0042", "0042"),
        (as_text, PartialDate("2026-11"), "2026-11"),
        (as_text, None, None),
        (as_date, date(2026, 1, 5), "2026-01-05"),
        (as_date, None, None),
        (as_time, datetime(2026, 1, 5, 9, 30, 15, 999, tzinfo=UTC), "2026-01-05T09:30:15Z"),
        (as_time, None, None),
        (as_yes_no, False, "N"),
        (as_yes_no, True, "Y"),
        (as_yes_no, None, None),
    ],
)
def test_cell_of_a_stored_value(read, value, cell):
    assert read(value) == cell


@pytest.mark.parametrize(
    ("value", "text"),
    [(Decimal("1E+2"), "100"), (Decimal("0.00"), "0.00"), (Decimal("1E-7"), "0.0000001")],
)
def test_decimals_are_written_without_powers_of_ten(value, text):
    assert "".join(csv_chunks(["a"], [[value]])) == f"a\r\n{text}\r\n"


def test_web_process_does_not_load_pandas():
    program = (
        "import django, sys; django.setup();"
        "from django.urls import get_resolver; get_resolver().url_patterns;"
        "heavy = {'pandas', 'numpy', 'lifelines', 'pyarrow', 'pyreadstat'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    environment = {"TRIALSITE_TEST": "1", "DJANGO_SETTINGS_MODULE": "trialsite.settings"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
