"""The forms of this app, and what it adds to the work list."""

from django.utils.translation import gettext_lazy as _

from enrollment.queries.work import register_work
from enrollment.registry import FormSpec, Section, register
from microbiome.models import StoolSample
from microbiome.queries.collection import missing_samples

register_work(missing_samples)
register(
    FormSpec(
        "stool-sample",
        StoolSample,
        "stool_samples",
        sections=(
            Section(
                _("Sample"),
                (
                    "is_collected",
                    "not_collected_reason",
                    "collected_on",
                    "was_at_home",
                    "bristol_type",
                    "last_capsule_on",
                ),
            ),
            Section(
                _("What changes the gut flora"),
                (
                    "had_antibiotics",
                    "had_probiotics",
                    "had_acid_blockers",
                    "had_bowel_preparation",
                ),
            ),
        ),
    )
)
