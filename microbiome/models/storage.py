"""Where tubes are kept: laboratories, and boxes in their freezers."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import Site, Trial, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

MOST_ROWS = MOST_COLUMNS = 20


class LaboratoryQuerySet(models.QuerySet["Laboratory"]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Those of the person's sites, and the central ones of the person's trials."""
        sites = Site.objects.visible_to(user)
        trials = Trial.objects.visible_to(user)
        return self.filter(Q(site__in=sites) | Q(site__isnull=True, trial__in=trials))


class Laboratory(models.Model):
    """Holds tubes: of one site, or (site empty) a central one that all sites send to."""

    trial = models.ForeignKey(Trial, models.PROTECT, related_name="laboratories")
    site = models.ForeignKey(
        Site, models.PROTECT, related_name="laboratories", null=True, blank=True
    )
    name = models.CharField(_("name"), max_length=80)

    objects = LaboratoryQuerySet.as_manager()

    class Meta:
        ordering = ["trial", "site__code", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["trial", "name"],
                name="laboratory_name_once",
                violation_error_message=_("This trial has a laboratory of this name already."),
            )
        ]
        verbose_name = _("laboratory")
        verbose_name_plural = _("laboratories")

    def __str__(self) -> str:
        return self.name


class BoxQuerySet(models.QuerySet["Box"]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        return self.filter(laboratory__in=Laboratory.objects.visible_to(user))


class Box(models.Model):
    """A box with numbered cells; a cell is named by the letter of its row and its column: B7."""

    laboratory = models.ForeignKey(Laboratory, models.PROTECT, related_name="boxes")
    freezer = models.CharField(_("freezer"), max_length=40)
    temperature_c = models.DecimalField(_("temperature"), max_digits=4, decimal_places=1)
    shelf = models.CharField(_("shelf"), max_length=20, blank=True, default="")
    rack = models.CharField(_("rack"), max_length=20, blank=True, default="")
    name = models.CharField(_("box"), max_length=40)
    rows = models.PositiveSmallIntegerField(_("rows"), default=9)
    columns = models.PositiveSmallIntegerField(_("columns"), default=9)

    objects = BoxQuerySet.as_manager()

    class Meta:
        ordering = ["laboratory", "freezer", "shelf", "rack", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["laboratory", "freezer", "name"],
                name="box_name_once",
                violation_error_message=_("This freezer has a box of this name already."),
            ),
            models.CheckConstraint(
                condition=Q(
                    rows__gte=1,
                    rows__lte=MOST_ROWS,
                    columns__gte=1,
                    columns__lte=MOST_COLUMNS,
                ),
                name="box_has_cells",
                violation_error_message=_("A box has 1 to 20 rows and 1 to 20 columns."),
            ),
        ]
        verbose_name = _("box")
        verbose_name_plural = _("boxes")

    def __str__(self) -> str:
        return self.name

    @property
    def way(self) -> str:
        """From the freezer to the box, as somebody walks it."""
        return " › ".join(filter(None, (self.freezer, self.shelf, self.rack, self.name)))

    @property
    def size(self) -> int:
        return self.rows * self.columns

    @property
    def cells(self) -> list[str]:
        """The names of all cells, row by row."""
        return [
            cell_name(row, column) for row in range(self.rows) for column in range(self.columns)
        ]


def cell_name(row: int, column: int) -> str:
    """Both count from 0."""
    return f"{chr(ord('A') + row)}{column + 1}"
