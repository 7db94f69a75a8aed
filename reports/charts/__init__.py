"""Plotly figures as plain JSON, made from a summary; Plotly itself runs in the browser."""

from reports.charts.accrual import accrual_figure
from reports.charts.adverse_events import adverse_event_figure
from reports.charts.survival import survival_figure

__all__ = ["accrual_figure", "adverse_event_figure", "survival_figure"]
