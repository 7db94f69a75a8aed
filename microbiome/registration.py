"""The forms of this app."""

from django.utils.translation import gettext_lazy as _

from enrollment.registry import FormSpec, Section, register
from microbiome.models import StoolSample

register(
    FormSpec(
        "stool-sample",
        StoolSample,
        "stool_samples",
        sections=(
            Section(
                _("Sample"),
                ("is_collected", "not_collected_reason", "collected_on", "bristol_type"),
            ),
            Section(
                _("What changes the gut flora"),
                ("had_antibiotics", "had_probiotics", "had_acid_blockers"),
            ),
        ),
    )
)
