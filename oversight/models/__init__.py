"""What every record has, and what is said about records: queries, signatures, locks,
verification."""

from oversight.models.about import AboutField, AboutPatient, AboutRecord
from oversight.models.comment import FieldComment
from oversight.models.lock import Lock, lock_key
from oversight.models.query import Query, QueryEvents, QueryMessage, QueryStates
from oversight.models.record import Record, RecordState
from oversight.models.signature import Meaning, Signature, SignatureBreak
from oversight.models.verification import FieldVerification

__all__ = [
    "AboutField",
    "AboutPatient",
    "AboutRecord",
    "FieldComment",
    "FieldVerification",
    "Lock",
    "Meaning",
    "Query",
    "QueryEvents",
    "QueryMessage",
    "QueryStates",
    "Record",
    "RecordState",
    "Signature",
    "SignatureBreak",
    "lock_key",
]
