"""Keeping the tables of a data cut, which the night does once its snapshot is stored."""

import gzip
import hashlib
import logging
from collections.abc import Iterable

from django.utils import timezone

from core import audit
from core.audit.numbers import complete_up_to
from outcomes.models import Snapshot
from reports.models import Cut, CutFile
from reports.queries.tables import Cell, tables_seen_in
from reports.queries.tables.rows import StoredRows
from reports.queries.tables.schema import schema_version
from reports.queries.tables.scope import all_rows_of
from reports.queries.tables.snapshot import one_state
from reports.queries.tables.text import csv_chunks

logger = logging.getLogger(__name__)


def keep_cut(snapshot: Snapshot) -> None:
    """Keeps the cut's files. A failure costs only them: the next run tries again."""
    try:
        store_cut(snapshot)
    except Exception:
        logger.exception("the files of cut %s were not stored", snapshot.pk)


def store_cut(snapshot: Snapshot) -> Cut:
    """Safe to run twice: what is there stays."""
    known = Cut.objects.filter(snapshot=snapshot).first()
    if known is not None:
        return known
    read_at = timezone.now()
    last = complete_up_to()
    with one_state():
        files = [
            _file(table.name, StoredRows(table.columns, all_rows_of(table, snapshot.trial)), header)
            for table in tables_seen_in(snapshot.trial)
            if table.model is not None and (header := table.column_names)
        ]
    with audit.writing(by=None):
        # Two workers at once: the second waits here, and finds the first one's.
        Snapshot.objects.select_for_update().get(pk=snapshot.pk)
        cut, is_new = Cut.objects.get_or_create(
            snapshot=snapshot,
            defaults={
                "read_at": read_at,
                "last_audit_id": last,
                "schema_version": schema_version(),
            },
        )
        if is_new:
            for file in files:
                file.cut = cut
            CutFile.objects.bulk_create(files)
            hashes = {file.name: file.sha256 for file in files}
            audit.record("data cut", by=None, target=snapshot, tables=hashes)
    return cut


def _file(name: str, rows: Iterable[list[Cell]], header: list[str]) -> CutFile:
    digest, count = hashlib.sha256(), 0

    def counted() -> Iterable[list[Cell]]:
        nonlocal count
        for row in rows:
            count += 1
            yield row

    pieces = []
    for chunk in csv_chunks(header, counted()):
        data = chunk.encode()
        digest.update(data)
        pieces.append(data)
    # Without a time, so that the same rows are the same bytes.
    packed = gzip.compress(b"".join(pieces), compresslevel=6, mtime=0)
    return CutFile(name=name, rows=count, sha256=digest.hexdigest(), content=packed)
