"""Why a value is not there. A code is itself a value: audited, exported, listed in the codebook."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MissingCode(models.TextChoices):
    NOT_DONE = "ND", _("not done")
    UNKNOWN = "UNK", _("unknown")
    NOT_APPLICABLE = "NA", _("not applicable")
