"""What is asked about the data, and how far the answers are."""

from oversight.queries.people import who_can_answer
from oversight.queries.threads import (
    NO_MARK,
    FieldMark,
    comments_at,
    field_marks,
    open_queries_by_record,
    open_queries_of_patients,
    open_query_ids,
    patients_with_open_queries,
    threads_at,
)

__all__ = [
    "NO_MARK",
    "FieldMark",
    "comments_at",
    "field_marks",
    "open_queries_by_record",
    "open_queries_of_patients",
    "open_query_ids",
    "patients_with_open_queries",
    "threads_at",
    "who_can_answer",
]
