"""Log lines as JSON, with nothing in them that a patient could be known by.

Paths, query strings, form values and the texts of exceptions can all hold patient data, and other
packages put them into their messages. So: our own messages are written in full, other packages'
messages without their values, and a traceback as places in the code only.
"""

import json
import logging
import traceback
from collections.abc import Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from celery import current_task

request_id: ContextVar[str] = ContextVar("request_id", default="")

# What our own code may attach to a line with `extra=`.
FIELDS = ("user", "method", "route", "status", "duration_ms")


class JsonFormatter(logging.Formatter):
    """One JSON object a line. `own` names the packages whose messages are written in full."""

    def __init__(self, own: Sequence[str]) -> None:
        super().__init__()
        self._own = frozenset(own)

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": self._message(record),
        }
        if request_id.get():
            line["request"] = request_id.get()
        if current_task and current_task.request.id:
            line |= {"task": current_task.name, "task_id": current_task.request.id}
        if record.name.partition(".")[0] in self._own:
            line |= {name: vars(record)[name] for name in FIELDS if name in vars(record)}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__qualname__
            line["places"] = _places(record.exc_info[2])
        return json.dumps(line, ensure_ascii=False)

    def _message(self, record: logging.LogRecord) -> str:
        if record.name.partition(".")[0] in self._own:
            return record.getMessage()
        if record.name.startswith("django.security"):
            return "refused a suspicious request"  # the message would repeat what was sent
        if record.name == "django.request":
            return "answered with an error"
        if str(record.msg).startswith("Invalid request from ip="):
            return "refused an unreadable request"  # gunicorn has filled in what was sent
        return str(record.msg)  # the template, with its places for values left open


def _places(trace: TracebackType | None) -> list[str]:
    """`file:line function` of each frame; the values and the exception's text stay out."""
    return [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(trace)]
