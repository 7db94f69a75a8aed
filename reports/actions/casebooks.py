"""Casebooks: asked for by a person, made by a worker, fetched by that person until they expire."""

import hashlib
import logging
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation

from core import audit
from core.actions.background import NOT_STARTED, hand_over
from core.lazy import load
from core.models import Site, User
from enrollment.models import Patient
from reports.models import CasebookExport, CasebookFile
from reports.models.casebook import KEPT_FOR
from reports.queries.casebook.bundle import (
    FORMAT,
    MANIFEST,
    archive,
    as_json,
    file_list,
    patient_bundle,
)
from reports.queries.casebook.collect import collect
from reports.queries.tables.snapshot import one_state

logger = logging.getLogger(__name__)

TASK = "reports.tasks.make_casebook"
State, Note = CasebookExport.State, CasebookExport.Note


class Superseded(Exception):
    """Another worker took the export up: this one stops."""


def request_casebook(site: Site, *, by: User, patient: Patient | None = None) -> CasebookExport:
    """Notes the wish and starts the work on commit; the caller has checked the permission.

    Asked again while it is being made, it is the same one: each is a process of its own.
    """
    now = timezone.now()
    remove_expired(now)
    with audit.writing(by=by):
        Site.objects.select_for_update().get(pk=site.pk)
        same = CasebookExport.objects.filter(site=site, patient=patient, requested_by=by)
        for known in same.filter(state__in=CasebookExport.ACTIVE):
            if not known.is_dead(now):
                return known
        export = CasebookExport.objects.create(
            site=site,
            patient=patient,
            requested_by=by,
            requested_at=now,
            language=translation.get_language() or "en",
            total=1 if patient else max(Patient.objects.filter(site=site).count(), 1),
            heartbeat_at=now,
            expires_at=now + KEPT_FOR,
        )
        audit.record("casebook", by=by, target=patient or site, export=export.pk)
        transaction.on_commit(partial(start, export))
    return export


def remove_expired(now: datetime) -> None:
    CasebookExport.objects.expired(now).delete()


def start(export: CasebookExport) -> None:
    """Hands the work to a worker or, without a broker, to a process beside the web server."""
    try:
        hand_over(export.pk, task=TASK, command=("make_casebook",))
    except NOT_STARTED:
        logger.exception("casebook %s could not be started", export.pk)
        _end(export, Note.NO_BROKER if settings.REDIS_URL else Note.NO_PROCESS)


def complete(export_id: int) -> None:
    """Makes the files. Safe to run twice: what was made is kept, what was begun is made anew."""
    export = _take_up(export_id)
    if export is None:
        return
    try:
        with translation.override(export.language):
            files = _of_patient(export) if export.patient else _of_site(export)
        _store(export, files)
    except Superseded:
        return
    except Exception:
        _end(export, Note.ERROR)
        raise


def _take_up(export_id: int) -> CasebookExport | None:
    with transaction.atomic():
        rows = CasebookExport.objects.select_for_update(of=("self",))
        export = rows.filter(pk=export_id).first()
        if export is None or not export.is_active:
            return None
        export.attempt += 1
        export.state, export.done, export.heartbeat_at = State.RUNNING, 0, timezone.now()
        export.save(update_fields=["attempt", "state", "done", "heartbeat_at"])
    related = CasebookExport.objects.select_related("site__trial", "requested_by")
    return related.get(pk=export_id)


def _mine(export: CasebookExport) -> Any:
    return CasebookExport.objects.filter(pk=export.pk, attempt=export.attempt, state=State.RUNNING)


def _of_patient(export: CasebookExport) -> dict[str, bytes]:
    return _files_of(_patients(export).get(pk=export.patient_id), export)


def _patients(export: CasebookExport) -> Any:
    found = Patient.objects.filter(site=export.site).select_related("trial", "site", "version")
    return found.order_by("screening_number")


def _files_of(patient: Patient, export: CasebookExport) -> dict[str, bytes]:
    """The bundle, and the PDF that prints the bundle's hash; both of one state."""
    at = export.requested_at
    with one_state():
        bundle = patient_bundle(patient, at=at)
        book = collect(patient, at=at)
    pdf = load("reports.pdf.casebook").render(
        book,
        printed_by=str(export.requested_by),
        language=export.language,
        bundle_sha256=hashlib.sha256(bundle).hexdigest(),
    )
    name = f"casebook-{patient.trial.slug}-{patient}"
    return {f"{name}.pdf": pdf, f"{name}.zip": bundle}


def _of_site(export: CasebookExport) -> dict[str, bytes]:
    """One archive of every patient's two files, with a list of their hashes."""
    files: dict[str, bytes] = {}
    for number, patient in enumerate(_patients(export), start=1):
        files |= _files_of(patient, export)
        if not _mine(export).update(done=number, heartbeat_at=timezone.now()):
            raise Superseded
    site = export.site
    files[MANIFEST] = as_json(
        {
            "format": f"{FORMAT} of a site",
            "made_at": export.requested_at.astimezone(ZoneInfo("UTC")).isoformat(),
            "trial": site.trial.slug,
            "site": site.code,
            "patients": sum(name.endswith(".pdf") for name in files),
            "files": file_list(files),
        }
    )
    whole = archive(files, at=export.requested_at)
    return {f"casebooks-{site.trial.slug}-{site.code}.zip": whole}


def _store(export: CasebookExport, files: dict[str, bytes]) -> None:
    with audit.writing(by=export.requested_by):
        reached = _mine(export).update(
            state=State.DONE, done=export.total, heartbeat_at=timezone.now()
        )
        if not reached:
            raise Superseded
        for name, content in files.items():
            CasebookFile.objects.create(
                export=export,
                name=name,
                content_type="application/pdf" if name.endswith(".pdf") else "application/zip",
                sha256=hashlib.sha256(content).hexdigest(),
                size=len(content),
                content=content,
            )


def _end(export: CasebookExport, note: CasebookExport.Note) -> None:
    CasebookExport.objects.filter(
        pk=export.pk, attempt=export.attempt, state__in=CasebookExport.ACTIVE
    ).update(state=State.FAILED, note=note)


def fetch(export: CasebookExport, file: CasebookFile, *, by: User) -> bytes:
    """The file's bytes, after the download was noted."""
    audit.record(
        "casebook download",
        by=by,
        target=export.patient or export.site,
        export=export.pk,
        file=file.name.rsplit(".", 1)[-1],
        sha256=file.sha256,
    )
    return bytes(file.content)
