"""What befalls a signature after it was given."""

from collections.abc import Sequence
from datetime import datetime

from core.models import User
from oversight.calc.content import Difference
from oversight.models import Signature, SignatureBreak


def break_signatures(
    form: str,
    record_id: int,
    *,
    by: User | None,
    at: datetime,
    reason: str,
    changes: Sequence[Difference],
) -> None:
    """Notes for each signature under the record that held until now why it holds no longer."""
    holding = Signature.objects.filter(form=form, record_id=record_id, broken__isnull=True)
    SignatureBreak.objects.bulk_create(
        SignatureBreak(
            signature=signature,
            broken_at=at,
            broken_by=by,
            reason=reason,
            changes=[list(change) for change in changes],
        )
        for signature in holding
    )
