"""The tables that the night derives. A snapshot holds them as text; their columns stand here."""

from collections.abc import Iterator

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.fields.captured import YesNo
from outcomes.calc.qlq_c30 import SCALES
from outcomes.models.quality_of_life import SCALE_LABELS
from outcomes.words import STANDINGS
from reports.queries.tables.column import READERS, Choices, Column, Type
from reports.queries.tables.table import Kind, Table

Label = str | Promise


def derived_tables() -> Iterator[Table]:
    yield Table("responses", _("response at each scan"), Kind.DERIVED, _responses())
    yield Table("best_responses", _("best response"), Kind.DERIVED, _best_responses())
    yield Table("readings", _("best response and progression by reader"), Kind.DERIVED, _readings())
    yield Table("time_to_event", _("times to event"), Kind.DERIVED, _time_to_event())
    yield Table("endpoint_summary", _("endpoints"), Kind.DERIVED, _endpoint_summary())
    yield Table(
        "adverse_event_summary",
        _("adverse events by worst grade"),
        Kind.DERIVED,
        _adverse_event_summary(),
    )
    yield Table("exposure", _("doses and dose intensity"), Kind.DERIVED, _exposure())
    yield Table("qlq_c30_scores", _("scales of the QLQ-C30"), Kind.DERIVED, _qlq_c30_scores())
    yield Table(
        "adverse_event_flags",
        _("adverse events with what they count as"),
        Kind.DERIVED,
        _adverse_event_flags(),
    )
    yield Table(
        "laboratory_grades",
        _("laboratory values by CTCAE grade"),
        Kind.DERIVED,
        _laboratory_grades(),
    )
    yield Table("tumor_markers", _("tumor markers"), Kind.DERIVED, _tumor_markers())
    yield Table(
        "analysis_populations", _("who belongs to which population"), Kind.DERIVED, _populations()
    )
    yield Table(
        "adverse_event_incidence",
        _("adverse events by organ class and term"),
        Kind.DERIVED,
        _adverse_event_incidence(),
    )
    yield Table(
        "laboratory_shifts", _("shifts of laboratory grades"), Kind.DERIVED, _laboratory_shifts()
    )
    yield Table(
        "laboratory_trends",
        _("laboratory values by visit"),
        Kind.DERIVED,
        _laboratory_trends(),
    )
    yield Table(
        "quality_of_life_changes",
        _("changes of quality of life by visit"),
        Kind.DERIVED,
        _quality_of_life_changes(),
    )
    yield Table("left_out", _("what was left out"), Kind.DERIVED, _left_out())
    yield Table("disposition", _("where each patient stands"), Kind.DERIVED, _disposition())
    yield Table("tumor_changes", _("best tumor change"), Kind.DERIVED, _tumor_changes())
    yield Table("subgroup_rates", _("response by subgroup"), Kind.DERIVED, _subgroup_rates())
    yield Table(
        "subgroup_members", _("who is in which subgroup"), Kind.DERIVED, _subgroup_members()
    )


def _text(name: str, label: Label, *, is_key: bool = False, note: Label = "") -> Column:
    return Column(name, label, Type.TEXT, is_key=is_key, note=note)


def _code(
    name: str,
    label: Label,
    *,
    is_key: bool = False,
    choices: Choices = (),
    note: Label = "",
) -> Column:
    return Column(name, label, Type.CODE, is_key=is_key, choices=choices, note=note)


def _count(name: str, label: Label, *, note: Label = "") -> Column:
    return Column(name, label, Type.INTEGER, note=note)


def _number(name: str, label: Label, *, note: Label = "") -> Column:
    return Column(name, label, Type.DECIMAL, note=note)


def _date(name: str, label: Label) -> Column:
    return Column(name, label, Type.DATE)


def _trial() -> Column:
    return _code("trial", _("trial"), is_key=True)


def _patient_keys() -> tuple[Column, ...]:
    return (
        _trial(),
        Column("site", _("site"), Type.CODE, codes="sites", is_key=True),
        _text("patient", _("patient"), is_key=True),
    )


def _criteria() -> Column:
    return _code(
        "criteria",
        _("tumor criteria"),
        is_key=True,
        choices=(
            ("recist_1_1", "RECIST 1.1"),
            ("mrecist", "mRECIST"),
            ("irecist", "iRECIST"),
        ),
    )


def _in_population() -> Column:
    return _code("in_population", _("counts for the endpoints"), choices=tuple(YesNo.choices))


def _responses() -> tuple[Column, ...]:
    return (
        *_patient_keys(),
        _criteria(),
        _code("visit", _("visit"), is_key=True),
        _date("assessed_on", _("date of the assessment")),
        _code("target", _("response of the target lesions")),
        _code("nontarget", _("response of the non-target lesions")),
        _code("new_lesion", _("new lesion")),
        _code("overall", _("overall response")),
        _text("rule", _("rule that decided")),
        _text("review", _("why a person should look at it")),
        _number("sum_mm", _("sum of diameters (mm)"), note=_("Empty while a target is missing.")),
        _number("measured_mm", _("sum of the diameters that were measured (mm)")),
        _count("targets_missing", _("target lesions without a measurement")),
        _number("baseline_mm", _("sum at baseline (mm)")),
        _number("nadir_mm", _("smallest sum before (mm)")),
        _number("change_pct", _("change from baseline (%)")),
        _number("nadir_change_pct", _("change from the smallest sum (%)")),
    )


_BEST: tuple[tuple[str, Label], ...] = (
    ("bor", _("best response")),
    ("cbor", _("best confirmed response")),
    ("rsp", _("response")),
    ("crsp", _("confirmed response")),
    ("cb", _("clinical benefit")),
    ("ccb", _("confirmed clinical benefit")),
    ("pd", _("progression")),
    ("lsta", _("last evaluable assessment")),
)


def _best_responses() -> tuple[Column, ...]:
    values = []
    for name, label in _BEST:
        values += [
            _code(name, label),
            Column(f"{name}_date", label, Type.DATE, note=_("The date of it.")),
            Column(f"{name}_visit", label, Type.CODE, note=_("The visit that it comes from.")),
        ]
    review = _text("review", _("why a person should look at it"))
    return (*_patient_keys(), _criteria(), _in_population(), *values, review)


def _readings() -> tuple[Column, ...]:
    return (
        *_patient_keys(),
        _criteria(),
        _code("reader", _("reader"), is_key=True, choices=READERS),
        _code("best", _("best response"), note=_("Confirmed where the trial asks for it.")),
        _date("best_date", _("date of the best response")),
        _date("pd_date", _("date of progression")),
        _code("counts", _("counts"), choices=tuple(YesNo.choices)),
        _code(
            "adjudication",
            _("adjudication"),
            choices=tuple((code.value, label) for code, label in STANDINGS.items()),
            note=_("Empty where the protocol names one reader for all patients."),
        ),
    )


def _time_to_event() -> tuple[Column, ...]:
    return (
        *_patient_keys(),
        _criteria(),
        _in_population(),
        _code("endpoint", _("endpoint"), is_key=True),
        _date("start_date", _("start")),
        _date("event_date", _("event or end of observation")),
        _count("days", _("days")),
        _number("months", _("months")),
        Column(
            "event",
            _("event"),
            Type.INTEGER,
            choices=(("1", _("event")), ("0", _("censored"))),
        ),
        _text("description", _("what the date is")),
        _text("detail", _("explanation")),
        _text("source", _("table that the date comes from")),
        _date("source_date", _("date in that table")),
        _code(
            "source_form",
            _("form that holds the date"),
            note=_(
                "With the patient and the visit, or else the date, it names the record; empty where"
                " the date is the start or the data cut."
            ),
        ),
        _code("source_visit", _("visit in that table")),
    )


def _populations() -> tuple[Column, ...]:
    return (
        *_patient_keys(),
        _code("population", _("population"), is_key=True),
        _code("is_member", _("belongs to it"), choices=tuple(YesNo.choices)),
        _code(
            "why_not",
            _("why not"),
            choices=(
                ("NOT-RANDOMIZED", _("not randomized")),
                ("NOT-TREATED", _("took no capsule")),
                ("NO-BASELINE-SCAN", _("no baseline scan")),
                ("NO-LATER-SCAN", _("no scan after baseline")),
                ("COMPLIANCE-UNKNOWN", _("capsules taken are not known")),
                ("LOW-COMPLIANCE", _("took too few capsules")),
                ("MAJOR-DEVIATION", _("major protocol deviation")),
            ),
        ),
    )


def _endpoint_summary() -> tuple[Column, ...]:
    return (
        _trial(),
        _criteria(),
        _code("population", _("population"), is_key=True),
        _code("endpoint", _("endpoint"), is_key=True),
        _text("statistic", _("statistic"), is_key=True),
        _number("value", _("value"), note=_("Empty when it cannot be estimated.")),
        _number("lower", _("lower confidence limit")),
        _number("upper", _("upper confidence limit")),
        _text("unit", _("unit")),
        _count("n", _("patients")),
        _count("events", _("events or responses")),
        _number("level", _("confidence level")),
        _text("method", _("method")),
    )


def _adverse_event_summary() -> tuple[Column, ...]:
    grades = [
        _count(f"grade_{grade}", _("patients with this worst grade")) for grade in range(1, 6)
    ]
    return (
        _trial(),
        _code("population", _("population"), is_key=True),
        _count("n", _("patients in the population")),
        _text("term", _("CTCAE term"), is_key=True),
        *grades,
        _count("any_grade", _("patients with any grade")),
        _count("grade_3_or_more", _("patients with grade 3 or more")),
        _count("related", _("patients with a related event")),
    )


def _exposure() -> tuple[Column, ...]:
    planned_by = (
        ("product", _("the definition of the product")),
        ("weight", _("body weight")),
        ("first dose", _("the patient's first dose")),
    )
    return (
        *_patient_keys(),
        _code("treatment", _("treatment"), is_key=True),
        _count("courses", _("courses or cycles that began")),
        _date("first_on", _("first day")),
        _count("days", _("days from the first day to the planned end of the last course")),
        _count("planned_days", _("days that these courses were planned to take")),
        _number("planned_dose", _("planned dose of one course")),
        _code("planned_by", _("where the planned dose comes from"), choices=planned_by),
        _number("given", _("given in all courses"), note=_("Empty while one dose is unknown.")),
        _code("unit", _("unit"), choices=(("capsules", _("capsules")), ("mg", "mg"))),
        _number("relative_pct", _("relative dose intensity (%)")),
        _number("due", _("capsules due")),
        _number("taken", _("capsules taken")),
        _number("compliance_pct", _("taken in percent of due")),
    )


_QLQ_C30: tuple[tuple[str, Label], ...] = tuple(
    (name.lower(), label) for name, label in SCALE_LABELS.items()
)


def _qlq_c30_scores() -> tuple[Column, ...]:
    higher = _("0 to 100; higher is better.")
    worse = _("0 to 100; higher is worse.")
    kinds = {scale.name.lower(): scale.kind for scale in SCALES}
    return (
        *_patient_keys(),
        _code("visit", _("visit"), is_key=True),
        _count("visit_sequence", _("place of the visit in the patient's schedule")),
        _date("answered_on", _("answered on")),
        _count("day", _("day"), note=_("Day 1 is the reference date; the day before is -1.")),
        _code(
            "is_baseline",
            _("last questionnaire up to the reference date"),
            choices=tuple(YesNo.choices),
        ),
        _count("answers", _("questions answered")),
        *(
            _number(name, label, note=worse if kinds.get(name) == "symptom" else higher)
            for name, label in _QLQ_C30
        ),
    )


def _flag(name: str, label: Label, *, note: Label = "") -> Column:
    return Column(name, label, Type.CODE, choices=tuple(YesNo.choices), note=note)


def _adverse_event_flags() -> tuple[Column, ...]:
    as_entered = _("As entered: a day, a month or a year.")
    return (
        *_patient_keys(),
        Column("event", _("row of the log of adverse events"), Type.INTEGER, is_key=True),
        _text("term", _("CTCAE term")),
        _text("organ_class", _("system organ class")),
        _count("grade", _("worst grade of the event")),
        _count("worst_grade", _("worst grade of the term under treatment")),
        _flag("is_worst", _("counts the term for the patient")),
        _text("started_on", _("onset"), note=as_entered),
        _text("ended_on", _("end"), note=as_entered),
        _flag("is_ongoing", _("ongoing")),
        _flag("is_serious", _("serious")),
        _flag(
            "is_treatment_emergent",
            _("treatment-emergent"),
            note=_("Began, or grew worse, from the first dose to the end of the safety follow-up."),
        ),
        _flag("is_related", _("related to capsules")),
        _flag("is_related_to_background", _("related to background therapy")),
        _flag("is_treatment_related", _("treatment-emergent and related to capsules")),
    )


def _laboratory_grades() -> tuple[Column, ...]:
    directions = (("L", _("low")), ("H", _("high")))
    clauses = (
        ("symptoms", _("with symptoms")),
        ("consequences", _("with consequences")),
        ("anticoagulation", _("on anticoagulation")),
        ("fasting", _("fasting sample")),
    )
    return (
        *_patient_keys(),
        _code("visit", _("visit"), is_key=True),
        _date("sampled_on", _("sampled on")),
        _code("test", _("test"), is_key=True),
        _text("term", _("CTCAE term")),
        _code("direction", _("direction"), is_key=True, choices=directions),
        _number("value", _("value")),
        _text("unit", _("unit")),
        _number("low", _("lower limit of normal")),
        _number("high", _("upper limit of normal")),
        _number("baseline", _("value at baseline")),
        _flag("is_baseline", _("is the baseline")),
        _flag("is_on_treatment", _("after the first dose, up to the end of the safety follow-up")),
        _count("grade_low", _("grade without the clinical clause")),
        _count(
            "grade_high",
            _("grade with the clinical clause"),
            note=_("Empty where a limit of normal or the baseline is not known."),
        ),
        _code("clause", _("clinical clause"), choices=clauses),
        _count("baseline_grade", _("grade at baseline")),
        _code("ctcae_version", _("CTCAE version")),
    )


def _tumor_markers() -> tuple[Column, ...]:
    markers = (("afp_ug_l", "AFP (µg/L)"), ("cea_ug_l", "CEA (µg/L)"))
    return (
        *_patient_keys(),
        _code("marker", _("tumor marker"), is_key=True, choices=markers),
        _code("visit", _("visit"), is_key=True),
        _date("sampled_on", _("sampled on")),
        _count("day", _("day since the first dose, which is day 1")),
        _number("value", _("value")),
        _number("baseline", _("last value up to the first dose")),
        _code("is_baseline", _("this is the baseline"), choices=tuple(YesNo.choices)),
        _number("ratio", _("value over baseline"), note=_("Empty where the baseline is 0.")),
        _number("change_pct", _("change from baseline (%)")),
        _number("nadir", _("smallest value before, from the baseline on")),
        _number("nadir_change_pct", _("change from the smallest value before (%)")),
    )


def _of_population() -> tuple[Column, ...]:
    return (_trial(), _code("population", _("population"), is_key=True))


def _adverse_event_incidence() -> tuple[Column, ...]:
    sets = (
        ("all", _("any event")),
        ("emergent", _("treatment-emergent")),
        ("related", _("treatment-emergent and related to capsules")),
        ("serious", _("serious")),
    )
    grades = [
        _count(f"grade_{grade}", _("patients with this worst grade")) for grade in range(1, 6)
    ]
    return (
        *_of_population(),
        _text("organ_class", _("system organ class"), is_key=True, note=_("Empty: all events.")),
        _text("term", _("CTCAE term"), is_key=True, note=_("Empty: the whole organ class.")),
        _code("events", _("events that count"), is_key=True, choices=sets),
        _count("n", _("patients in the population")),
        _count("patients", _("patients with such an event")),
        _number("percent", _("in percent of the population")),
        *grades,
    )


def _direction() -> Column:
    choices = (("L", _("low")), ("H", _("high")))
    return _code("direction", _("direction"), is_key=True, choices=choices)


def _laboratory_shifts() -> tuple[Column, ...]:
    return (
        *_of_population(),
        _code("test", _("test"), is_key=True),
        _text("term", _("CTCAE term"), is_key=True),
        _direction(),
        Column(
            "baseline_grade",
            _("grade at baseline"),
            Type.INTEGER,
            is_key=True,
            note=_("Empty: not known."),
        ),
        Column("worst_grade", _("worst grade under treatment"), Type.INTEGER, is_key=True),
        _count("patients", _("patients")),
    )


def _at_visit() -> tuple[Column, ...]:
    return (
        _code("visit", _("visit"), is_key=True),
        _number("day", _("median day since the start, which is day 1")),
        _count("n", _("patients")),
    )


def _quartiles() -> tuple[Column, ...]:
    return (
        _number("q1", _("lower quartile")),
        _number("median", _("median")),
        _number("q3", _("upper quartile")),
    )


def _laboratory_trends() -> tuple[Column, ...]:
    return (
        *_of_population(),
        _code("test", _("test"), is_key=True),
        _text("unit", _("unit")),
        *_at_visit(),
        *_quartiles(),
    )


def _quality_of_life_changes() -> tuple[Column, ...]:
    return (
        *_of_population(),
        _code("scale", _("scale"), is_key=True, choices=tuple(SCALE_LABELS.items())),
        *_at_visit(),
        _number("mean", _("mean change from baseline")),
        _number("lower", _("lower confidence limit")),
        _number("upper", _("upper confidence limit")),
        *_quartiles(),
        _number("level", _("confidence level")),
    )


def _left_out() -> tuple[Column, ...]:
    reasons = (
        ("tumor-rows", _("a scan or lesion cannot be read as it stands")),
        ("dead-without-date", _("dead, and the death form is not complete")),
    )
    return (
        *_patient_keys(),
        _code("reason", _("reason"), is_key=True, choices=reasons),
        _text("detail", _("explanation")),
    )


def _disposition() -> tuple[Column, ...]:
    return (
        _trial(),
        Column("site", _("site"), Type.CODE, codes="sites", is_key=True),
        _text("screening_number", _("screening number"), is_key=True),
        _text("patient", _("patient"), note=_("Empty before enrollment.")),
        _date("screened_on", _("screened")),
        _code("is_eligible", _("eligible"), choices=tuple(YesNo.choices)),
        _text("ineligible_because", _("reason not eligible")),
        _date("enrolled_on", _("enrolled")),
        _date("start_date", _("start of all times")),
        _date("first_dose_on", _("first dose of the capsules")),
        _date("treatment_ended_on", _("end of treatment")),
        _code("treatment_end_reason", _("why the treatment ended")),
        _code("study_end_reason", _("why the study ended")),
        _code("is_dead", _("dead by the cut"), choices=tuple(YesNo.choices)),
        Column("death_date", _("date of death"), Type.PARTIAL_DATE, note=_("As it was entered.")),
        _text("populations", _("populations that count the patient")),
    )


_WHY_NONE: tuple[tuple[str, Label], ...] = (
    ("NO_TARGET", _("no target lesion was measured at baseline")),
    ("NO_ASSESSMENT", _("no assessment counts yet")),
    ("NO_SUM", _("no assessment has all targets measured")),
)


def _tumor_changes() -> tuple[Column, ...]:
    return (
        *_patient_keys(),
        _criteria(),
        _in_population(),
        _number("best_change_pct", _("best change of the sum of diameters (%)")),
        _date("best_change_date", _("date of it")),
        _code("best_change_visit", _("visit that it comes from")),
        _number("best_sum_mm", _("sum of diameters then (mm)")),
        _code("why_none", _("why there is no change"), choices=_WHY_NONE),
        _date("new_lesion_date", _("first unequivocal new lesion")),
        _code("new_lesion_visit", _("visit of the new lesion")),
    )


def _subgroup_members() -> tuple[Column, ...]:
    return (
        *_patient_keys(),
        _code("factor", _("factor"), is_key=True),
        _code("level", _("level")),
    )


def _subgroup_rates() -> tuple[Column, ...]:
    return (
        _trial(),
        _code("population", _("population"), is_key=True),
        _criteria(),
        _code("factor", _("factor"), is_key=True),
        _code("level", _("level"), is_key=True),
        _count("n", _("patients")),
        _count("responders", _("patients with a response")),
        _number("orr_percent", _("response rate (%)")),
        _number("lower", _("lower confidence limit")),
        _number("upper", _("upper confidence limit")),
        _number("level_of_confidence", _("confidence level")),
        _text("method", _("method")),
    )
