"""Numbers far from those of all other patients of the trial."""

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.db.models import F, FloatField, Q, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from core.fields import ChoiceField, IntegerField, NumberField, captured_fields
from enrollment.calc.outliers import robust_limits
from enrollment.models import FormRow
from enrollment.quality.catalog import Check, Finding, Severity, register_check
from enrollment.quality.scope import Scope
from enrollment.registry import FormSpec, all_specs

if TYPE_CHECKING:
    from django.db.models import QuerySet


def find_outliers(scope: Scope) -> Iterator[Finding]:
    """One query for each number of each form."""
    for spec in all_specs(trial=scope.trial.slug):
        for field in _numbers(spec.model):
            yield from _of_field(spec, field, scope.records(spec.model), scope)
        if spec.rows is not None:
            for field in _numbers(spec.rows.model):
                yield from _of_field(spec, field, scope.rows(spec.rows.model), scope)


def _numbers(model: Any) -> list[Any]:
    """Measured values; not the codes and counters that are whole numbers with choices or bounds."""
    return [
        field
        for field in captured_fields(model)
        if isinstance(field, NumberField)
        or (isinstance(field, IntegerField) and field.unit and not field.choices)
    ]


def _of_field(spec: FormSpec, field: Any, rows: "QuerySet[Any]", scope: Scope) -> Iterator[Finding]:
    name = field.name
    known = rows.filter(**{f"{name}__isnull": False}).order_by()
    by_group: dict[Any, list[float]] = defaultdict(list)
    group = _group_of(spec, rows.model)
    number = Cast(name, FloatField())
    for key, value in known.values_list(F(group) if group else Value(""), number).iterator():
        by_group[key].append(value)
    for key, numbers in by_group.items():
        limits = robust_limits(numbers)
        if limits is not None:
            of_group = known.filter(**{group: key}) if group else known
            yield from _far(spec, field, of_group, limits, scope)


def _group_of(spec: FormSpec, model: Any) -> str:
    """Rows that are named by a code, such as a drug, compare with rows of the same code only."""
    if spec.rows is None or spec.rows.model is not model:
        return ""
    codes = {item.name for item in captured_fields(model) if isinstance(item, ChoiceField)}
    return next((name for name in spec.rows.identity if name in codes), "")


def _far(
    spec: FormSpec,
    field: Any,
    known: "QuerySet[Any]",
    limits: tuple[float, float],
    scope: Scope,
) -> Iterator[Finding]:
    name, (low, high) = field.name, limits
    is_row = issubclass(known.model, FormRow)
    far = known.filter(Q(**{f"{name}__lt": low}) | Q(**{f"{name}__gt": high})).order_by("pk")
    for owner in far.select_related("record") if is_row else far:
        record = owner.record if is_row else owner
        place = scope.place(
            spec.slug,
            record.pk,
            record.patient_id,
            field=name,
            visit_id=getattr(record, "visit_id", None),
            row_number=owner.row_number if is_row else None,
        )
        value = f"{getattr(owner, name)} {field.unit}".strip()
        yield Finding(place, {"value": value, "low": f"{low:.4g}", "high": f"{high:.4g}"})


register_check(
    Check(
        "DQ-006",
        _("Number far from those of the other patients"),
        _(
            "%(value)s is far from the trial's other values, most of which lie between %(low)s and"
            " %(high)s. Is it right?"
        ),
        _(
            "More than 5 robust standard deviations (1.4826 × median absolute deviation) from the"
            " median, on the logarithm where all values are above 0; for fields with at least"
            " 20 values. Source: Iglewicz and Hoaglin 1993, How to Detect and Handle"
            " Outliers, chapter 3; they suggest 3.5, which in skewed laboratory values names too"
            " many."
        ),
        Severity.WARNING,
        find_outliers,
        compares_patients=True,
    )
)
