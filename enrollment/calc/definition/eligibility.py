"""Who may enter: criteria and versions of the consent form."""

import datetime
from typing import Annotated, Literal

from pydantic import StringConstraints

from .base import NonEmpty, Table, Text


class Criterion(Table):
    """A row of [[criteria]]. An inclusion must be met, an exclusion must not."""

    id: Annotated[str, StringConstraints(pattern=r"^[IE][0-9]{2}$")]
    kind: Literal["inclusion", "exclusion"]
    text: Text
    source: Literal["registry", "assumed"]


class Consent(Table):
    """A row of [[consents]]: one version of the consent form."""

    version: NonEmpty
    valid_from: datetime.date
    title: Text
