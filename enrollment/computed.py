"""Values that follow from a form's answers and are never typed: scores, indices, corrections.

Each is declared once, with the function that computes it, by the app that knows the formula, and
registered for a form of a visit. The entry page, the printed form, the casebook, the CSV column
and the codebook are derived from the declaration. Nothing of it is stored: a value is computed
from the answers each time it is shown.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, cached_property
from typing import Any, cast

from django.db.models import OuterRef, Subquery
from django.db.models.expressions import Combinable
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core.fields import captured_fields
from enrollment.calc.definition.scores import Scores
from enrollment.models import FormRecord, TrialVersion, VisitForm

Text = str | Promise
Value = Decimal | int | str | None


class Lacking(Exception):
    """There is no value; the message is the sentence that a person reads in its place."""


class Missing(Exception):
    """Raised by a function that needs an optional input after all; it carries the name."""


@dataclass(frozen=True, eq=False)
class Around:
    """An input beside the form: of the patient, of the visit or of another form.

    `find` makes its path or subquery for rows whose way to the visit is the given prefix: empty
    for visits themselves, `visit__` for forms.
    """

    name: str
    label: Text
    find: Callable[[str], str | Combinable]


@cache
def source_of(item: Around, way: str) -> str | Combinable:
    """The same object each time, so that a query reads what several values need only once."""
    return item.find(way)


def beside(name: str, label: Text, model: type[VisitForm], field: str) -> Around:
    """A field of another form of the same visit."""

    def find(way: str) -> Subquery:
        of_visit = model._default_manager.filter(visit=OuterRef(f"{way}pk"))
        return Subquery(of_visit.values(field)[:1])

    return Around(name, label, find)


def latest(name: str, label: Text, model: type[VisitForm], field: str) -> Around:
    """A number of another form, of this visit or else of the last one before that has it."""

    def find(way: str) -> Subquery:
        known = model._default_manager.filter(
            patient=OuterRef(f"{way}patient_id"),
            visit__actual_date__lte=OuterRef(f"{way}actual_date"),
            **{f"{field}__isnull": False},
        )
        newest = known.order_by("-visit__actual_date", "-visit__position")
        return Subquery(newest.values(field)[:1])

    return Around(name, label, find)


# The settings of the version of the definition that the patient is pinned to.
SETTINGS = Around("settings", "", lambda way: f"{way}patient__version__sha256")


def _always(_settings: Scores) -> bool:
    return True


@dataclass(frozen=True, eq=False)
class Computed:
    """`compute` takes the inputs by name. It may raise Lacking, or ValueError for values from
    which nothing follows."""

    name: str
    """Of the exported column."""
    label: Text
    rule: Text
    """The formula by name, with version and source."""
    inputs: tuple[str | Around, ...]
    """Fields of the form by their names, and what lies around it."""
    compute: Callable[..., Any]
    unit: str = ""
    places: int | None = None
    """Decimal places of a number; None for codes and whole numbers."""
    choices: tuple[tuple[str, Text], ...] = ()
    optional: frozenset[str] = frozenset()
    """Inputs that may be empty; without any other there is no value."""
    entered: str = ""
    """The field of the form in which a person states the same; the two are compared."""
    applies: Callable[[Scores], bool] = _always
    """Whether the value means anything in a trial with these settings."""

    @cached_property
    def own(self) -> tuple[str, ...]:
        return tuple(item for item in self.inputs if isinstance(item, str))

    @cached_property
    def around(self) -> tuple[Around, ...]:
        given = tuple(item for item in self.inputs if isinstance(item, Around))
        return given if self.applies is _always else (SETTINGS, *given)

    @cached_property
    def input_names(self) -> tuple[str, ...]:
        return tuple(item if isinstance(item, str) else item.name for item in self.inputs)

    def is_shown(self, values: Mapping[str, Any]) -> bool:
        return self.applies is _always or self.applies(settings_of(values[SETTINGS.name]))

    def of(self, values: Mapping[str, Any], labels: Mapping[str, Text]) -> Value:
        """From the inputs by name, `SETTINGS` among them, and their labels.

        Raises:
            Lacking: an input is missing, or nothing follows from what is there.
        """
        given = {name: values.get(name) for name in self.input_names}
        if SETTINGS.name in given:
            given[SETTINGS.name] = settings_of(values[SETTINGS.name])
        missing = [
            name
            for name, value in given.items()
            if value in (None, "") and name not in self.optional
        ]
        try:
            if missing:
                raise Missing(*missing)
            return self._rounded(self.compute(**given))
        except Missing as needed:
            names = ", ".join(str(labels[name]) for name in needed.args)
            raise Lacking(_("Missing: %(names)s.") % {"names": names}) from None
        except ValueError:
            raise Lacking(_("Nothing follows from these values.")) from None

    def _rounded(self, value: Any) -> Value:
        if self.places is None:
            return cast(Value, value)
        exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        return exact.quantize(Decimal(1).scaleb(-self.places), ROUND_HALF_UP)


_settings: dict[str, Scores] = {}


def settings_of(sha256: str) -> Scores:
    """Of a definition by the hash of its file, which stands for one content for good."""
    if sha256 not in _settings:
        version = TrialVersion.objects.filter(sha256=sha256)[0]
        _settings[sha256] = version.definition.scores
    return _settings[sha256]


_computed: dict[str, dict[str, Computed]] = {}


def register_computed(slug: str, model: type[FormRecord], *values: Computed) -> None:
    """
    Raises:
        ValueError: a name is a field's, or an input is no field of the form.
    """
    fields = {field.name for field in captured_fields(model)}
    for value in values:
        around = {item.name for item in value.around}
        named = {*value.own, *filter(None, [value.entered])}
        if value.name in fields or around & fields or not named <= fields:
            raise ValueError(f"{slug}: {value.name} does not fit the form's fields")
        _computed.setdefault(slug, {})[value.name] = value


def renew_computed(slug: str, model: type[FormRecord], *values: Computed) -> None:
    """The same for a form whose declaration may have changed."""
    _computed.pop(slug, None)
    register_computed(slug, model, *values)


def computed_of(slug: str) -> list[Computed]:
    """The computed values of a form in the order of their registration."""
    return list(_computed.get(slug, {}).values())


def differs(found: Value, entered: Any) -> bool:
    """Whether a person stated something else than what follows."""
    return entered not in (None, "") and str(entered) != str(found)


def around_all(values: Iterable[Computed]) -> list[Around]:
    """What lies around the form and any of the values needs, each once."""
    return list(dict.fromkeys(item for value in values for item in value.around))


@cache
def labels_of(value: Computed, model: type[FormRecord]) -> dict[str, Text]:
    """Input to the words for it."""
    labels: dict[str, Text] = {item.name: item.label for item in value.around}
    for name in value.own:
        labels[name] = model._meta.get_field(name).verbose_name  # type: ignore[union-attr]
    return labels
