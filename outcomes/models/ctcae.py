"""The full list of CTCAE terms that a site loads; the shipped selection serves where it did not."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import User
from outcomes import catalog


class CtcaeTermQuerySet(models.QuerySet["CtcaeTerm"]):
    def terms_of(self, version: str) -> tuple[catalog.Term, ...]:
        """By system organ class and name, "Other" last: those loaded, or else those shipped.

        Raises:
            KeyError: the version is not known.
        """
        shipped = catalog.terms(version)
        rows = list(self.filter(version=version))
        return catalog.in_order(row.as_term for row in rows) if rows else shipped

    def grades_of(self, version: str, term: str) -> tuple[int, ...]:
        """
        Raises:
            KeyError: the version is not known or has no such term.
        """
        rows = dict(self.filter(version=version).values_list("name", "grades"))
        if not rows:
            return catalog.grades(version, term)
        return tuple(int(grade) for grade in rows[term])


class CtcaeTerm(models.Model):
    """One term of one version, as NCI's workbook has it."""

    version = models.CharField(_("CTCAE version"), max_length=4)
    name = models.CharField(_("term"), max_length=120)
    organ_class = models.CharField(_("system organ class"), max_length=120)
    grades = models.CharField(_("grades"), max_length=5)
    """Those that exist, such as 12345 or 13."""
    loaded_at = models.DateTimeField(_("loaded"), auto_now=True)
    loaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)

    objects = CtcaeTermQuerySet.as_manager()

    class Meta:
        ordering = ["version", "organ_class", "name"]
        constraints = [
            models.UniqueConstraint(fields=["version", "name"], name="ctcae_term_once"),
            models.CheckConstraint(
                condition=Q(version__in=catalog.VERSIONS), name="ctcae_version_known"
            ),
            models.CheckConstraint(condition=~Q(grades=""), name="ctcae_term_has_grades"),
        ]
        verbose_name = _("CTCAE term")
        verbose_name_plural = _("CTCAE terms")

    def __str__(self) -> str:
        return f"{self.version} {self.name}"

    @property
    def as_term(self) -> catalog.Term:
        return catalog.named_term(
            self.name, self.organ_class, tuple(int(grade) for grade in self.grades)
        )
