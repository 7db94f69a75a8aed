"""Adverse events: what is usual for these drugs, with grade, time, relation and outcome."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from core.calc.partial_date import PartialDate
from reports.demo.history.chance import happens, varied, weighted
from reports.demo.history.records import Filled
from reports.demo.history.scene import Scene
from reports.demo.population import Disease


@dataclass(frozen=True, slots=True)
class Usual:
    """`share` of patients get it; `worst` is the highest grade drawn here; `days` its median.

    `by_capsules` marks what gut bacteria may well cause.
    """

    term: str
    share: float
    worst: int = 3
    days: int = 20
    least: int = 1
    by_capsules: bool = False


_BOTH = (
    Usual("Fatigue", 0.34, days=40),
    Usual("Anorexia", 0.27, days=35),
    Usual("Diarrhea", 0.28, days=9, by_capsules=True),
    Usual("Nausea", 0.20, days=7, by_capsules=True),
    Usual("Vomiting", 0.11, days=4, by_capsules=True),
    Usual("Abdominal pain", 0.18, days=10, by_capsules=True),
    Usual("Abdominal distension", 0.16, worst=2, days=10, by_capsules=True),
    Usual("Flatulence", 0.10, worst=2, days=12, by_capsules=True),
    Usual("Constipation", 0.10, worst=2, days=12, by_capsules=True),
    Usual("Fever", 0.12, worst=3, days=3),
    Usual("Rash maculo-papular", 0.13, days=18),
    Usual("Pruritus", 0.12, worst=2, days=20),
    Usual("Hypothyroidism", 0.14, worst=2, days=150),
    Usual("Palmar-plantar erythrodysesthesia syndrome", 0.18, days=40),
    Usual("Hypertension", 0.24, days=60),
    Usual("Proteinuria", 0.20, days=35),
    Usual("Alanine aminotransferase increased", 0.22, worst=4, days=21),
    Usual("Aspartate aminotransferase increased", 0.24, worst=4, days=21),
    Usual("Anemia", 0.16, days=35),
    Usual("Weight loss", 0.13, worst=2, days=60),
    Usual("Insomnia", 0.08, worst=2, days=30),
    Usual("Anxiety", 0.05, worst=2, days=45),
    Usual("Arthralgia", 0.07, worst=2, days=25),
    Usual("Lung infection", 0.05, worst=3, days=14, least=2),
    Usual("Pneumonitis", 0.03, worst=3, days=35),
    Usual("Urticaria", 0.02, worst=2, days=4, by_capsules=True),
)
USUAL: dict[Disease, tuple[Usual, ...]] = {
    "hcc": (
        *_BOTH,
        Usual("Blood bilirubin increased", 0.20, days=21),
        Usual("Platelet count decreased", 0.22, worst=4, days=21),
        Usual("Hypoalbuminemia", 0.15, worst=2, days=45),
        Usual("Ascites", 0.08, days=40),
        Usual("Upper gastrointestinal hemorrhage", 0.03, worst=4, days=8, least=2),
        Usual("Encephalopathy", 0.02, worst=3, days=10),
    ),
    "crc": (
        *_BOTH,
        Usual("Peripheral sensory neuropathy", 0.25, days=90),
        Usual("Neutrophil count decreased", 0.24, worst=4, days=10),
        Usual("White blood cell decreased", 0.22, days=10),
        Usual("Mucositis oral", 0.12, days=10),
        Usual("Alopecia", 0.10, worst=2, days=120),
        Usual("Colonic obstruction", 0.03, worst=3, days=10, least=2),
    ),
}
FATAL: dict[Disease, tuple[str, ...]] = {
    "hcc": ("Upper gastrointestinal hemorrhage", "Hepatic failure", "Lung infection"),
    "crc": ("Lung infection", "Sepsis", "Thromboembolic event"),
}
BLEEDING_AND_INFECTION = {"Upper gastrointestinal hemorrhage", "Lung infection", "Sepsis"}
OFTEN_SERIOUS = BLEEDING_AND_INFECTION | {"Pneumonitis", "Colonic obstruction", "Encephalopathy"}


def adverse_events(scene: Scene) -> list[Filled]:
    """By onset; only what began on treatment or within 30 days of its end, and by today."""
    first = scene.walk.courses.get(1)
    if first is None:
        return []
    seen = min(scene.last_day_seen, scene.fate.last_contact)
    last = min(scene.last_day_on_treatment + timedelta(days=30), seen)
    events = [
        event
        for usual in USUAL[scene.disease]
        for event in _events(scene, usual, first, max(last, first))
    ]
    ended = scene.walk.treatment_ended
    if ended and ended[1] == "toxicity":
        events.append(_stopping_event(scene, ended[0]))
    if scene.is_known_dead and scene.cause_of_death == "adverse-event":
        events.append(_fatal_event(scene))
    return sorted(events, key=lambda event: (event.values["started_on"], event.values["term"]))


def first_day_reaction(scene: Scene, day: date) -> Filled:
    """The reaction that keeps a course's other capsules from being released."""
    term = scene.rng.choice(("Nausea", "Urticaria", "Abdominal pain"))
    return _event(
        scene, term, 1, day, day + timedelta(days=1), capsules="probable", action="stopped"
    )


def _events(scene: Scene, usual: Usual, first: date, last: date) -> list[Filled]:
    rng = scene.rng
    if not happens(rng, usual.share):
        return []
    events = []
    for _episode in range(2 if happens(rng, 0.15) else 1):
        start = first + timedelta(days=int((last - first).days * rng.random() ** 1.4))
        end = start + timedelta(days=max(int(varied(rng, usual.days, 0.6)), 1))
        grade = weighted(rng, ((1, 0.60), (2, 0.29), (3, 0.10), (4, 0.01)))
        grade = min(max(grade, usual.least), usual.worst)
        capsules = "unlikely"
        if usual.by_capsules:
            capsules = weighted(rng, (("unlikely", 0.5), ("possible", 0.42), ("probable", 0.08)))
        events.append(_event(scene, usual.term, grade, start, end, capsules=capsules))
    return events


def _event(
    scene: Scene,
    term: str,
    grade: int,
    start: date,
    end: date,
    *,
    capsules: str,
    action: str = "",
) -> Filled:
    rng = scene.rng
    is_ongoing = end > min(scene.last_day_seen, scene.fate.last_contact)
    is_serious = grade >= 4 or happens(rng, 0.7 if term in OFTEN_SERIOUS else (0, 0.1)[grade == 3])
    values: dict[str, object] = {
        "term": term,
        "grade": grade,
        "started_on": _as_known(rng, start),
        "is_ongoing": "Y" if is_ongoing else "N",
        "is_serious": "Y" if is_serious else "N",
        "related_to_capsules": capsules,
        "related_to_background": weighted(
            rng, (("unrelated", 0.1), ("unlikely", 0.2), ("possible", 0.45), ("probable", 0.25))
        ),
        "action_taken": action or _action(rng, grade),
        "outcome": weighted(rng, (("not-recovered", 0.6), ("recovering", 0.4))),
    }
    if not is_ongoing:
        values["ended_on"] = PartialDate(end.isoformat())
        values["outcome"] = "recovered-with-sequelae" if happens(rng, 0.02) else "recovered"
    return Filled("adverse-events", values)


def _stopping_event(scene: Scene, day: date) -> Filled:
    """The event for which treatment was ended."""
    terms = ("Alanine aminotransferase increased", "Proteinuria", "Pneumonitis", "Diarrhea")
    term, start = scene.rng.choice(terms), day - timedelta(days=3)
    end = day + timedelta(days=24)
    return _event(scene, term, 3, start, end, capsules="possible", action="stopped")


def _fatal_event(scene: Scene) -> Filled:
    died_on = scene.fate.dies_on
    event = _event(
        scene,
        scene.rng.choice(FATAL[scene.disease]),
        5,
        max(died_on - timedelta(days=4), scene.walk.enrolled_on),
        died_on,
        capsules="unlikely",
        action="not-applicable",
    )
    fatal = {"is_ongoing": "N", "ended_on": PartialDate(died_on.isoformat()), "outcome": "fatal"}
    return Filled("adverse-events", {**event.values, **fatal})


def _as_known(rng: Random, day: date) -> PartialDate:
    return PartialDate(day.isoformat()[: 7 if happens(rng, 0.05) else 10])


def _action(rng: Random, grade: int) -> str:
    if grade == 1:
        return "none"
    if grade == 2:
        return weighted(rng, (("none", 0.8), ("reduced", 0.1), ("delayed", 0.1)))
    return weighted(rng, (("interrupted", 0.5), ("reduced", 0.35), ("delayed", 0.15)))
