"""The arm is read in `enrollment.queries.arms` and nowhere else: a look at the code itself.

A new module that needs one of these lists says why there.
"""

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import FieldError

from enrollment.models import Allocation, Patient, RandomizationList

pytestmark = pytest.mark.once

APPS = (
    "core",
    "oversight",
    "enrollment",
    "dosing",
    "outcomes",
    "microbiome",
    "reports",
    "trialsite",
)

MAY_TOUCH_ALLOCATIONS = {
    "enrollment/models/__init__.py",
    "enrollment/models/randomization.py",
    "enrollment/queries/arms.py",
    # Who was randomized when and in which stratum.
    "enrollment/queries/randomization.py",
    # Takes the next place.
    "enrollment/actions/randomization.py",
    # Stores the places of a list.
    "enrollment/actions/randomization_lists.py",
    # The exported table; its arm is `slot_arm_subquery`, for trials without a secret.
    "reports/queries/tables/patients.py",
}
MAY_NAME_THE_COLUMN = {
    "enrollment/calc/randomization_file.py": "the header of a list's file",
    "enrollment/models/randomization.py": "declares it, and hides it from the trail",
    "enrollment/queries/arms.py": "reads it",
    "enrollment/views/unblinding.py": "the one page that shows what arms_of gave",
    "reports/api/redcap/views.py": "REDCap's word for a schedule of visits; no treatment",
    "reports/charts/by_arm_plots.py": "draws what by_arm gave",
    "reports/queries/by_arm.py": "the page by arm, after unblinding: what arms_of gave",
    "reports/queries/figures_by_arm.py": "the header of that page's files",
    "reports/queries/figures_safety.py": "the header of a figure's file, where arms are no secret",
    "reports/queries/tables/patients.py": "the exported column",
    "reports/views/dashboard_arms.py": "the address's parameter: which arm's patients are listed",
}
# The content of kits, which dosing keeps behind its own door.
KIT_CONTENT = "dosing/"


def modules():
    for app in APPS:
        for path in sorted(Path(settings.BASE_DIR, app).rglob("*.py")):
            name = path.relative_to(settings.BASE_DIR).as_posix()
            if "/migrations/" not in name:
                yield name, ast.parse(path.read_text("utf-8"))


def imported_names(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Constant) and node.value == "Allocation":
            yield "Allocation"


def texts(tree):
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def names_the_column(text):
    return text == "arm" or text.endswith(("__arm", '"arm"')) or "allocation__" in text


def test_only_these_modules_touch_allocations():
    found = {name for name, tree in modules() if "Allocation" in imported_names(tree)}

    assert found <= MAY_TOUCH_ALLOCATIONS


def test_only_these_modules_name_the_column():
    found = {
        name
        for name, tree in modules()
        if any(map(names_the_column, texts(tree))) and not name.startswith(KIT_CONTENT)
    }

    assert found == set(MAY_NAME_THE_COLUMN)


def test_no_sql_by_hand_reads_the_table():
    found = {
        name
        for name, tree in modules()
        if any("enrollment_allocation" in text for text in texts(tree))
    }

    assert found == set()


@pytest.mark.parametrize("model", [Patient, RandomizationList])
def test_nothing_reaches_an_arm_from_another_row(model):
    related = [field for field in model._meta.get_fields() if field.related_model is Allocation]

    assert related == []
    for path in ("allocation__arm", "allocation_set__arm", "arm"):
        with pytest.raises(FieldError):
            model.objects.filter(**{path: "study"})


def test_an_instance_passed_around_by_mistake_does_not_print_its_arm():
    assert str(Allocation(stratum="0", sequence=3, arm="study")) == "0 3"
    assert "study" not in repr(Allocation(stratum="0", sequence=3, arm="study"))
