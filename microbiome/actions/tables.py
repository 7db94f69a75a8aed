"""Feature tables: kept as they came, shown first, and imported whole or not at all."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import audit
from core.lazy import load
from core.models import Trial, User
from core.refusals import Refused
from microbiome.calc.barcodes import as_scanned
from microbiome.models import ImportedTable, Specimen, TableSample

WORDS: dict[str, str | Promise] = {
    "too-long": gettext_lazy(
        "The file has more than %(megabytes)s MB. Split it, or drop rare features."
    ),
    "packed": gettext_lazy(
        "Of packed files only the feature tables of QIIME 2 (.qza) are opened."
        " Send the table inside."
    ),
    "encoding": gettext_lazy("The file is no text in UTF-8."),
    "empty": gettext_lazy("There are no samples or no features in the file."),
    "not-a-table": gettext_lazy("Line %(line)s: this is no table with commas or tabs."),
    "width": gettext_lazy("Line %(line)s has %(found)s cells instead of %(wanted)s."),
    "not-a-number": gettext_lazy("Line %(line)s: there is a cell that is no number."),
    "negative": gettext_lazy("Line %(line)s: there is a negative number. Counts are needed."),
    "fraction": gettext_lazy(
        "Line %(line)s: there is a number that is not whole. Counts are needed."
    ),
    "several-labels": gettext_lazy("The file has several distance levels (%(labels)s). Send one."),
    "not-biom": gettext_lazy("This is no BIOM table, or a damaged one."),
    "bomb": gettext_lazy("The archive unpacks to far more than a table would. It is not opened."),
    "too-many": gettext_lazy("There are more than %(samples)s samples or %(features)s features."),
    "no-name": gettext_lazy("A sample or a feature has no name."),
    "long-name": gettext_lazy("A sample has a name of more than %(most)s letters."),
    "twice": gettext_lazy("%(name)s is there twice."),
}


@dataclass(frozen=True)
class Match:
    """What the samples of a table are. `surplus` are names that somebody mapped and that the table
    does not have."""

    tubes: dict[str, Specimen]
    unmatched: list[str]
    surplus: list[str]


def upload(
    trial: Trial, *, name: str, file_name: str, content: bytes, samples_are_rows: bool, by: User
) -> ImportedTable:
    """A preview: nothing can be computed of it before it is confirmed.

    Raises:
        Refused: the file cannot be read, or is imported already.
    """
    files = load("microbiome.files.feature_tables")
    try:
        table = files.read_feature_table(content, samples_are_rows=samples_are_rows)
    except files.BadTable as bad:
        raise Refused(str(WORDS[bad.code]) % bad.values) from None
    sha256 = hashlib.sha256(content).hexdigest()
    _check_new(trial, sha256)
    with audit.writing(by=by):
        return ImportedTable.objects.create(
            trial=trial,
            name=name,
            file_name=file_name[-120:],
            sha256=sha256,
            size=len(content),
            layout=table.layout,
            content=content,
            cells=table.packed,
            digest=table.digest,
            names=table.samples,
            features=table.features,
            taxa=table.taxa,
            uploaded_by=by,
        )


def match(table: ImportedTable, names: Mapping[str, str]) -> Match:
    """Each sample by its own name or the barcode that `names` has for it.

    Raises:
        Refused: two samples are the same tube.
    """
    barcodes = {name: as_scanned(names.get(name, name)) for name in table.names}
    found = Specimen.objects.filter(trial_id=table.trial_id, barcode__in=set(barcodes.values()))
    known = {tube.barcode: tube for tube in found.select_related("patient", "visit")}
    tubes = {name: known[code] for name, code in barcodes.items() if code in known}
    codes = [tube.barcode for tube in tubes.values()]
    if twice := sorted({code for code in codes if codes.count(code) > 1}):
        raise Refused(_("Two samples are the same tube: %(tube)s.") % {"tube": twice[0]})
    return Match(
        tubes,
        [name for name in table.names if name not in tubes],
        [name for name in names if name not in barcodes],
    )


def read_names(text: str) -> dict[str, str]:
    """Lines of a laboratory's name and a barcode, with a comma, tab or semicolon between.

    Raises:
        Refused: a line is something else, or a name is there twice.
    """
    names: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        parts = [part.strip() for part in re.split(r"[,;\t]", line)]
        if len(parts) != 2 or not all(parts):
            raise Refused(
                _("Write a name and a barcode in each line: %(line)s") % {"line": line[:60]}
            )
        if parts[0] in names:
            raise Refused(_("%(name)s is there twice.") % {"name": parts[0][:60]})
        names[parts[0]] = parts[1]
    return names


def confirm(table: ImportedTable, names: Mapping[str, str], *, by: User) -> ImportedTable:
    """
    Raises:
        Refused: a sample is no tube of the trial, or the file was imported already.
    """
    with audit.writing(by=by):
        # Whoever confirms another preview of the same file waits here.
        trial = Trial.objects.select_for_update().get(pk=table.trial_id)
        table = ImportedTable.objects.get(pk=table.pk)
        _check_new(trial, table.sha256)
        found = match(table, names)
        if found.unmatched:
            raise Refused(
                _("No tube for %(names)s. Nothing was imported.")
                % {"names": ", ".join(found.unmatched[:10])}
            )
        TableSample.objects.bulk_create(
            TableSample(table=table, name=name, specimen=tube) for name, tube in found.tubes.items()
        )
        table.confirmed_at, table.confirmed_by = timezone.now(), by
        table.save(update_fields=["confirmed_at", "confirmed_by"])
    return table


def _check_new(trial: Trial, sha256: str) -> None:
    imported = ImportedTable.objects.filter(trial=trial, confirmed_at__isnull=False)
    if imported.filter(sha256=sha256).exists():
        raise Refused(_("This file was imported already."))


def counts_of(table: ImportedTable) -> Any:
    """Samples × features, in the order of `names` and `features`."""
    shape = len(table.names), len(table.features)
    return load("microbiome.files.feature_tables").unpacked(bytes(table.cells), shape)
