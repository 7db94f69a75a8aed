"""Making, uploading, extending and activating a trial's randomization list."""

import secrets
from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.models import Trial, User
from core.refusals import Refused
from enrollment.calc.definition import Definition, Randomization
from enrollment.calc.randomization import ALGORITHM, Slot, make_slots, settings_of, strata_of
from enrollment.calc.randomization_file import fingerprint, read_slots, to_text
from enrollment.models import Allocation, RandomizationList, TrialVersion
from enrollment.queries.randomization import active_list, has_allocations, settings_are_current
from enrollment.queries.trials import current_version

MOST_PLACES = 2_000
"""In one stratum."""


def make_list(
    trial: Trial, *, by: User, per_stratum: int, seed: str | None = None
) -> RandomizationList:
    """A list of at least so many places a stratum, from a seed that the system draws if none is
    given. It waits for its activation.

    Raises:
        Refused: the trial does not randomize, or patients are randomized by another list.
    """
    seed = seed or secrets.token_hex(16)
    with audit.writing(by=by):
        version, settings = _settings(_locked(trial))
        slots = _slots(version.definition, settings, seed=seed, per_stratum=per_stratum)
        return _store(
            version,
            slots,
            by=by,
            source=RandomizationList.Source.GENERATED,
            algorithm=ALGORITHM,
            seed=seed,
            sha256=fingerprint(to_text(slots).encode()),
        )


def upload_list(trial: Trial, *, by: User, content: bytes) -> RandomizationList:
    """A list that somebody else made. It waits for its activation.

    Raises:
        ListRefused: something in the file is wrong; nothing is stored.
        Refused: as for `make_list`.
    """
    with audit.writing(by=by):
        version, settings = _settings(_locked(trial))
        arms = [arm.id for arm in version.definition.arms]
        slots = read_slots(content, strata=strata_of(settings.strata), arms=arms)
        return _store(
            version,
            slots,
            by=by,
            source=RandomizationList.Source.UPLOADED,
            sha256=fingerprint(content),
        )


def extend_list(made: RandomizationList, *, by: User, per_stratum: int) -> int:
    """Adds the places that the same seed gives next, up to at least so many a stratum.

    Returns the number of places added; those that exist stay as they are.

    Raises:
        Refused: the list was uploaded, and so has no seed.
    """
    with audit.writing(by=by):
        made = RandomizationList.objects.select_for_update().get(pk=made.pk)
        if not made.seed:
            raise Refused(_("An uploaded list has no seed to go on from."))
        definition = made.version.definition
        settings = definition.randomization
        if settings is None:
            raise Refused(_("This trial does not randomize."))
        slots = _slots(definition, settings, seed=made.seed, per_stratum=per_stratum)
        known = set(Allocation.objects.filter(list=made).values_list("stratum", "sequence"))
        fresh = [slot for slot in slots if (slot.stratum, slot.sequence) not in known]
        _add_places(made, fresh)
    return len(fresh)


def activate_list(made: RandomizationList, *, by: User) -> RandomizationList:
    """From now on patients are randomized by this list; the one before is retired.

    Raises:
        Refused: the list is not waiting, or patients are randomized by another one.
    """
    with audit.writing(by=by):
        trial = _locked(made.trial)
        made = RandomizationList.objects.get(pk=made.pk)
        if not made.is_draft:
            raise Refused(_("This list is not waiting for its activation."))
        version, _settings_now = _settings(trial)
        if settings_of(version.definition) != settings_of(made.version.definition):
            raise Refused(_("The settings changed since this list was made. Make a new one."))
        now = timezone.now()
        RandomizationList.objects.active().filter(trial=trial).update(retired_at=now)
        made.activated_at, made.activated_by = now, by
        made.save(update_fields=["activated_at", "activated_by"])
    return made


def _locked(trial: Trial) -> Trial:
    return Trial.objects.select_for_update().get(pk=trial.pk)


def _settings(trial: Trial) -> tuple[TrialVersion, Randomization]:
    """The newest settings, unless patients are being randomized by the same ones already."""
    version = current_version(trial)
    settings = version.definition.randomization
    if settings is None:
        raise Refused(_("This trial does not randomize."))
    active = active_list(trial)
    is_amended = active is not None and not settings_are_current(active)
    if active is not None and has_allocations(trial) and not is_amended:
        raise Refused(
            _("Patients are randomized by the active list already. It can only be extended.")
        )
    return version, settings


def _slots(
    definition: Definition, settings: Randomization, *, seed: str, per_stratum: int
) -> list[Slot]:
    if not 1 <= per_stratum <= MOST_PLACES:
        raise Refused(_("Ask for 1 to %(most)s places a stratum.") % {"most": MOST_PLACES})
    arms = [arm.id for arm in definition.arms]
    return make_slots(settings, arms=arms, seed=seed, per_stratum=per_stratum)


def _store(
    version: TrialVersion, slots: Sequence[Slot], *, by: User, **values: str
) -> RandomizationList:
    """A list that waited before is retired: only the newest can be activated."""
    lists = RandomizationList.objects.filter(trial=version.trial)
    lists.drafts().update(retired_at=timezone.now())
    made = RandomizationList.objects.create(
        trial=version.trial, number=lists.count() + 1, version=version, made_by=by, **values
    )
    _add_places(made, slots)
    return made


def _add_places(made: RandomizationList, slots: Sequence[Slot]) -> None:
    Allocation.objects.bulk_create(
        Allocation(
            trial_id=made.trial_id,
            list=made,
            stratum=slot.stratum,
            sequence=slot.sequence,
            arm=slot.arm,
        )
        for slot in slots
    )
