"""The whole document, in pieces."""

from collections.abc import Generator, Iterator
from contextlib import closing
from datetime import date, datetime

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Max

from core.backup.manifest import app_version
from core.models import Trial
from enrollment.calc.schedule import planned_keys
from enrollment.models import TrialVersion, Visit
from oversight.models import Signature
from oversight.models.signature import Meaning
from reports.queries.odm.metadata import Event, metadata_oid, study, study_oid
from reports.queries.odm.parts import Part, location_oid, parts_of, signature_oid, user_oid
from reports.queries.odm.subjects import patients_in, subjects, writes_of
from reports.queries.odm.xml import element, opening, text
from reports.queries.tables import Scope, Table
from reports.queries.tables.codebook import codebook
from reports.queries.tables.column import as_time
from reports.queries.tables.rows import fetched

NAMESPACE = "http://www.cdisc.org/ns/odm/v1.3"


def odm_of(
    tables: list[Table],
    scope: Scope,
    *,
    at: datetime,
    number: int,
    using: BaseDatabaseWrapper | None = None,
) -> Generator[str, None, None]:
    """The document of those of the tables that hold what was captured.

    `number` is that of the trail up to which every entry is in it. All texts are read here, under
    the English translation; patients follow as they are taken.
    """
    parts = parts_of(tables)
    head = "".join(_head(parts, scope, at, number, using))
    return _whole(head, parts, scope, using)


def _whole(
    head: str, parts: list[Part], scope: Scope, using: BaseDatabaseWrapper | None
) -> Generator[str, None, None]:
    yield head
    with closing(subjects(parts, scope, using)) as people:
        yield from people
    yield "</ClinicalData></ODM>\n"


def _head(
    parts: list[Part],
    scope: Scope,
    at: datetime,
    number: int,
    using: BaseDatabaseWrapper | None,
) -> Iterator[str]:
    trial = scope.trial
    versions = list(TrialVersion.objects.filter(trial=trial).order_by("-number"))
    entries = list(codebook([part.table for part in parts], versions[0].definition))
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield opening(
        "ODM",
        xmlns=NAMESPACE,
        ODMVersion="1.3.2",
        FileType="Snapshot",
        FileOID=f"{trial.slug}.{number}",
        CreationDateTime=as_time(at),
        SourceSystem="trialsite",
        SourceSystemVersion=app_version(),
    )
    yield from study(trial, parts, _events(scope, versions, using), entries)
    yield opening("AdminData", StudyOID=study_oid(trial))
    yield from _people(parts, scope, using)
    yield from _locations(trial, min(version.loaded_at for version in versions).date())
    yield from _meanings()
    yield "</AdminData>"
    yield opening("ClinicalData", StudyOID=study_oid(trial), MetaDataVersionOID=metadata_oid())


def _events(
    scope: Scope, versions: list[TrialVersion], using: BaseDatabaseWrapper | None
) -> list[Event]:
    """Visits of any version of the plan, then those that only a patient has."""
    planned = {key for version in versions for key in planned_keys(version.definition)}
    seen = Visit.objects.filter(patient__in=patients_in(scope).order_by()).order_by()
    labels = dict(fetched(seen.values_list("key").annotate(Max("label_en")), using))
    keys = [*sorted(planned), *sorted(labels.keys() - planned)]
    return [Event(key, labels.get(key) or key, key in planned) for key in keys]


def _people(parts: list[Part], scope: Scope, using: BaseDatabaseWrapper | None) -> Iterator[str]:
    """Whoever stands in an audit record or a signature of the patients, and nobody else: who broke
    a code or read an arm must not show."""
    patients = patients_in(scope).order_by().values("pk")
    writers = writes_of(parts).filter(patient_id__in=patients, actor_id__isnull=False)
    signers = Signature.objects.filter(patient_id__in=patients).order_by()
    names: dict[int | None, str] = {None: "system"}
    names |= dict(fetched(writers.values_list("actor_id").annotate(Max("actor_name")), using))
    names |= dict(fetched(signers.values_list("signer_id").annotate(Max("printed_name")), using))
    for pk, full_name in names.items():
        yield element("User", element("FullName", text(full_name)), OID=user_oid(pk))


def _locations(trial: Trial, effective: date) -> Iterator[str]:
    reference = element(
        "MetaDataVersionRef",
        StudyOID=study_oid(trial),
        MetaDataVersionOID=metadata_oid(),
        EffectiveDate=effective.isoformat(),
    )
    # All sites: a patient may have been signed for at another one.
    for code, name in trial.sites.order_by("code").values_list("code", "name_en"):
        yield element("Location", reference, OID=location_oid(code), Name=name, LocationType="Site")


def _meanings() -> Iterator[str]:
    for meaning in Meaning:
        yield element(
            "SignatureDef",
            element("Meaning", text(meaning.label)),
            element(
                "LegalReason",
                text("Electronic signature, by 21 CFR 11 as binding as one by hand."),
            ),
            OID=signature_oid(meaning.value),
            Methodology="Electronic",
        )
