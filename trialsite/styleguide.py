"""Every component with invented values on one page, at /styleguide/ in the demo."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace as Sample
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from core.fields import Captured, MissingCode
from core.fields.captured import YesNo
from core.fields.inputs import DateInput, HardLimits, NumberInput
from core.templatetags.states import STATES
from enrollment.forms.layout import FieldLine

MISSING_CHOICES = [("", ""), *MissingCode.choices]
DECLARED = {
    "measured_on": Captured(),
    "weight_kg": Captured(unit="kg", hard=(20, 250), soft=(40, 110)),
    "systolic_mmhg": Captured(unit="mmHg", hard=(40, 300), soft=(90, 160)),
    "ecog": Captured(),
    "has_fever": Captured(),
    "temperature_c": Captured(
        unit="°C", hard=(30, 45), soft=(35, 41), shown_when=("has_fever", ("Y",))
    ),
    "remark": Captured(required=False),
}


class VitalSigns(forms.Form):
    """The kinds of field that a case report form has."""

    measured_on = DateInput(
        label=gettext_lazy("Measured on"),
        help_text=gettext_lazy("As 2026-11-21, 21-11-2026 or 21nov26; t is today."),
    )
    weight_kg = NumberInput(label=gettext_lazy("Weight"), validators=[HardLimits(20, 250, "kg")])
    systolic_mmhg = NumberInput(
        label=gettext_lazy("Systolic pressure"),
        help_text=gettext_lazy("Sitting, after five minutes of rest."),
        validators=[HardLimits(40, 300, "mmHg")],
    )
    ecog = forms.ChoiceField(
        label=gettext_lazy("ECOG performance status"),
        choices=[(str(grade), str(grade)) for grade in range(5)],
        widget=forms.RadioSelect,
    )
    has_fever = forms.ChoiceField(
        label=gettext_lazy("Fever"), choices=YesNo.choices, widget=forms.RadioSelect
    )
    temperature_c = NumberInput(
        label=gettext_lazy("Temperature"), validators=[HardLimits(30, 45, "°C")]
    )
    remark = forms.CharField(
        label=gettext_lazy("Remark"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    systolic_mmhg__missing = forms.ChoiceField(
        label=gettext_lazy("or missing because"), choices=MISSING_CHOICES, required=False
    )
    weight_kg__missing = forms.ChoiceField(
        label=gettext_lazy("or missing because"), choices=MISSING_CHOICES, required=False
    )


class Capsules(forms.Form):
    """One day of a row table."""

    taken = NumberInput(label=gettext_lazy("Capsules taken"))
    reaction = forms.ChoiceField(
        label=gettext_lazy("Reaction"), choices=YesNo.choices, widget=forms.RadioSelect
    )
    remark = forms.CharField(label=gettext_lazy("Remark"), required=False)


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    values = {
        "measured_on": "2026-03-30",
        "weight_kg": "7.12",
        "systolic_mmhg": "",
        "ecog": "1",
        "has_fever": "N",
        "systolic_mmhg__missing": "ND",
    }
    form = VitalSigns(values, use_required_attribute=False)
    form.is_valid()
    context: dict[str, Any] = {
        "nav": "patients",
        "crumbs": [(_("Home"), "/"), (_("Patients"), "#grid")],
        "states": list(STATES),
        "form": form,
        "lines": _lines(form),
        "rows": _rows(),
        "visit": _visit(21, 0),
        "grid": _grid(),
        "work": _work(),
        "tabs": _tabs(),
        "figures": _key_figures(),
        "flow": _flow(),
        "curve": _curve(),
        "facts": [(_("Sex"), _("female")), (_("Born"), "1961-04"), (_("Consent"), "2.1")],
        "page": Paginator(range(240), 100).get_page(2),
        "cut": Sample(number=118, made_at=datetime(2026, 3, 30, 2, 0, tzinfo=UTC), rules="3"),
    }
    return render(request, "components/styleguide.html", context)


def _lines(form: forms.Form) -> list[FieldLine]:
    previous = {"weight_kg": "71.9", "systolic_mmhg": "128", "ecog": "1"}
    return [
        FieldLine(
            form[name],
            form[f"{name}__missing"] if f"{name}__missing" in form.fields else None,
            declared,
            previous=previous.get(name, ""),
        )
        for name, declared in DECLARED.items()
    ]


def _rows() -> dict[str, Any]:
    declared = Captured(unit="", hard=(0, 12), soft=(6, 6))

    def cells(form: forms.Form) -> list[list[FieldLine]]:
        return [
            [FieldLine(form["taken"], None, declared)],
            [FieldLine(form["reaction"], None, Captured())],
            [FieldLine(form["remark"], None, Captured())],
        ]

    days = forms.formset_factory(Capsules, extra=0)(
        prefix="row", initial=[{"taken": 6, "reaction": "N"}] * 4
    )
    blank = cells(days.empty_form)
    return {
        "title": _("Capsules by day"),
        "management": days.management_form,
        "errors": [],
        "forms": [
            (form, [f"{_('Day')} {number}", f"2026-03-{9 + number:02}"], cells(form))
            for number, form in enumerate(days, start=1)
        ],
        "columns": [cell[0] for cell in blank],
        "blank": blank,
    }


def _visit(number: int, patient: int) -> Sample:
    course, day = divmod(number, 3)
    target = date(2025, 11, 3) + timedelta(days=7 * number + 3 * patient)
    window = timedelta(days=3)
    return Sample(
        pk=1,
        key=f"C{course + 1}D{1 + 7 * day}",
        label=_("Course %(course)s, day %(day)s") % {"course": course + 1, "day": 1 + 7 * day},
        cycle=course + 1,
        day=1 + 7 * day,
        target_date=target,
        window_opens=target - window,
        window_closes=target + window,
        actual_date=target + timedelta(days=5),
        is_outside_window=True,
    )


def _grid() -> Sample:
    """Twelve patients at different places of the schedule, every state among them."""
    done = ["locked", "signed", "verified", "complete"]
    now = ["draft", "overdue", "due", "queried"]
    rows = []
    for patient in range(12):
        reached = 16 - patient
        states = [done[min(3, 4 * place // max(reached, 1))] for place in range(reached)]
        states = [*states, now[patient % 4]][:16]
        states += ["not-due"] * (16 - len(states))
        if patient % 5 == 2:
            states[3] = "missed"
        cells: list[Sample | None] = [
            Sample(visit=_visit(place, patient), progress=state, form="")
            for place, state in enumerate(states)
        ]
        if patient == 7:
            cells[12:] = [None] * 4
        rows.append(
            Sample(
                patient=Sample(pk=1, number=f"01-{patient + 1:03}-{patient * 7 % 10}"), cells=cells
            )
        )
    columns = [
        Sample(label=visit.label, short_label=visit.key)
        for visit in (_visit(place, 0) for place in range(16))
    ]
    courses = Sample(label=_("Capsule courses"), columns=columns[:12])
    follow_up = Sample(label=_("Follow-up"), columns=columns[12:])
    return Sample(groups=[courses, follow_up], rows=rows)


def _work() -> list[Sample]:
    trial = Sample(short_title="HCC single arm")
    kinds = [("overdue", 9, 0), ("overdue", 1, 0), ("draft", 4, 2), ("due", 2, 0), ("due", 6, 0)]
    return [
        Sample(
            kind=kind,
            days=days,
            open_forms=open_forms,
            visit=Sample(
                pk=1,
                label=_visit(place * 2, 0).label,
                patient=Sample(number=f"01-{place + 4:03}-{place * 3}", trial=trial),
            ),
        )
        for place, (kind, days, open_forms) in enumerate(kinds)
    ]


def _tabs() -> list[Sample]:
    return [
        Sample(label=_("Schedule"), href="#tabs", current=True, count=None),
        Sample(label=_("Adverse events"), href="#tabs", current=False, count=12),
        Sample(label=_("Queries"), href="#tabs", current=False, count=3, urgent=True),
    ]


def _key_figures() -> list[Sample]:
    interval = _("95%% CI %(low)s to %(high)s")
    return [
        Sample(label=_("Enrolled"), value="40", unit=_("of %(target)s") % {"target": 45}),
        Sample(
            label=_("Objective response rate"),
            value="24.3",
            unit="%",
            detail=_("9 of 37") + " · " + interval % {"low": "11.8", "high": "41.2"},
        ),
        Sample(
            label=_("Disease control rate"),
            value="70.3",
            unit="%",
            detail=_("26 of 37") + " · " + interval % {"low": "53.0", "high": "84.1"},
        ),
        Sample(
            label=_("Median PFS"),
            value="6.1",
            unit=_("months"),
            detail=_("25 events") + " · " + interval % {"low": "4.6", "high": "8.3"},
        ),
        Sample(label=_("Median OS"), value="–", detail=_("Not reached: 11 deaths among 40")),
    ]


def _flow() -> list[Sample]:
    return [
        Sample(label=_("Screened"), count=58, left=[(_("not eligible"), 18, "")]),
        Sample(label=_("Enrolled"), count=40, left=[(_("consent withdrawn"), 1, "")]),
        Sample(
            label=_("Treated"),
            count=39,
            left=[(_("progression"), 17, ""), (_("adverse event"), 2, "")],
        ),
        Sample(label=_("On treatment"), count=14),
        Sample(label=_("In follow-up"), count=12),
    ]


def _curve() -> dict[str, Any]:
    """A survival curve in the shape that charts hand over, with numbers at risk below."""
    steps = [1.0, 0.97, 0.9, 0.82, 0.71, 0.63, 0.55, 0.46, 0.41, 0.33, 0.27, 0.27, 0.22]
    months = list(range(13))
    at_risk = [39, 31, 22, 13, 6]
    return {
        "data": [
            {
                "x": months + months[::-1],
                "y": [min(1, s + 0.03 + 0.01 * m) for m, s in zip(months, steps, strict=True)]
                + [
                    max(0, s - 0.03 - 0.01 * m)
                    for m, s in reversed(list(zip(months, steps, strict=True)))
                ],
                "fill": "toself",
                "fillcolor": "rgba(11, 93, 99, 0.12)",
                "line": {"width": 0},
                "hoverinfo": "skip",
                "name": _("95% CI"),
            },
            {
                "x": months,
                "y": steps,
                "line": {"shape": "hv", "width": 2, "color": "#0b5d63"},
                "mode": "lines",
                "name": _("All patients"),
            },
            {
                "x": [3.4, 5.2, 7.7, 10.4, 11.2],
                "y": [0.82, 0.63, 0.46, 0.27, 0.27],
                "mode": "markers",
                "marker": {"symbol": "line-ns-open", "size": 9, "color": "#0b5d63"},
                "name": _("Censored"),
            },
            {
                "x": [0, 3, 6, 9, 12],
                "y": [0] * 5,
                "yaxis": "y2",
                "mode": "text",
                "text": [str(n) for n in at_risk],
                "showlegend": False,
                "hoverinfo": "skip",
            },
        ],
        "layout": {
            "xaxis": {
                "title": {"text": _("Months since the first dose")},
                "dtick": 3,
                "anchor": "y2",
            },
            "yaxis": {
                "title": {"text": _("Without progression")},
                "range": [0, 1.02],
                "tickformat": ".0%",
                "domain": [0.2, 1],
            },
            "yaxis2": {
                "domain": [0, 0.1],
                "range": [-1, 1],
                "showgrid": False,
                "showline": False,
                "ticks": "",
                "tickvals": [0],
                "ticktext": [_("At risk")],
            },
        },
    }
