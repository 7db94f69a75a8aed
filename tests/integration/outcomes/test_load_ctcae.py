"""`manage.py load_ctcae`: NCI's whole list, from a CSV or a workbook."""

import csv

import pytest
from django.core.management import CommandError, call_command

from core.models import AuditEntry
from outcomes import catalog
from outcomes.models import AdverseEvent, CtcaeTerm
from outcomes.queries.safety import read_adverse_events
from tests.factories import LATER, make_enrolled_patient, make_member, make_trial, save_form
from tests.reference.conftest import ORACLES

pytestmark = pytest.mark.django_db
HEADER = ["MedDRA Code", "MedDRA SOC", "CTCAE Term", *(f"Grade {grade}" for grade in range(1, 6))]
NAUSEA = ["1", "Gastrointestinal disorders", "Nausea", "a", "b", "c", "-", "-"]
RARE = ["2", "Eye disorders", "Extraocular muscle paresis", "a", "b", "c", "d", "-"]


@pytest.fixture
def load(tmp_path, capsys):
    def run(*rows, version="5.0", name="ctcae.csv"):
        file = tmp_path / name
        with file.open("w", encoding="utf-8", newline="") as lines:
            csv.writer(lines).writerows([HEADER, *rows])
        call_command("load_ctcae", str(file), ctcae=version)
        return capsys.readouterr().out

    return run


def test_report_counts_what_was_added_changed_and_kept(load):
    assert "2 added, 0 changed, 0 as before" in load(NAUSEA, RARE)
    assert "0 added, 0 changed, 2 as before" in load(NAUSEA, RARE)
    text = load([*NAUSEA[:6], "d", "-"])
    assert "0 added, 1 changed, 0 as before" in text
    assert "changed: Nausea" in text
    assert "kept: Extraocular muscle paresis" in text
    assert CtcaeTerm.objects.grades_of("5.0", "Nausea") == (1, 2, 3, 4)


def test_bad_row_changes_nothing(load):
    with pytest.raises(CommandError, match="Line 3: “X” is no system organ class"):
        load(NAUSEA, ["3", "X", "Something", *"abc--"])
    assert not CtcaeTerm.objects.exists()


def test_loading_is_in_the_trail(load):
    load(NAUSEA)
    assert AuditEntry.objects.get(event="ctcae").changes["added"] == 1
    assert AuditEntry.objects.filter(table_name="outcomes_ctcaeterm").count() == 1


def test_loaded_list_takes_the_place_of_the_selection_for_its_version_only(load):
    load(NAUSEA, RARE)
    terms = CtcaeTerm.objects.terms_of("5.0")
    assert [term.name for term in terms] == ["Extraocular muscle paresis", "Nausea"]
    assert terms[1].in_language("zh-hans") == "恶心"
    assert CtcaeTerm.objects.terms_of("4.03") == catalog.terms("4.03")
    with pytest.raises(KeyError):
        CtcaeTerm.objects.grades_of("5.0", "Fatigue")


def test_event_can_have_a_loaded_term_with_its_grades_and_class(load):
    trial = make_trial()  # before the list: a definition names terms of the list that is there
    load(NAUSEA, RARE)
    coordinator = make_member(trial, "coordinator")
    patient = make_enrolled_patient(trial, by=coordinator)
    event = AdverseEvent(patient=patient, term=RARE[2], grade=5)
    assert "1, 2, 3, 4" in event.problems()["grade"]
    values = {"term": RARE[2], "grade": 4, "started_on": "2026-03"}
    save_form("adverse-events", patient, by=coordinator, **values)
    [row] = read_adverse_events(trial, LATER).to_dict("records")
    assert row["organ_class"] == "Eye disorders"


@pytest.mark.parametrize("name", ["no.csv", "no.xlsx"])
def test_file_that_is_not_there_is_a_sentence(tmp_path, name):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_ctcae", str(tmp_path / name), ctcae="5.0")


def test_file_that_is_no_workbook_is_a_sentence(tmp_path):
    pytest.importorskip("openpyxl")
    file = tmp_path / "ctcae.xlsx"
    file.write_text("no workbook")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_ctcae", str(file), ctcae="5.0")


def test_workbook_is_read_like_its_csv(tmp_path, capsys):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for line in (["CTCAE"], HEADER, NAUSEA, RARE):
        book.active.append(line)
    file = tmp_path / "ctcae.xlsx"
    book.save(file)
    call_command("load_ctcae", str(file), ctcae="4.03")
    assert "CTCAE 4.03: 2 added" in capsys.readouterr().out


@pytest.mark.needs("oracles")
def test_nci_s_list_of_version_5_has_837_terms(capsys):
    call_command("load_ctcae", str(ORACLES / "ctcae" / "ctcae_v5_0_terms.csv"), ctcae="5.0")
    assert "837 added" in capsys.readouterr().out
    rows = CtcaeTerm.objects.filter(version="5.0")
    lacking = [rows.exclude(grades__contains=str(grade)).count() for grade in range(1, 6)]
    assert lacking == [192, 92, 87, 286, 343]
    for term in catalog.terms("5.0"):
        assert CtcaeTerm.objects.grades_of("5.0", term.name) == term.grades, term.name
