"""Rules that hold between tables. Each yields the place of the fault and one sentence."""

from collections.abc import Callable, Iterator

from .base import repeated
from .document import Definition
from .endpoint_rules import (
    comparisons_fit_the_trial,
    populations_are_whole,
    two_stages_are_apart,
)
from .form_rules import forms_are_whole
from .problems import Broken
from .schedule_rules import (
    codes_are_their_own,
    tracks_are_complete,
    visits_fit_their_track,
    windows_do_not_overlap,
)
from .toxicity_rules import cohorts_are_whole, terms_stand_once
from .trial import Randomization, Stratum


def broken_rules(
    definition: Definition,
    known_forms: frozenset[str] | None,
    known_references: frozenset[str] | None,
) -> list[Broken]:
    rules: list[Callable[[Definition], Iterator[Broken]]] = [
        _ids_are_unique,
        _arms_and_randomization_agree,
        _criteria_are_named_by_their_kind,
        _products_fit_their_course,
        _doses_are_one_rule,
        _names_exist,
        _forms_stand_once,
        populations_are_whole,
        comparisons_fit_the_trial,
        two_stages_are_apart,
        cohorts_are_whole,
        terms_stand_once,
        tracks_are_complete,
        codes_are_their_own,
        visits_fit_their_track,
        windows_do_not_overlap,
        forms_are_whole,
    ]
    found = [broken for rule in rules for broken in rule(definition)]
    if known_forms is not None:
        found += _taken_forms(definition, known_forms)
        own = {form.name_in(definition.trial.slug) for form in definition.forms}
        found += _unknown_forms(definition, known_forms | own)
    found += _unknown_references(definition, known_references)
    return found


def _ids_are_unique(definition: Definition) -> Iterator[Broken]:
    lists: dict[str, tuple[str, list[str]]] = {
        "sites": ("code", [site.code for site in definition.sites]),
        "arms": ("id", [arm.id for arm in definition.arms]),
        "criteria": ("id", [criterion.id for criterion in definition.criteria]),
        "consents": ("version", [consent.version for consent in definition.consents]),
        "products": ("id", [product.id for product in definition.products]),
        "background": ("id", [drug.id for drug in definition.background]),
        "regimens": ("id", [regimen.id for regimen in definition.regimens]),
        "tracks": ("id", [track.id for track in definition.tracks]),
        "visits": ("id", [visit.id for visit in definition.visits]),
        "populations": ("id", [population.id for population in definition.populations]),
        "forms": ("id", [form.id for form in definition.forms]),
    }
    for table, (key, values) in lists.items():
        for index in repeated(values):
            yield (table, index, key), f"“{values[index]}” is already used above."
    for index in repeated(definition.references):
        yield ("references",), f"“{definition.references[index]}” is listed twice."


def _arms_and_randomization_agree(definition: Definition) -> Iterator[Broken]:
    randomization = definition.randomization
    if randomization is not None:
        yield from _shares_add_up(randomization, {arm.id for arm in definition.arms})
        yield from _strata_are_unique(randomization)
        return
    if len(definition.arms) > 1:
        yield ("randomization",), "A trial with more than one arm needs this table."
    if definition.is_blinded:
        yield ("trial", "blinding"), "A trial without randomization cannot be double blind."
    if definition.endpoints.reference_date == "randomization":
        yield ("endpoints", "reference_date"), "This trial does not randomize."


def _shares_add_up(randomization: Randomization, arms: set[str]) -> Iterator[Broken]:
    if set(randomization.ratio) != arms:
        yield ("randomization", "ratio"), "Give a share for each arm, and for nothing else."
    shares = sum(randomization.ratio.values())
    for size in randomization.block_sizes:
        if not shares or size % shares:
            reason = f"A block of {size} cannot be shared out: the ratio adds up to {shares}."
            yield ("randomization", "block_sizes"), reason


def _strata_are_unique(randomization: Randomization) -> Iterator[Broken]:
    strata = randomization.strata
    for index in repeated(stratum.id for stratum in strata):
        yield (
            ("randomization", "strata", index, "id"),
            f"“{strata[index].id}” is already used above.",
        )
    for index, stratum in enumerate(strata):
        for level in repeated(level.id for level in stratum.levels):
            reason = f"The level “{stratum.levels[level].id}” is already used above."
            yield ("randomization", "strata", index, "levels"), reason
        yield from _levels_fit_their_field(index, stratum)


def _levels_fit_their_field(index: int, stratum: Stratum) -> Iterator[Broken]:
    place = ("randomization", "strata", index, "levels")
    values = [value for level in stratum.levels for value in level.values]
    for value in repeated(values):
        yield place, f"The value “{values[value]}” belongs to two levels."
    if stratum.field and not all(level.values for level in stratum.levels):
        yield place, "Give each level the values of the field that belong to it."
    if values and not stratum.field:
        yield place, "Values need the field that they are values of."


def _criteria_are_named_by_their_kind(definition: Definition) -> Iterator[Broken]:
    for index, criterion in enumerate(definition.criteria):
        letter = criterion.kind[0].upper()
        if not criterion.id.startswith(letter):
            reason = f"The id of an {criterion.kind} criterion starts with {letter}."
            yield ("criteria", index, "id"), reason


def _products_fit_their_course(definition: Definition) -> Iterator[Broken]:
    for index, product in enumerate(definition.products):
        if product.first_day > product.last_day:
            yield ("products", index, "last_day"), "The last day is before the first day."
        if product.last_day > product.course_days:
            yield ("products", index, "last_day"), "The last day is after the end of the course."
        if definition.is_blinded and product.blinded_name is None:
            reason = "A blinded trial shows this name instead of the product's: give one."
            yield ("products", index, "blinded_name"), reason


def _doses_are_one_rule(definition: Definition) -> Iterator[Broken]:
    for index, drug in enumerate(definition.background):
        if (drug.dose is None) == (drug.weight_band is None):
            yield ("background", index, "dose"), "Give either a dose or a weight band."
        band = drug.weight_band
        if band and band.lower_dose_mg >= band.upper_dose_mg:
            reason = "The dose below the threshold must be the lower of the two."
            yield ("background", index, "weight_band"), reason


def _names_exist(definition: Definition) -> Iterator[Broken]:
    drugs = {drug.id for drug in definition.background}
    for index, regimen in enumerate(definition.regimens):
        for drug in sorted(set(regimen.drugs) - drugs):
            yield ("regimens", index, "drugs"), f"“{drug}” is not an id in background."
    tracks = {track.id for track in definition.tracks}
    for index, visit in enumerate(definition.visits):
        if visit.track not in tracks:
            yield ("visits", index, "track"), f"“{visit.track}” is not an id in tracks."
    populations = {population.id for population in definition.populations}
    for key in ("population", "safety_population"):
        name = getattr(definition.endpoints, key)
        if name not in populations:
            yield ("endpoints", key), f"“{name}” is not an id in populations."


def _forms_stand_once(definition: Definition) -> Iterator[Broken]:
    for index, visit in enumerate(definition.visits):
        for again in repeated(visit.forms):
            yield ("visits", index, "forms"), f"The form “{visit.forms[again]}” stands twice."


def _unknown_forms(definition: Definition, known: frozenset[str]) -> Iterator[Broken]:
    strata = definition.randomization.strata if definition.randomization else ()
    for index, stratum in enumerate(strata):
        if stratum.field and stratum.form not in known:
            reason = f"There is no form “{stratum.form}”."
            yield ("randomization", "strata", index, "field"), reason
    for index, visit in enumerate(definition.visits):
        for form in visit.forms:
            if form not in known:
                yield ("visits", index, "forms"), f"There is no form “{form}”."
    plan = definition.verification
    named = {
        ("verification", "all_of"): plan.all_of if plan else (),
        ("signatures", "not_needed"): definition.signatures.not_needed,
    }
    for place, forms in named.items():
        for form in forms:
            if form not in known:
                yield place, f"There is no form “{form}”."


def _taken_forms(definition: Definition, known: frozenset[str]) -> Iterator[Broken]:
    for index, form in enumerate(definition.forms):
        if form.id in known:
            reason = f"The program has a form “{form.id}”; choose another id."
            yield ("forms", index, "id"), reason


def _unknown_references(definition: Definition, known: frozenset[str] | None) -> Iterator[Broken]:
    for reference in definition.references:
        if known is not None and reference not in known:
            yield ("references",), f"There is no published reference “{reference}”."
