"""One archive of tables: data, codebook, manifest, README and loaders for R and Python."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.backup.manifest import app_version
from reports.formats.contents import XPT_TEXT_BYTES, Contents
from reports.formats.formats import FILES_OF, Format, write
from reports.queries.casebook.bundle import archive, as_json, file_list
from reports.queries.tables.codebook import HEADER, Entry, as_cells
from reports.queries.tables.schema import schema_version
from reports.queries.tables.text import csv_chunks

FORMAT = "trialsite export 1"
LOADERS = Path(__file__).with_name("loaders")

ODM_FILE = "odm.xml"
README = """Tables of a trial, for a statistician.

manifest.json    of what trial, cut and scope this is; of each table rows, columns, patients and
                 SHA-256; manifest.csv says the same of the files for programs without JSON
tables/          one file for each table
codebook.csv     what each column means: type, unit, codes, missing codes, limits, first release
odm.xml          in the place of tables/ where ODM-XML 1.3.2 was chosen: metadata and data, each
                 row with the entry of the audit trail that made it, each item with that of its
                 last change, each form with the signature that holds
load_tables.py   reads CSV tables into pandas with types, after checking the manifest
load_tables.R    the same for R

Keys stand first: trial, site, patient, visit, visit_sequence, row. <column>_missing holds the code
for why there is no value: ND, UNK, NA. Codes are in the data, their labels in the codebook. Partial
dates are as they were entered. Times are in UTC.

In SAS transport files names are those of eight characters that the codebook gives under sas_name,
and texts end after 200 bytes: the manifest says which (shortened). SPSS, Stata and SAS have no time
zone: times are in UTC all the same. Files that end with .spreadsheet.csv are for looking at: an
apostrophe stands before texts that a spreadsheet would calculate. Do not analyze them.
"""


@dataclass(frozen=True)
class About:
    """What the manifest says of the whole. `cut` is empty where the tables are those of `at`."""

    trial: str
    scope: str
    """`open`, `blinded` or `unblinded`."""
    sites: list[str]
    at: datetime
    cut: dict[str, Any]
    left_out: dict[str, str]
    """Tables that were asked for, and why each is not here."""


def bundle(
    tables: list[Contents],
    entries: list[Entry],
    form: Format,
    about: About,
    *,
    watch: Callable[[int], None],
    whole: bytes = b"",
) -> bytes:
    """The archive. Same tables, form and `about`: same bytes. `watch` is told how many tables are
    written. `whole` is the one file of a format that holds all tables in one."""
    files: dict[str, bytes] = {}
    lines = []
    for done, table in enumerate(tables, start=1):
        name = f"tables/{table.name}{FILES_OF[form]}" if not whole else ODM_FILE
        files[name] = whole or write(table, form, at=about.at)
        lines.append(_line(table, name, files[name], form))
        watch(done)
    files["codebook.csv"] = "".join(csv_chunks(HEADER, map(as_cells, entries))).encode()
    files["README.txt"] = README.encode()
    for loader in ("load_tables.py", "load_tables.R") if form is Format.CSV else ():
        files[loader] = (LOADERS / loader).read_bytes()
    files["manifest.csv"] = _manifest_csv(lines, files)
    files["manifest.json"] = _manifest(about, form, lines, files)
    return archive(files, at=about.at)


def _line(table: Contents, file: str, content: bytes, form: Format) -> dict[str, Any]:
    line: dict[str, Any] = {
        "name": table.name,
        "file": file,
        "rows": table.row_count,
        "columns": len(table.variables),
        "sha256": _sha256(content),
        # Of the CSV that every format is made of.
        "csv_sha256": _sha256(table.text.encode()),
        "patients": table.patients,
    }
    if form is Format.XPT:
        line["shortened"] = table.longer_than(XPT_TEXT_BYTES)
    return line


def _manifest_csv(lines: list[dict[str, Any]], files: dict[str, bytes]) -> bytes:
    header = ["table", "file", "rows", "columns", "patients", "sha256"]
    rows = [
        [
            line["name"],
            line["file"],
            line["rows"],
            line["columns"],
            len(line["patients"]),
            line["sha256"],
        ]
        for line in lines
    ]
    codebook = [None, "codebook.csv", None, None, None, _sha256(files["codebook.csv"])]
    return "".join(csv_chunks(header, [*rows, codebook])).encode()


def _manifest(
    about: About, form: Format, lines: list[dict[str, Any]], files: dict[str, bytes]
) -> bytes:
    values = {
        "format": FORMAT,
        "app_version": app_version(),
        "schema_version": schema_version(),
        "trial": about.trial,
        "scope": about.scope,
        "sites": about.sites,
        "made_of": about.at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "cut": about.cut or None,
        "file_format": form.value,
        "tables": lines,
        "left_out": [{"name": name, "why": why} for name, why in about.left_out.items()],
        "files": file_list(files),
    }
    return as_json(values)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
