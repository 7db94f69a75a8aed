"""What every record has: a state, a revision, and who completed it when."""

from oversight.models.record import Record, RecordState

__all__ = ["Record", "RecordState"]
