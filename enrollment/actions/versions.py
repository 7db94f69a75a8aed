"""Loading a trial's definition file into a numbered version."""

import hashlib
from dataclasses import dataclass

from core import audit
from core.models import Site, Trial, User
from enrollment import registry
from enrollment.calc.definition import Definition, parse
from enrollment.models import TrialVersion
from enrollment.queries.references import published_references


@dataclass(frozen=True)
class Loaded:
    version: TrialVersion
    is_new: bool


def load_definition(source: str, *, by: User | None) -> Loaded:
    """Makes a new version of the trial, or finds the one that this very text made before.

    Raises:
        DefinitionError: something in the file is wrong; nothing is stored.
    """
    definition = parse(
        source, known_forms=registry.slugs(), known_references=published_references().ids
    )
    sha256 = hashlib.sha256(source.encode()).hexdigest()
    with audit.writing(by=by):
        known = TrialVersion.objects.filter(
            trial__slug=definition.trial.slug, sha256=sha256
        ).first()
        if known is not None:
            return Loaded(known, is_new=False)
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
    return Loaded(version, is_new=True)


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
