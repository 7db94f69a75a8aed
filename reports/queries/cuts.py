"""A table as it was at a data cut: the same bytes whenever it is asked for."""

import csv
import gzip
import io
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from core.audit.reading import REDACTED
from core.models import AuditRedaction, Trial
from outcomes.models import Snapshot, SnapshotTable
from reports.models import Cut, CutFile
from reports.queries.tables import Kind, Scope, Table
from reports.queries.tables.oversight import as_json
from reports.queries.tables.text import csv_chunks

CHUNK_BYTES = 1 << 16


@dataclass(frozen=True)
class CutTable:
    """`sha256` is that of the stored file; empty where the person gets a part of it."""

    snapshot: Snapshot
    columns: list[str]
    row_count: int
    sha256: str
    chunks: Iterator[str]


def cuts_of(trial: Trial, *, limit: int) -> list[Snapshot]:
    """Those whose files are kept, the one to show first at the front."""
    kept = Snapshot.objects.of(trial).filter(cut__isnull=False)
    return list(kept.select_related("cut")[:limit])


def find_cut(trial: Trial, number: int) -> Snapshot | None:
    return Snapshot.objects.filter(trial=trial, pk=number, cut__isnull=False).first()


def table_of_cut(table: Table, cut: Snapshot, scope: Scope) -> CutTable | None:
    """The table of the cut as far as the scope allows; None where that cut had no such table.

    Whoever may export all sites, and narrows nothing, gets the stored bytes. The columns are those
    of then, without any that tells an arm which is a secret now; what was redacted in the trail
    since then is redacted here too. The caller has asked
    `Scope.covers`.
    """
    found = _stored(table, cut)
    if found is None:
        return None
    rows, sha256, text = found
    header = next(csv.reader(text))
    hidden = {item.name for item in table.columns if item.captured.reveals}
    hidden -= set(scope.seen(table).column_names)
    text.seek(0)
    redacted = _redacted_since(cut) if table.name == "audit" else {}
    is_whole = not scope.is_narrowed and scope.covers_all_sites and not redacted
    if is_whole and not hidden.intersection(header):
        return CutTable(cut, header, rows, sha256, iter(lambda: text.read(CHUNK_BYTES), ""))
    kept = [name for name in header if name not in hidden]
    count = sum(1 for _line in _lines(text, table, scope))
    text.seek(0)
    found_lines = (_without(line, redacted) for line in _lines(text, table, scope))
    lines = ([line[name] for name in kept] for line in found_lines)
    return CutTable(cut, kept, count, "", csv_chunks(kept, lines))


def _redacted_since(cut: Snapshot) -> dict[str, list[str]]:
    """Numbers of entries to the fields that two persons took out after the cut."""
    read_at = Cut.objects.get(snapshot=cut).read_at
    later = AuditRedaction.objects.filter(trial=cut.trial, confirmed_at__gte=read_at)
    found: dict[str, list[str]] = defaultdict(list)
    for entry, field in later.values_list("entry_id", "field"):
        found[str(entry)].append(field)
    return found


def _without(line: dict[str, str], redacted: dict[str, list[str]]) -> dict[str, str]:
    fields = redacted.get(line.get("entry", ""), [])
    if not fields:
        return line
    changes = json.loads(line["changes"])
    changes |= {name: [REDACTED, REDACTED] for name in fields if name in changes}
    return line | {"changes": as_json(changes)}


def _stored(table: Table, cut: Snapshot) -> tuple[int, str, io.TextIOBase] | None:
    if table.kind is Kind.DERIVED:
        stored = SnapshotTable.objects.filter(snapshot=cut, name=table.name).first()
        if stored is None:
            return None
        return stored.rows, stored.sha256, io.StringIO(stored.content, newline="")
    file = CutFile.objects.filter(cut__snapshot=cut, name=table.name).first()
    if file is None:
        return None
    # Unpacked piece by piece: the file is some ten times what is stored of it.
    packed = gzip.GzipFile(fileobj=io.BytesIO(bytes(file.content)))
    return file.rows, file.sha256, io.TextIOWrapper(packed, "utf-8", newline="")


def _lines(text: io.TextIOBase, table: Table, scope: Scope) -> Iterator[dict[str, str]]:
    for line in csv.DictReader(text):
        if not table.has_patients or (
            line["site"] in scope.allowed_codes
            and (not scope.patients or line["patient"] in scope.patients)
            and (not scope.visits or line["visit"] in scope.visits)
        ):
            yield line
