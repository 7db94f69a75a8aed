"""The casebook as a PDF: title page, consent, forms by visit, logs, audit trail."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from core.pdf import Cell, Document, Frame, moment
from reports.queries.casebook import Casebook, Entry, Filled, Stop

_MOST_COLUMNS = 8
"""More columns than this are printed as one line a row: nothing is legible else."""


def render(book: Casebook, *, printed_by: str, language: str, bundle_sha256: str) -> bytes:
    """The same casebook, reader and hash make the same bytes."""
    return _Printer(book, printed_by, language).render(bundle_sha256)


class _Printer:
    def __init__(self, book: Casebook, printed_by: str, language: str) -> None:
        self.book, self.zone = book, ZoneInfo(book.zone)
        self.document = Document(
            Frame(
                trial=book.patient.trial.short_title,
                title=_("Casebook"),
                printed_at=book.at.astimezone(self.zone),
                printed_by=printed_by,
                patient=str(book.patient),
                version=_("Definition version %(number)s, SHA-256 %(sha256)s")
                % {
                    "number": book.patient.version.number,
                    "sha256": book.patient.version.sha256[:16],
                },
                mark=_("BLINDED") if book.is_blinded else "",
                language=language,
            )
        )

    def render(self, bundle_sha256: str) -> bytes:
        self._title_page(bundle_sha256)
        self._way_in()
        for stop in self.book.stops:
            self._visit(stop)
        self._group(_("Forms of the patient"), self.book.once)
        self._group(_("Logs"), self.book.logs)
        self._trail()
        return self.document.render()

    # --- Title page and the way in -------------------------------------------------------------

    def _title_page(self, bundle_sha256: str) -> None:
        book, patient = self.book, self.book.patient
        document = self.document
        document.title(_("Casebook of patient %(patient)s") % {"patient": patient})
        document.paragraph(patient.trial.title, is_muted=True)
        document.facts(
            [
                (_("Trial"), patient.trial.slug),
                (_("Site"), f"{patient.site.code} {patient.site.name}"),
                (_("Patient number"), patient.number or ""),
                (_("Screening number"), patient.screening_number),
                (_("Sex"), str(patient.get_sex_display())),
                (_("Date of birth"), str(patient.born_on)),
                (_("Screened"), str(patient.screened_on)),
                (_("Enrolled"), str(patient.enrolled_on or "")),
                (_("Made"), self._when(book.at)),
                (_("Zone of all times"), book.zone),
            ]
        )
        forms = book.forms
        signatures = [line for form in forms for line in form.signatures]
        document.facts(
            [
                (_("Filled forms"), str(len(forms))),
                (_("Signatures that hold"), str(sum(not s.is_broken for s in signatures))),
                (_("Signatures that broke"), str(sum(s.is_broken for s in signatures))),
                (_("Queries"), str(sum(len(form.queries) for form in forms))),
                (_("Audit entries"), str(len(book.trail))),
            ]
        )
        document.heading(_("Machine-readable bundle"), level=3)
        document.paragraph(
            _("The bundle made together with this document has this SHA-256:"), is_muted=True
        )
        document.paragraph(bundle_sha256)
        if book.is_blinded:
            document.note(
                _("The trial is blinded: nothing in this casebook tells the treatment arm.")
            )
        document.page_break()

    def _way_in(self) -> None:
        document = self.document
        document.heading(_("Consent"))
        document.table(
            [_("Version"), _("Signed"), _("Recorded"), _("By")],
            [
                [
                    item.version,
                    str(item.signed_on),
                    self._when(item.recorded_at),
                    str(item.recorded_by),
                ]
                for item in self.book.consents
            ],
            empty=_("No consent is recorded."),
        )
        document.heading(_("Screening criteria"))
        document.table(
            [_("Criterion"), _("Text"), _("Answer")],
            [
                [answer.criterion, text, str(answer.get_answer_display())]
                for answer, text in self.book.criteria
            ],
            widths=[1, 7, 1],
            empty=_("No criterion is answered."),
        )

    # --- Forms -----------------------------------------------------------------------------------

    def _visit(self, stop: Stop) -> None:
        visit = stop.visit
        words = f"{visit.label} · {visit.actual_date or visit.target_date}"
        self.document.heading(words)
        facts = [
            (_("Planned"), f"{visit.target_date} ({visit.window_opens} – {visit.window_closes})"),
            (_("Outcome"), f"{visit.get_outcome_display()} {visit.actual_date or ''}".strip()),
        ]
        if visit.deviation_reason:
            facts.append((_("Reason"), visit.deviation_reason))
        self.document.facts(facts)
        for form in stop.forms:
            self._form(form)
        if not stop.forms and visit.actual_date:
            self.document.paragraph(_("No form of this visit was begun."), is_muted=True)

    def _group(self, title: str, forms: Iterable[Filled]) -> None:
        known = list(forms)
        if known:
            self.document.heading(title)
        for form in known:
            self._form(form)

    def _form(self, form: Filled) -> None:
        document, record = self.document, form.record
        document.heading(form.title, level=3)
        done = [
            (_("State"), str(record.get_state_display())),
            (_("Created"), f"{self._when(record.created_at)}, {record.created_by}"),
            (_("Last saved"), f"{self._when(record.updated_at)}, {record.updated_by}"),
        ]
        if record.completed_at is not None:
            completed = f"{self._when(record.completed_at)}, {record.completed_by}"
            done.append((_("Completed"), completed))
        document.facts(done)
        for section in form.sections:
            if section.title:
                document.paragraph(section.title, is_muted=True)
            document.table(
                [_("Field"), _("Value")],
                [
                    [line.label, line.shown if line.value else Cell(line.missing, "muted")]
                    for line in section.lines
                ],
                widths=[3, 4],
            )
        if form.grid is not None:
            self._grid(form)
        self._signatures(form)
        self._queries(form)

    def _grid(self, form: Filled) -> None:
        grid = form.grid
        if grid is None:
            return
        self.document.paragraph(grid.title, is_muted=True)
        if len(grid.head) <= _MOST_COLUMNS:
            self.document.table(grid.head, grid.rows)
            return
        self.document.table(
            [grid.head[0], _("Values")],
            [[row[0], _pairs(grid.head[1:], row[1:])] for row in grid.rows],
            widths=[1, 12],
        )

    def _signatures(self, form: Filled) -> None:
        if not form.signatures:
            return
        self.document.table(
            [_("Signature"), _("Meaning"), _("Signed"), _("Valid")],
            [
                [
                    f"{line.signature.printed_name}, {line.signature.role}",
                    str(line.signature.get_meaning_display()),
                    self._when(line.signature.signed_at),
                    self._validity(line),
                ]
                for line in form.signatures
            ],
            widths=[3, 3, 3, 5],
        )

    def _validity(self, line: object) -> Cell:
        if not line.is_broken:  # type: ignore[attr-defined]
            return Cell(_("holds"), "strong")
        said = [_("broken")]
        if line.broken_at is not None:  # type: ignore[attr-defined]
            said.append(self._when(line.broken_at))  # type: ignore[attr-defined]
        said += [line.broken_by, line.reason]  # type: ignore[attr-defined]
        return Cell(", ".join(filter(None, said)), "alert")

    def _queries(self, form: Filled) -> None:
        rows = list(self._talk(form))
        if rows:
            self.document.table(
                [_("Query"), _("About"), _("When"), _("Who"), _("Text")],
                rows,
                widths=[2, 3, 3, 3, 7],
            )

    def _talk(self, form: Filled) -> Iterator[list[str | Cell]]:
        for query in form.queries:
            name = _("Query %(number)s") % {"number": query.pk}
            about = _place(form.labels.get(query.field, query.field), query.row_number)
            asked_by = str(query.raised_by or _("check %(code)s") % {"code": query.check_code})
            state = str(query.get_state_display())
            first: list[str | Cell] = [Cell(f"{name} · {state}", "strong"), about]
            yield [*first, self._when(query.raised_at), asked_by, query.question]
            for message in query.messages.all():
                said = " · ".join(filter(None, [str(message.get_event_display()), message.text]))
                yield ["", "", self._when(message.at), str(message.by or _("the system")), said]
        for comment in form.comments:
            about = _place(form.labels.get(comment.field, comment.field), comment.row_number)
            yield [_("Comment"), about, self._when(comment.at), str(comment.by), comment.text]

    # --- The trail ------------------------------------------------------------------------------

    def _trail(self) -> None:
        self.document.page_break()
        self.document.heading(_("Audit trail"))
        self.document.paragraph(
            _("Every change of the patient's data, oldest first, as the database recorded it."),
            is_muted=True,
        )
        self.document.table(
            [_("No."), _("When"), _("Who"), _("What"), _("Why")],
            [self._entry(entry) for entry in self.book.trail],
            widths=[1.2, 3, 2.6, 9, 2.6],
            empty=_("The trail has no entry of this patient."),
        )

    def _entry(self, entry: Entry) -> list[str]:
        who = ", ".join(filter(None, [entry.who or entry.source, entry.role]))
        what = f"{entry.table_label} {entry.row}: {entry.action_label}"
        changed = [
            f"{label}: {old} → {new or '–'}" if old else f"{label}: {new or '–'}"
            for _field, label, old, new in entry.changes
        ]
        told = "; ".join(filter(None, [*changed, entry.details]))
        at = f"{entry.at.astimezone(self.zone):%Y-%m-%d %H:%M:%S}"
        return [str(entry.id), at, who, f"{what}\n{told}" if told else what, entry.reason]

    def _when(self, at: datetime) -> str:
        return moment(at.astimezone(self.zone))


def _pairs(head: Iterable[str], values: Iterable[str]) -> str:
    known = zip(head, values, strict=True)
    return "; ".join(f"{label}: {value}" for label, value in known if value)


def _place(label: str, row_number: int | None) -> str:
    if row_number is None:
        return label
    return _("%(field)s, row %(number)s") % {"field": label, "number": row_number}
