"""Doses planned and taken, kits in stock, and what does not add up."""

from dosing.queries.exposure import CourseExposure, course_exposures, planned_dose_mg

__all__ = ["CourseExposure", "course_exposures", "planned_dose_mg"]
