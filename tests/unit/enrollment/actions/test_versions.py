import pytest
from django.core.management import CommandError, call_command

from core.models import AuditEntry, Site, Trial
from enrollment.actions import load_definition
from enrollment.calc.definition import DefinitionError
from enrollment.models import TrialVersion
from enrollment.queries.trials import current_version
from tests.factories import SMALL_TRIAL, load_open, make_screened_patient, make_user

SOURCE = SMALL_TRIAL.read_text(encoding="utf-8")
AMENDED = SOURCE.replace("Small trial", "Amended trial")
BROKEN = SOURCE.replace('kind = "exclusion"', 'kind = "maybe"')

pytestmark = pytest.mark.django_db


def test_first_load_stores_trial_sites_and_version_one():
    loaded = load_definition(SOURCE, by=None)
    assert (loaded.is_new, loaded.version.number) == (True, 1)
    trial = Trial.objects.get()
    assert (trial.slug, trial.title_en, trial.title_zh, trial.is_blinded) == (
        "small",
        "Small trial",
        "小型试验",
        False,
    )
    assert list(Site.objects.values_list("code", "name_en", "time_zone")) == [
        ("01", "First hospital", "Asia/Shanghai"),
        ("02", "Second hospital", "Asia/Shanghai"),
    ]
    assert loaded.version.definition.trial.target_size == 10
    assert loaded.version.source == SOURCE


def test_load_is_the_person_s_in_the_trail():
    person = make_user()
    version = load_definition(SOURCE, by=person).version
    assert version.loaded_by == person
    assert AuditEntry.objects.of_row(version).get().actor_id == person.pk


def test_same_file_twice_changes_and_records_nothing():
    first = load_definition(SOURCE, by=None)
    before = AuditEntry.objects.count()
    second = load_definition(SOURCE, by=None)
    assert (second.is_new, second.version) == (False, first.version)
    assert AuditEntry.objects.count() == before


def test_other_text_is_the_next_version_and_patients_keep_theirs():
    trial = load_open(SOURCE).trial
    patient = make_screened_patient(trial)
    amended = load_definition(AMENDED, by=None).version
    assert (amended.number, current_version(trial)) == (2, amended)
    patient.refresh_from_db()
    assert patient.version.number == 1
    trial.refresh_from_db()
    assert trial.title_en == "Amended trial"


def test_older_file_loaded_again_takes_nothing_back():
    load_definition(SOURCE, by=None)
    newest = load_definition(AMENDED, by=None).version
    before = AuditEntry.objects.count()
    loaded = load_definition(SOURCE, by=None)
    assert (loaded.is_new, loaded.version.number) == (False, 1)
    assert current_version(newest.trial) == newest
    assert Trial.objects.get().title_en == "Amended trial"
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("source", [BROKEN, "", "[trial", SOURCE + "\0"])
def test_wrong_file_is_refused_whole(source):
    with pytest.raises(DefinitionError):
        load_definition(source, by=None)
    assert not Trial.objects.exists()
    assert not TrialVersion.objects.exists()


def test_wrong_amendment_changes_nothing():
    load_definition(SOURCE, by=None)
    with pytest.raises(DefinitionError, match=r"criteria.*kind"):
        load_definition(BROKEN.replace("Small trial", "Amended trial"), by=None)
    assert Trial.objects.get().title_en == "Small trial"
    assert TrialVersion.objects.count() == 1


@pytest.fixture
def file(tmp_path):
    def write(source, name="small.toml"):
        path = tmp_path / name
        path.write_bytes(source if isinstance(source, bytes) else source.encode())
        return str(path)

    return write


def test_command_says_which_version_it_loaded_and_that_it_was_there(file, capsys):
    for _time in range(2):
        call_command("load_trial", file(SOURCE))
    assert capsys.readouterr().out.splitlines() == [
        "small.toml: loaded as version 1 of small",
        "small.toml: is already version 1 of small",
    ]


def test_command_names_person_and_source_in_the_trail(file):
    person = make_user("anna")
    call_command("load_trial", file(SOURCE), by="anna")
    entry = AuditEntry.objects.of_row(TrialVersion.objects.get()).get()
    assert (entry.actor_id, entry.source) == (person.pk, "command load_trial")


def test_command_refuses_a_wrong_file_with_place_and_reason(file):
    with pytest.raises(CommandError, match=r"(?s)small.toml is refused.*criteria.*kind"):
        call_command("load_trial", file(BROKEN))
    assert not Trial.objects.exists()


@pytest.mark.parametrize(
    ("source", "by", "sentence"),
    [
        pytest.param(b"\xff\xfe", None, "cannot be read as UTF-8", id="no text"),
        pytest.param(None, None, "cannot be read", id="no file"),
        pytest.param(SOURCE, "nobody", "There is no user nobody", id="no such person"),
    ],
)
def test_command_says_what_is_wrong(file, tmp_path, source, by, sentence):
    path = file(source) if source else str(tmp_path / "absent.toml")
    with pytest.raises(CommandError, match=sentence):
        call_command("load_trial", path, by=by)
    assert not Trial.objects.exists()
