"""Whatever is done in whatever order, the trail says exactly that, and the chain holds."""

from datetime import UTC, datetime
from itertools import count

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import audit
from core.audit.sealing import seal_entries
from core.audit.verification import Verification
from core.models import AuditEntry, Trial, User
from enrollment.models import VitalSigns

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 7, 1, tzinfo=UTC)
PATHS = ("save", "bulk", "raw")
_numbers = count(1)

# PostgreSQL takes no NUL and no half characters.
texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=60)
steps = st.lists(
    st.tuples(
        st.sampled_from(PATHS),
        texts,  # the title
        st.booleans(),  # blinded?
        st.sampled_from(["anna", "bert", None]),
        texts,  # why
    ),
    max_size=8,
)


def person(name):
    return User.objects.get_or_create(username=name, defaults={"full_name": name})[0]


def write(trial, path, title, is_blinded):
    if path == "save":
        trial.title_en, trial.is_blinded = title, is_blinded
        trial.save()
    elif path == "bulk":
        Trial.objects.filter(pk=trial.pk).update(title_en=title, is_blinded=is_blinded)
    else:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE core_trial SET title_en = %s, is_blinded = %s WHERE id = %s",
                [title, is_blinded, trial.pk],
            )
    trial.refresh_from_db()


def changed(before, after):
    """Old and new of what differs."""
    pairs = {name: [before[name], after[name]] for name in after}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=steps, is_removed=st.booleans())
def test_trail_says_what_was_done(steps, is_removed):
    names = ("title_zh", "short_title_en", "short_title_zh")
    trial = Trial.objects.create(
        slug=f"t-{next(_numbers)}", title_en="T", **dict.fromkeys(names, "T")
    )
    pk, state, expected = trial.pk, {"title_en": "T", "is_blinded": False}, []
    for path, title, is_blinded, name, reason in steps:
        wanted = {"title_en": title, "is_blinded": is_blinded}
        if name is None:
            write(trial, path, title, is_blinded)
        else:
            with audit.writing(by=person(name), reason=reason):
                write(trial, path, title, is_blinded)
        if difference := changed(state, wanted):
            who = (name, reason) if name else ("", "")
            expected.append((difference, *who))
        state = wanted
    if is_removed:
        trial.delete()

    entries = AuditEntry.objects.filter(table_name="core_trial", row_pk=str(pk)).order_by("pk")
    first, *updates = [entry for entry in entries if entry.action != "delete"]
    assert first.action == "insert"
    assert first.changes["title_en"] == [None, "T"]
    assert [(entry.changes, entry.actor_name, entry.reason) for entry in updates] == expected
    removed = [entry.changes for entry in entries if entry.action == "delete"]
    assert len(removed) == is_removed
    if removed:
        assert removed[0]["title_en"] == [state["title_en"], None]
    seal_entries(at=NOW)
    assert list(Verification()) == []


# Sorted, as the forms write them: SQLite compares the text of the column.
missing_codes = st.dictionaries(
    st.sampled_from(["a", "b"]), st.sampled_from(["ND", "UNK", "NA"])
).map(lambda codes: dict(sorted(codes.items())))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    old=missing_codes,
    new=missing_codes,
)
def test_missing_codes_are_kept_as_values_on_both_databases(visit, coordinator, old, new):
    VitalSigns.objects.all().delete()
    record = VitalSigns.objects.create(
        patient=visit.patient, visit=visit, missing=old,
        created_by=coordinator, updated_by=coordinator,
    )  # fmt: skip
    VitalSigns.objects.filter(pk=record.pk).update(missing=new)
    inserted, *updated = AuditEntry.objects.of_row(record)
    assert inserted.changes["missing"] == [None, old]
    assert [entry.changes for entry in updated] == ([{"missing": [old, new]}] if old != new else [])
