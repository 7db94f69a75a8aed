"""A draft of a trial's definition from its record at ClinicalTrials.gov.

Source: the study record of the ClinicalTrials.gov API, version 2; fields by their names there. What
is not named here is ignored. A registry knows neither visits nor Chinese texts: the draft says at
each place what is missing.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, TypeVar

T = TypeVar("T")
MISSING = "# MISSING:"
MOST_SITES = 99
_PHASES = {
    "EARLY_PHASE1": "Early Phase I",
    "PHASE1": "Phase I",
    "PHASE2": "Phase II",
    "PHASE3": "Phase III",
    "PHASE4": "Phase IV",
}
_BLINDING = {
    "NONE": "open",
    "DOUBLE": "double",
    "TRIPLE": "double",
    "QUADRUPLE": "double",
}
_ENDPOINTS = (
    ("pfs", r"progression[- ]free|\bPFS\b"),
    ("os", r"overall survival|\bOS\b"),
    ("orr", r"objective response|overall response|response rate|\bORR\b"),
    ("dor", r"duration of (overall )?response|\bDOR\b|\bDoR\b"),
    ("dcr", r"disease control|\bDCR\b"),
    ("safety", r"adverse event|toxicit|safety|tolerab"),
)
_BULLET = re.compile(r"^\s*(?:[*•‣◦·-]|\(?\d{1,2}[.)、])\s*")
_HEADING = re.compile(
    r"^\W*(inclusion|exclusion)\b.{0,40}?criteria\W*$|^\W*(inclusion|exclusion)\W*$", re.I
)


class NotARecord(ValueError):
    """The file is no study record; the message is one sentence for a person."""


def draft_of(text: str) -> str:
    """The draft as TOML, from the text of a JSON file.

    Raises:
        NotARecord: no JSON, no study record, or a field of another type than the registry's.
    """
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotARecord("The file is not valid JSON.") from error
    if not isinstance(record, dict) or "protocolSection" not in record:
        raise NotARecord("The file is no study record: it has no “protocolSection”.")
    number = _at(record, "identificationModule.nctId", str)
    if not re.fullmatch(r"NCT[0-9]{8}", number):
        raise NotARecord("The record has no “nctId” of the form NCT and eight digits.")
    parts = (_head, _trial, _sites, _arms, _criteria, _treatment, _schedule, _endpoints)
    return "\n".join(line for part in parts for line in (*part(record), ""))


def _head(record: dict[str, Any]) -> Iterator[str]:
    yield f"# Draft from {_at(record, 'identificationModule.nctId', str)} of ClinicalTrials.gov."
    yield f"# What the registry does not say is marked with “{MISSING[2:]}”; complete it, check all"
    yield "# the rest against the protocol, and load the file with `manage.py load_trial`."
    said = (
        ("conditions", ", ".join(_texts(record, "conditionsModule.conditions"))),
        ("sex", _at(record, "eligibilityModule.sex", str)),
        ("youngest", _at(record, "eligibilityModule.minimumAge", str)),
        ("oldest", _at(record, "eligibilityModule.maximumAge", str)),
    )
    for name, value in said:
        if value:
            yield f"# In the record, {name}: {_one_line(value)}"


def _trial(record: dict[str, Any]) -> Iterator[str]:
    number = _at(record, "identificationModule.nctId", str)
    brief = _at(record, "identificationModule.briefTitle", str)
    official = _at(record, "identificationModule.officialTitle", str) or brief
    acronym = _at(record, "identificationModule.acronym", str)
    phases = [_PHASES.get(each, each) for each in _texts(record, "designModule.phases")]
    masking = _at(record, "designModule.designInfo.maskingInfo.masking", str)
    target = _at(record, "designModule.enrollmentInfo.count", int)
    yield "[trial]"
    yield f"slug = {_quoted(number.lower())}"
    yield f"{MISSING} number_prefix, one capital letter that no other trial has"
    yield from _text("title", official)
    yield from _text("short_title", acronym or brief)
    yield from _text("phase", " and ".join(phases))
    yield from _text("design", _design(record))
    if masking in _BLINDING:
        yield f"blinding = {_quoted(_BLINDING[masking])} # {masking} in the record"
    else:
        said = _one_line(masking) or "nothing"
        yield f'{MISSING} blinding, "open" or "double"; the record says {said}'
    yield f"target_size = {target}" if target else f"{MISSING} target_size"
    yield f'{MISSING} ctcae_version, "4.03", "5.0" or "6.0"'
    yield f'{MISSING} tumor_criteria, of "recist_1_1", "mrecist", "irecist"'
    yield f'{MISSING} time_zone, such as "Asia/Shanghai"'


def _design(record: dict[str, Any]) -> str:
    info = "designModule.designInfo"
    names = (f"{info}.allocation", f"{info}.interventionModel", f"{info}.primaryPurpose")
    said = [_at(record, name, str).replace("_", " ").lower() for name in names]
    return ", ".join(each for each in said if each and each != "na").capitalize()


def _sites(record: dict[str, Any]) -> Iterator[str]:
    places = _tables(record, "contactsLocationsModule.locations")
    for number, place in enumerate(places[:MOST_SITES], start=1):
        where = (_own(place, name, str) for name in ("facility", "city", "country"))
        yield "[[sites]]"
        yield f'code = "{number:02d}"'
        yield from _text("name", ", ".join(filter(None, where)))
        yield f"{MISSING} time_zone"
        yield f"{MISSING} target_size"
    if not places:
        yield f"{MISSING} [[sites]], at least one"
    if len(places) > MOST_SITES:
        yield f"{MISSING} {len(places) - MOST_SITES} more sites of the record: codes end at 99"


def _arms(record: dict[str, Any]) -> Iterator[str]:
    arms = _tables(record, "armsInterventionsModule.armGroups")
    for number, arm in enumerate(arms, start=1):
        yield "[[arms]]"
        yield f'id = "arm-{number}"'
        yield from _text("name", _own(arm, "label", str))
    if not arms:
        yield f"{MISSING} [[arms]], at least one"
    if _at(record, "designModule.designInfo.allocation", str) == "RANDOMIZED":
        yield f"{MISSING} [randomization] with ratio, block_sizes and strata"


def _criteria(record: dict[str, Any]) -> Iterator[str]:
    kind, counts = "", {"inclusion": 0, "exclusion": 0}
    left_out = 0
    for line in _at(record, "eligibilityModule.eligibilityCriteria", str).splitlines():
        if heading := _HEADING.match(line):
            kind = (heading[1] or heading[2]).lower()
            continue
        said = _BULLET.sub("", line).strip()
        if not said:
            continue
        if not kind or counts[kind] == MOST_SITES:
            left_out += 1
            continue
        counts[kind] += 1
        yield "[[criteria]]"
        yield f'id = "{kind[0].upper()}{counts[kind]:02d}"'
        yield f"kind = {_quoted(kind)}"
        yield 'source = "registry"'
        yield from _text("text", said)
    if left_out:
        yield f"{MISSING} {left_out} lines on eligibility under no heading, or after the 99th"
    if not any(counts.values()):
        yield f"{MISSING} [[criteria]], at least one"


def _treatment(record: dict[str, Any]) -> Iterator[str]:
    named = _tables(record, "armsInterventionsModule.interventions")
    drugs = [
        each
        for each in named
        if _own(each, "type", str) in ("DRUG", "BIOLOGICAL", "DIETARY_SUPPLEMENT")
    ]
    yield f"{MISSING} [[consents]] with version, valid_from and title"
    if not drugs:
        yield f"{MISSING} [[products]], at least one"
    for number, drug in enumerate(drugs):
        name = _own(drug, "name", str)
        # The first one that is named is taken for the product under study.
        yield "[[background]]" if number else "[[products]]"
        yield f'id = "{_slug(name) or "drug"}-{number + 1}"'
        yield from _text("name", name)
        if description := _own(drug, "description", str):
            yield f"# In the record: {_one_line(description)}"
        if number:
            yield f"{MISSING} cycle_days, and dose or weight_band"
        else:
            yield f"{MISSING} capsules_per_day, first_day, last_day, course_days, courses"
            yield f"{MISSING} day_one_gate"


def _schedule(record: dict[str, Any]) -> Iterator[str]:
    yield f"{MISSING} [[tracks]] and [[visits]], the schedule with its windows and forms"
    yield f"{MISSING} [[populations]], who is counted"


def _endpoints(record: dict[str, Any]) -> Iterator[str]:
    yield "[endpoints]"
    known: set[str] = set()
    for kind in ("primary", "secondary"):
        measures = [
            _own(each, "measure", str) for each in _tables(record, f"outcomesModule.{kind}Outcomes")
        ]
        found = [name for measure in measures if (name := _endpoint(measure))]
        names = [name for name in dict.fromkeys(found) if name not in known]
        known.update(names)
        if names or kind == "secondary":
            yield f"{kind} = [{', '.join(map(_quoted, names))}]"
        else:
            yield f"{MISSING} primary, of {', '.join(name for name, _words in _ENDPOINTS)}"
        for measure in measures:
            if not _endpoint(measure):
                yield f"{MISSING} a place for the {kind} outcome: {_one_line(measure)}"
    yield f"{MISSING} preset, reference_date, population, safety_population"
    yield f"{MISSING} minimum_sd_days, confirmation_days"


def _endpoint(measure: str) -> str:
    return next((name for name, words in _ENDPOINTS if re.search(words, measure, re.I)), "")


def _text(key: str, english: str) -> Iterator[str]:
    if english.strip():
        yield f"{key}.en = {_quoted(_one_line(english))}"
        yield f"{MISSING} {key}.zh_hans"
    else:
        yield f"{MISSING} {key}.en and {key}.zh_hans"


def _quoted(text: str) -> str:
    """A basic string of TOML: as in JSON, without the character DEL and lone surrogates."""
    clean = text.replace("\x7f", "").encode(errors="replace").decode()
    return json.dumps(clean, ensure_ascii=False)


def _one_line(text: str) -> str:
    kept = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(kept.split())


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _at(record: dict[str, Any], path: str, kind: type[T]) -> T:
    """The value of the protocol section at the path; an empty one where the record has none."""
    found: Any = record
    for place, name in enumerate(["protocolSection", *path.split(".")]):
        if not isinstance(found, dict):
            whole = ".".join(["protocolSection", *path.split(".")][:place])
            raise NotARecord(f"“{whole}” of the record is not a table of fields.")
        found = found.get(name)
        if found is None:
            return kind()
    return _typed(found, path, kind)


def _own(table: dict[str, Any], name: str, kind: type[T]) -> T:
    return _typed(table[name], name, kind) if table.get(name) is not None else kind()


def _typed(value: Any, name: str, kind: type[T]) -> T:
    if not isinstance(value, kind) or isinstance(value, bool):
        wanted = {str: "a text", int: "a number", list: "a list", dict: "a table of fields"}[kind]
        raise NotARecord(f"“{name}” of the record is not {wanted}.")
    return value


def _texts(record: dict[str, Any], path: str) -> list[str]:
    return [_typed(each, path, str) for each in _at(record, path, list)]


def _tables(record: dict[str, Any], path: str) -> list[dict[str, Any]]:
    return [_typed(each, path, dict) for each in _at(record, path, list)]
