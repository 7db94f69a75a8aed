"""Signing filled forms, one or many at once."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from core import audit
from core.models import User
from core.permissions import role_names
from core.refusals import Refused
from enrollment.models import Patient
from enrollment.queries.content import contents
from enrollment.queries.records import PlacedRecord, line_of, placed
from enrollment.registry import FormSpec, get
from oversight.calc.content import sha256_of
from oversight.calc.life_cycle import Event, State, after
from oversight.models import Meaning, Signature
from oversight.policies import check_can_sign

Key = tuple[str, int]
"""A form's slug and the id of a record."""


def sign_records(
    seen: Mapping[Key, str], *, by: User, meaning: str, at: datetime
) -> list[Signature]:
    """Puts the person's signature under each record, all or none.

    `seen` maps each record to the hash of what the person was shown. Call it only after the fresh
    sign-in of `core.reauthentication`.

    Raises:
        Refused: a record changed since it was shown, or its state does not allow a signature.
    """
    if meaning not in Meaning.values:
        raise Refused(_("Choose what your signature means."))
    if not seen:
        raise Refused(_("Choose at least one form to sign."))
    label = str(Meaning(meaning).value)
    with audit.writing(by=by, reason=f"signature: {label}"):
        _lock_patients(seen)
        batch, role = uuid.uuid4(), role_names(by)[:120]
        signatures = []
        for item, content in _as_stored(seen):
            check_can_sign(item.line.state, asks_for_verification=item.asks_for_verification)
            after(State(item.line.state), Event.SIGN)
            sha256 = sha256_of(content)
            if sha256 != seen[item.line.key]:
                raise Refused(
                    _("%(form)s changed since you opened this page. Read it again.")
                    % {"form": item.title}
                )
            signatures.append(
                Signature(
                    site=item.patient.site,
                    patient_id=item.patient.pk,
                    visit_id=item.line.visit_id,
                    form=item.line.form,
                    record_id=item.line.pk,
                    batch=batch,
                    signer=by,
                    printed_name=str(by)[:150],
                    role=role,
                    meaning=meaning,
                    signed_at=at,
                    revision=item.line.revision,
                    sha256=sha256,
                    content=content,
                )
            )
        Signature.objects.bulk_create(signatures)
        set_states(seen, State.SIGNED)
    return signatures


def records_by_form(keys: Iterable[Key]) -> dict[FormSpec, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for form, pk in keys:
        found[form].append(pk)
    return {get(form): ids for form, ids in found.items()}


def set_states(keys: Iterable[Key], state: State) -> None:
    """The state alone: revision and author are those of the values."""
    for spec, ids in records_by_form(keys).items():
        spec.model._default_manager.filter(pk__in=ids).update(state=state.value)


def _lock_patients(keys: Iterable[Key]) -> None:
    """Whoever saves a form of these patients waits."""
    people: set[int] = set()
    for spec, ids in records_by_form(keys).items():
        people |= set(
            spec.model._default_manager.filter(pk__in=ids).values_list("patient_id", flat=True)
        )
    list(Patient.objects.select_for_update().filter(pk__in=people).order_by("pk"))


def _as_stored(keys: Iterable[Key]) -> Iterable[tuple[PlacedRecord, dict]]:
    for spec, ids in records_by_form(keys).items():
        records = list(spec.model._default_manager.filter(pk__in=ids))
        held = contents(spec, records)
        lines = [line_of(spec, record) for record in records]
        for item in placed(lines):
            yield item, held[item.line.pk]
