"""What a person types: courses beyond their fields, kits and temperatures."""

from dosing.forms.course import CourseForm

__all__ = ["CourseForm"]
