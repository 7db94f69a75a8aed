"""`derive`: the derivations and where each is."""

from core.files.command import FileCommand, Program


def _derivation(module: str, function: str, text: str) -> FileCommand:
    return FileCommand(f"outcomes.files.{module}", function, text)


PROGRAM = Program(
    name="derive",
    purpose="Derives responses, endpoints, grades and scores from CSV files, without a database.",
    commands={
        "timepoints": _derivation(
            "timepoints",
            "derive",
            "lesions and their assessments → the response at each visit",
        ),
        "responses": _derivation(
            "patients", "derive_responses", "best responses, unconfirmed and confirmed"
        ),
        "endpoints": _derivation(
            "patients",
            "derive_endpoints",
            "overall survival, progression-free survival and duration of response",
        ),
        "irecist-bor": _derivation(
            "irecist_bor", "derive", "best iRECIST responses, one column per time point"
        ),
        "lab-grades": _derivation("lab_grades", "derive", "CTCAE grades of laboratory values"),
        "qlq-c30": _derivation("qlq_c30", "derive", "scales of the QLQ-C30, version 3"),
        "survival": _derivation(
            "survival", "derive", "Kaplan-Meier, log-rank and Cox from times and events"
        ),
    },
)
