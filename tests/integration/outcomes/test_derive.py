"""The engine on files: the reference data through the command, and files that it refuses."""

import json
import subprocess
import sys

import pandas as pd
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from outcomes.files.command import PROGRAM
from tests import components


@pytest.fixture
def file(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def derive(command, tmp_path, *options, out="out.csv"):
    call_command("derive", command, *options, "--out", str(tmp_path / out))
    return tmp_path / out


@pytest.mark.needs("oracles")
@pytest.mark.parametrize(
    ("command", "expected"),
    [("responses", "bor_dev_expected"), ("endpoints", "bor_dev_tte_expected")],
)
def test_100_simulated_patients_line_by_line(tmp_path, command, expected):
    folder = components.ORACLES / "recist"
    out = derive(
        command,
        tmp_path,
        "--subjects",
        str(folder / "bor_dev_subjects.csv"),
        "--responses",
        str(folder / "bor_dev_overall_responses.csv"),
    )
    assert out.read_text() == (folder / f"{expected}.csv").read_text().replace("\r\n", "\n")


LESIONS = "subject,lesion,kind,lymph_node,baseline_mm,first_seen_visit,unequivocal\n"
SCANS = "subject,visit,date,lesion,mm,state\n"


def timepoints(file, tmp_path, lesions, scans, *options):
    files = ["--lesions", file("L.csv", LESIONS + lesions)]
    files += ["--assessments", file("A.csv", SCANS + scans)]
    return pd.read_csv(derive("timepoints", tmp_path, *files, *options), keep_default_na=False)


def test_timepoints_by_both_criteria(file, tmp_path):
    found = timepoints(
        file,
        tmp_path,
        "P1,T1,TARGET,N,100,,\nP1,N1,NON-TARGET,N,,,\n",
        "P1,V1,2026-01-05,T1,120,\nP1,V1,2026-01-05,N1,,PRESENT\n"
        "P1,V2,2026-03-02,T1,70,\nP1,V2,2026-03-02,N1,,PRESENT\n",
    )
    assert list(found) == ["subject", "visit", "date", "target", "nontarget", "overall", "irecist"]
    assert found.iloc[0].tolist() == [
        *["P1", "V1", "2026-01-05", "PD", "NON-CR/NON-PD", "PD", "iUPD"]
    ]
    assert found.iloc[1]["irecist"] == "iPR"


def test_a_setting_of_the_rules_is_an_option(file, tmp_path):
    lesions = "P1,T1,TARGET,N,100,,\n"
    scans = "P1,V1,2026-01-05,T1,70,\nP1,V2,2026-03-02,T1,80,\n"
    literal = timepoints(file, tmp_path, lesions, scans)
    sticky = timepoints(file, tmp_path, lesions, scans, "--sticky-partial-response")
    assert list(literal["overall"]) == ["PR", "SD"]
    assert list(sticky["overall"]) == ["PR", "PR"]


@pytest.mark.parametrize(
    ("lesions", "scans", "message"),
    [
        ("P1,T1,TARGET,N,-1,,\n", "", "L.csv, line 2: baseline_mm must be at least 0"),
        ("P1,T1,TARGET,N,,,\n", "", "L.csv, line 2: a target lesion needs its baseline diameter"),
        (
            "P1,T1,TARGET,N,20,,\n",
            "P1,V1,2026-13-05,T1,20,\n",
            "A.csv, line 2: date must be a date like 2026-11-30",
        ),
        (
            "P1,T1,TARGET,N,20,,\n",
            "P1,V1,2026-01-05,T2,20,\n",
            "A.csv, line 2: the lesion is not in the table of lesions",
        ),
        (
            "P1,T1,TARGET,N,20,,\n",
            "P1,V1,2026-01-05,T1,20,GONE\n",
            "A.csv, line 2: state must be one of PRESENT, ABSENT",
        ),
        ("P1,T1,TARGET,N,20\n", "", "L.csv, line 2: the row has 5 fields, the header 7"),
        (
            "P1,T1,TARGET,N,20,,,,\nP1,T2,TARGET,N,20,,\n",
            "",
            "L.csv, line 2: the row has 9 fields, the header 7",
        ),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_written(file, tmp_path, lesions, scans, message):
    with pytest.raises(CommandError) as refused:
        timepoints(file, tmp_path, lesions, scans)
    assert message in str(refused.value)
    assert not (tmp_path / "out.csv").exists()


def test_keep_going_lists_every_bad_row(file, tmp_path):
    responses = file("R.csv", "id,tp1,tp2\na,iCR,PR\nb,SD,\n")
    with pytest.raises(CommandError, match="1 more rows are wrong"):
        derive("irecist-bor", tmp_path, "--responses", responses)
    with pytest.raises(CommandError) as refused:
        derive("irecist-bor", tmp_path, "--responses", responses, "--keep-going")
    assert [line.split(":")[0] for line in str(refused.value).splitlines()] == [
        "R.csv, line 2",
        "R.csv, line 3",
    ]


def test_keep_going_lists_the_bad_rows_of_both_files(file, tmp_path):
    files = ["--subjects", file("S.csv", "USUBJID,RANDDT,DTHDT\na,2026-01-02,2026-01-01\n")]
    responses = "USUBJID,ADT,AVALC\nb,2026-02-01,PR\na,2026-02-01,pr\na,,SD\n"
    files += ["--responses", file("R.csv", responses)]
    with pytest.raises(CommandError) as refused:
        derive("endpoints", tmp_path, *files, "--keep-going")
    assert [line.split(" must")[0] for line in str(refused.value).splitlines()] == [
        "R.csv, line 2: the patient is not in the file of patients",
        "R.csv, line 3: AVALC",
        "R.csv, line 4: ADT is missing",
        "S.csv, line 2: DTHDT is before RANDDT",
    ]


@pytest.mark.parametrize("death", ["2026-01-02", "2026-01", "2026"])
def test_death_on_the_first_day_or_in_its_month_is_none_before_the_start(file, tmp_path, death):
    subjects = file("S.csv", f"USUBJID,RANDDT,DTHDT\na,2026-01-02,{death}\n")
    files = ["--subjects", subjects, "--responses", file("R.csv", "USUBJID,ADT,AVALC\n")]
    assert "DEATH" in derive("endpoints", tmp_path, *files).read_text()


@pytest.mark.parametrize("column", ["group", "stratum"])
def test_half_given_groups_are_refused(file, tmp_path, column):
    data = file("D.csv", f"time,event,{column}\n1,1,a\n2,1,\n")
    with pytest.raises(CommandError, match=rf"D\.csv, line 3: {column} is missing"):
        derive("survival", tmp_path, "--data", data, out="o.json")


@pytest.mark.parametrize("cut", ["2026-05", "yesterday"])
def test_data_cut_is_a_whole_day(file, tmp_path, cut):
    files = ["--subjects", file("S.csv", "USUBJID,RANDDT\na,2026-01-02\n")]
    files += ["--responses", file("R.csv", "USUBJID,ADT,AVALC\n"), "--cut", cut]
    with pytest.raises(CommandError, match="whole date"):
        derive("responses", tmp_path, *files)


@pytest.mark.parametrize("at", ["nan", "-1", "inf", "x"])
def test_landmarks_are_times(file, tmp_path, at):
    data = file("D.csv", "time,event\n1,1\n")
    with pytest.raises(CommandError, match="give times"):
        derive("survival", tmp_path, "--data", data, f"--at={at}", out="o.json")


@pytest.mark.parametrize(("choice", "median"), [("NE", None), ("midpoint", 102.5)])
def test_median_of_a_curve_flat_to_the_end_as_in_sas_or_r(file, tmp_path, choice, median):
    times = [54, 75, 77, 84, 87, 92, 103, 105, 112, 118]
    rows = "".join(f"{time},{int(n < 5)}\n" for n, time in enumerate(times))
    options = ["--data", file("D.csv", "time,event\n" + rows), "--flat-to-the-end", choice]
    found = json.loads(derive("survival", tmp_path, *options, out="o.json").read_text())
    assert found["curves"]["all"]["quantiles"]["0.5"]["estimate"] == median


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_byte_order_mark_and_other_ends_of_lines(file, tmp_path, end):
    answers = '\ufeffid,extra,tp1\n患者,"a\nb",iPR\n'.replace("\n", end)
    out = derive("irecist-bor", tmp_path, "--responses", file("I.csv", answers))
    assert "iPR,iPR" in out.read_text()


def test_best_irecist_response(file, tmp_path):
    responses = file("R.csv", "id,tp1,tp2,tp10\na,iUPD,iCPD,iCR\nb,iUPD,,iPR\n")
    out = derive("irecist-bor", tmp_path, "--responses", responses)
    assert out.read_text() == "id,tp1,tp2,tp10,ibor\na,iUPD,iCPD,iCR,iCPD\nb,iUPD,,iPR,iPR\n"


def test_laboratory_grades(file, tmp_path):
    header = "TERM,DIRECTION,UNIT,AVAL,ANRLO,ANRHI,BASE\n"
    values = file("V.csv", header + "Anemia,L,g/L,79,120,160,\nanemia,L,g/L,,120,160,\n")
    out = derive("lab-grades", tmp_path, "--ctcae", "5.0", "--values", values)
    assert list(pd.read_csv(out, dtype=str)["GRADE"].fillna("")) == ["3", ""]
    wrong = file("W.csv", header + "Anaemia,L,g/L,79,120,160,\n")
    with pytest.raises(CommandError, match=r"W\.csv, line 2: TERM is no laboratory term"):
        derive("lab-grades", tmp_path, "--ctcae", "5.0", "--values", wrong)


def test_quality_of_life(file, tmp_path):
    items = ",".join(f"q{number}" for number in range(1, 31))
    answers = file("Q.csv", f"id,{items}\na,{','.join(['1'] * 30)}\n")
    found = pd.read_csv(derive("qlq-c30", tmp_path, "--answers", answers)).iloc[0]
    assert (found["PF"], found["FA"], found["QL"], found["C30SUMMARY"]) == (100, 0, 0, 100)


def test_survival_of_two_groups(file, tmp_path):
    rows = "time,event,group\n6,1,a\n7,0,a\n10,1,a\n1,1,b\n2,1,b\n3,1,b\n"
    out = derive("survival", tmp_path, "--data", file("D.csv", rows), "--at", "2,6", out="o.json")
    found = json.loads(out.read_text())
    assert found["curves"]["a"]["quantiles"]["0.5"]["estimate"] == 10
    assert [mark["n_risk"] for mark in found["curves"]["b"]["landmarks"]] == [2, 0]
    assert found["logrank"]["df"] == 1
    assert [term["term"] for term in found["cox"]["terms"]] == ["group: b"]


@pytest.mark.parametrize("text", ["time,event\n", "time,event\n3,1\n", "time,event\n3,0\n4,0\n"])
def test_nobody_one_patient_and_nobody_with_an_event(file, tmp_path, text):
    out = derive("survival", tmp_path, "--data", file("D.csv", text), out="o.json")
    assert "curves" in json.loads(out.read_text())


def test_command_loads_neither_django_nor_what_it_does_not_need(file, tmp_path):
    """Starting the site took longer than deriving ten thousand patients."""
    subjects = file("S.csv", "USUBJID,RANDDT\na,2026-01-01\n")
    responses = file("R.csv", "USUBJID,ADT,AVALC\na,2026-02-20,PR\n")
    options = ["--subjects", subjects, "--responses", responses, "--out", str(tmp_path / "o.csv")]
    code = (
        "import runpy, sys\n"
        f"sys.argv = ['manage.py', 'derive', 'responses', *{options}]\n"
        "try:\n"
        "    runpy.run_path('manage.py', run_name='__main__')\n"
        "except SystemExit as end:\n"
        "    assert not end.code\n"
        "print(*sorted({'django', 'pydantic', 'scipy', 'lifelines'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=settings.BASE_DIR, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("\n", "")
    assert (tmp_path / "o.csv").read_text().startswith("ANALYSIS,USUBJID,RSP")


def test_bad_file_ends_the_command_with_1_and_a_sentence(file, capsys):
    responses = file("R.csv", "id,tp1\na,PR\n")
    assert PROGRAM.main(["irecist-bor", "--responses", responses, "--out", "o.csv"]) == 1
    assert capsys.readouterr().err.startswith("CommandError: R.csv, line 2: tp1 must be one of")
