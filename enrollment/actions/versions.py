"""Loading a trial's definition file into a numbered version."""

import hashlib
from dataclasses import dataclass

from core import audit
from core.models import Site, Trial, User
from enrollment import registry
from enrollment.calc.definition import Definition, DefinitionError, parse
from enrollment.calc.definition.form_rules import amendments_keep_meaning
from enrollment.calc.definition.problems import locate
from enrollment.calc.randomization import settings_of
from enrollment.definition_hooks import broken_checks
from enrollment.models import TrialVersion
from enrollment.queries.randomization import active_list, has_allocations
from enrollment.queries.references import published_references


@dataclass(frozen=True)
class Loaded:
    version: TrialVersion
    is_new: bool


def load_definition(source: str, *, by: User | None, amends_randomization: bool = False) -> Loaded:
    """Makes a new version of the trial, or finds the one that this very text made before.

    Once a patient was randomized, arms, ratio, blocks and strata stay as they are, unless the
    caller says that the protocol was amended; patients then wait for a list by the new settings.

    Raises:
        DefinitionError: something in the file is wrong; nothing is stored.
    """
    definition = parse(
        source, known_forms=registry.slugs(), known_references=published_references().ids
    )
    _check_amendment(definition, source)
    _check_strata(definition, source)
    _check_what_is_known_above(definition, source)
    sha256 = hashlib.sha256(source.encode()).hexdigest()
    reason = "randomization amended" if amends_randomization else ""
    with audit.writing(by=by, reason=reason):
        known = TrialVersion.objects.filter(
            trial__slug=definition.trial.slug, sha256=sha256
        ).first()
        if known is not None:
            return Loaded(known, is_new=False)
        if not amends_randomization:
            _check_randomization_is_kept(definition, source)
        trial = _trial(definition)
        _sites(trial, definition)
        version = TrialVersion.objects.create(
            trial=trial,
            number=TrialVersion.objects.filter(trial=trial).count() + 1,
            sha256=sha256,
            source=source,
            content=definition.model_dump_json(),
            loaded_by=by,
        )
    registry.look_again()
    return Loaded(version, is_new=True)


def _check_amendment(definition: Definition, source: str) -> None:
    """The trial's own forms mean what they meant in every version before."""
    versions = TrialVersion.objects.filter(trial__slug=definition.trial.slug).order_by("number")
    earlier = [version.definition for version in versions.defer("source")]
    if broken := list(amendments_keep_meaning(definition, earlier)):
        raise DefinitionError([locate(source, place, reason) for place, reason in broken])


def _check_strata(definition: Definition, source: str) -> None:
    """A factor's field is one that a form asks once at a visit, or once for the patient."""
    problems = []
    strata = definition.randomization.strata if definition.randomization else ()
    for index, stratum in enumerate(strata):
        if not stratum.field:
            continue
        spec = registry.get(stratum.form)
        names = {field.name for field in spec.fields}
        if spec.kind is registry.Kind.LOG or stratum.field_name not in names:
            reason = f"The form “{stratum.form}” asks for no “{stratum.field_name}” once."
            problems.append(locate(source, ("randomization", "strata", index, "field"), reason))
    if problems:
        raise DefinitionError(problems)


def _check_what_is_known_above(definition: Definition, source: str) -> None:
    """What upper apps ask of the tables that are theirs."""
    broken = broken_checks(definition)
    if broken:
        raise DefinitionError([locate(source, place, reason) for place, reason in broken])


def _check_randomization_is_kept(definition: Definition, source: str) -> None:
    trial = Trial.objects.filter(slug=definition.trial.slug).first()
    active = active_list(trial) if trial is not None else None
    if trial is None or active is None or not has_allocations(trial):
        return
    if settings_of(definition) != settings_of(active.version.definition):
        reason = (
            "Patients are randomized already: arms, ratio, block sizes and strata stay as they are."
            " A protocol amendment is loaded with --amend-randomization."
        )
        raise DefinitionError([locate(source, ("randomization",), reason)])


def _trial(definition: Definition) -> Trial:
    text = definition.trial
    trial, _is_new = Trial.objects.update_or_create(
        slug=text.slug,
        defaults={
            "title_en": text.title.en,
            "title_zh": text.title.zh_hans,
            "short_title_en": text.short_title.en,
            "short_title_zh": text.short_title.zh_hans,
            "is_blinded": definition.is_blinded,
        },
    )
    return trial


def _sites(trial: Trial, definition: Definition) -> None:
    for site in definition.sites:
        Site.objects.update_or_create(
            trial=trial,
            code=site.code,
            defaults={
                "name_en": site.name.en,
                "name_zh": site.name.zh_hans,
                "time_zone": site.time_zone,
            },
        )
