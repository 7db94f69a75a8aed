"""The sheet that sequence archives ask for: MIMARKS survey with the human-gut package.

Source: Genomic Standards Consortium, MIxS 7.0.1 (CC0). What the trial does not record carries a
term of the archives' own list of missing values, for a person to fill.
"""

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from core.models import Site, Trial
from enrollment.calc.age import age_on
from microbiome.models import Material, Specimen, StoolSample
from microbiome.queries.specimens import Line, lines_of

NOT_COLLECTED, NOT_PROVIDED = "not collected", "not provided"
COLUMNS = (
    "samp_name", "project_name", "samp_taxon_id", "collection_date", "geo_loc_name", "lat_lon",
    "env_broad_scale", "env_local_scale", "env_medium", "target_gene", "seq_meth",
    "host_subject_id", "host_age", "host_sex", "host_body_mass_index", "host_disease_stat",
    "gastrointest_disord", "liver_disord", "special_diet", "ihmc_medication_code",
    "chem_administration", "perturbation", "samp_store_temp", "samp_store_dur", "samp_store_loc",
    "samp_size", "samp_vol_we_dna_ext", "samp_mat_process", "neg_cont_type", "pos_cont_type",
)  # fmt: skip
"""The eleven mandatory terms, then those of human-gut that a trial can say something about."""
_SEX = {"F": "female", "M": "male"}
_CONTROL = {
    Material.BLANK: ("neg_cont_type", "DNA-free PCR mix"),
    Material.MOCK: ("pos_cont_type", "synthetic community"),
}


def mixs_rows(trial: Trial, sites: Iterable[Site]) -> list[list[str]]:
    """The header, then one row for each stool specimen and control of these sites."""
    tubes = Specimen.objects.filter(trial=trial, site__in=sites, parent=None).filter(
        material__in=[Material.STOOL, *_CONTROL]
    )
    lines = lines_of(tubes.select_related("patient", "visit", "site").order_by("barcode"))
    facts = {
        form.visit_id: form
        for form in StoolSample.objects.filter(visit__in=[line.tube.visit_id for line in lines])
    }
    rows = [_row(trial, line, facts.get(line.tube.visit_id or 0)) for line in lines]
    return [list(COLUMNS), *([row[name] for name in COLUMNS] for row in rows)]


def _row(trial: Trial, line: Line, facts: StoolSample | None) -> dict[str, str]:
    tube, last = line.tube, line.last
    values = dict.fromkeys(COLUMNS, NOT_PROVIDED) | {
        "samp_name": tube.barcode,
        "project_name": trial.title_en,
        "samp_taxon_id": "human gut metagenome [NCBITaxon:408170]",
        "collection_date": tube.collected_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ"),
        "env_broad_scale": "human-associated habitat [ENVO:00009003]",
        "env_local_scale": "intestine environment [ENVO:2100002]",
        "env_medium": "fecal material [ENVO:00002003]",
        "target_gene": "16S rRNA",
        "samp_store_temp": f"{last.box.temperature_c} Celsius" if last.box else NOT_COLLECTED,
        "samp_store_loc": str(last.laboratory) if last.laboratory else NOT_COLLECTED,
        "samp_size": f"{tube.amount.normalize():f} {'gram' if tube.unit == 'g' else 'milliliter'}",
        "samp_mat_process": "none" if tube.fixative == "none" else tube.get_fixative_display(),
        "neg_cont_type": "not applicable",
        "pos_cont_type": "not applicable",
    }
    if tube.material in _CONTROL:
        term, value = _CONTROL[Material(tube.material)]
        return values | {term: value, "samp_taxon_id": "metagenome [NCBITaxon:256318]"}
    return values | _of_host(tube, facts)


def _of_host(tube: Specimen, facts: StoolSample | None) -> dict[str, str]:
    patient: Any = tube.patient
    age = age_on(patient.born_on, tube.collected_at.date())
    return {
        "host_subject_id": str(patient),
        "host_age": f"{age} years" if age is not None else NOT_COLLECTED,
        "host_sex": _SEX[patient.sex],
        "special_diet": NOT_COLLECTED,
        "ihmc_medication_code": NOT_COLLECTED,
        "chem_administration": _taken(facts),
        # Whether capsules were taken is for those to add who may know it.
        "perturbation": "restricted access",
    }


def _taken(facts: StoolSample | None) -> str:
    """What the form of the visit says was taken in the months before."""
    if facts is None:
        return NOT_COLLECTED
    said = {
        "antibiotic [CHEBI:33281]": facts.had_antibiotics,
        "acid blocker": facts.had_acid_blockers,
        "probiotic": facts.had_probiotics,
    }
    taken = [name for name, answer in said.items() if answer == "Y"]
    if taken:
        return "; ".join(taken)
    return "none" if all(answer == "N" for answer in said.values()) else NOT_COLLECTED
