"""Where the content of attached files lies: under RECORDS_DIR, which no web server serves and which
every backup holds, each file under its SHA-256."""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

FOLDER = "attachments"


class Damaged(Exception):
    """The stored content is gone, or is not what was stored."""


def store(chunks: Iterable[bytes]) -> str:
    """Writes the content and returns its SHA-256; the same content is stored once.

    On the disk before the row that names it, so that a backup's rows have their files.
    """
    root = settings.RECORDS_DIR / FOLDER
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = hashlib.sha256()
    descriptor, partial = tempfile.mkstemp(dir=root, prefix=".partial-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            for chunk in chunks:
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        target = _place(digest.hexdigest())
        target.parent.mkdir(exist_ok=True, mode=0o700)
        os.replace(partial, target)
    finally:
        Path(partial).unlink(missing_ok=True)
    return digest.hexdigest()


def content_of(sha256: str) -> bytes:
    """
    Raises:
        Damaged: it is not there, or its hash is another.
    """
    try:
        content = _place(sha256).read_bytes()
    except OSError as error:
        raise Damaged(sha256) from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Damaged(sha256)
    return content


def _place(sha256: str) -> Path:
    folder: Path = settings.RECORDS_DIR / FOLDER / sha256[:2]
    return folder / sha256
