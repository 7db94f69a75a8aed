"""The history of a filled form: of one field, or of the form with all of its rows."""

from core.audit.blinding import may_see_arm
from core.models import User
from core.queries.audit import Change, field_history, row_history
from enrollment.models import FormRecord, FormRow


def history_of_field(row: FormRecord | FormRow, field: str, *, reader: User) -> list[Change]:
    """What happened to one field of a stored form or of one of its rows, oldest first.

    A change that only emptied an empty field (a row's first save) is no change.
    """
    changes = field_history(row._meta.db_table, row.pk, field, shows_arm=_shows_arm(row, reader))
    return [change for change in changes if change.old != change.new]


def history_of_form(record: FormRecord, *, reader: User) -> list[Change]:
    """The same for every field of the form and of its rows."""
    rows: list[FormRecord | FormRow] = [record]
    if hasattr(record, "rows"):
        rows += record.rows.all()
    changes = row_history(
        [(row._meta.db_table, row.pk) for row in rows], shows_arm=_shows_arm(record, reader)
    )
    return [change for change in changes if change.old != change.new]


def _shows_arm(row: FormRecord | FormRow, reader: User) -> bool:
    patient = row.record.patient if isinstance(row, FormRow) else row.patient  # type: ignore[attr-defined]
    return not patient.trial.is_blinded or may_see_arm(reader, patient.trial)
