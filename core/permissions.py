"""Who may do what where. One table, one question: `has_permission`."""

from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core.models.membership import Membership, Role
from core.models.trial import Site
from core.remembered import remembered_memberships

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from core.models import Trial, User


class Permission(StrEnum):
    PATIENT_VIEW = "patient.view"
    PATIENT_SCREEN = "patient.screen"
    PATIENT_ENROLL = "patient.enroll"
    RECORD_EDIT = "record.edit"
    DASHBOARD_VIEW = "dashboard.view"
    NIGHTLY_RUN = "nightly.run"
    EXPORT = "data.export"
    EXPORT_UNBLINDED = "data.export-unblinded"
    """With the arms of a blinded trial, for a reason that the register keeps."""
    DEFINITION_VIEW = "definition.view"
    AUDIT_VIEW = "audit.view"
    """The history of what the person can see."""
    AUDIT_REVIEW = "audit.review"
    """The trail of the whole trial, its report and its export."""
    AUDIT_REDACT = "audit.redact"
    """Proposes, and confirms of others, that stray personal data leave the trail."""
    LIMITS_MANAGE = "limits.manage"
    """Limits of normal of the site's laboratory."""
    RECORD_VERIFY = "record.verify"
    RECORD_SIGN = "record.sign"
    RECORD_FREEZE = "record.freeze"
    RECORD_LOCK = "record.lock"
    """Locks and unlocks."""
    QUERY_RAISE = "query.raise"
    QUERY_ANSWER = "query.answer"
    QUERY_CLOSE = "query.close"
    QUALITY_RUN = "quality.run"
    """The listing of the data-quality checks, and running them now."""
    TOXICITY_DECIDE = "toxicity.decide"
    """Judges dose-limiting toxicities; whoever may at all sites decides about cohorts."""
    PATIENT_RANDOMIZE = "patient.randomize"
    """Without seeing the arm."""
    RANDOMIZATION_MANAGE = "randomization.manage"
    """Makes or uploads the list; sees it."""
    ARM_VIEW = "arm.view"
    EMERGENCY_UNBLIND = "unblinding.emergency"
    PLANNED_UNBLIND = "unblinding.planned"
    UNBLINDING_REGISTER = "unblinding.register"
    KIT_VIEW = "kit.view"
    KIT_HANDLE = "kit.handle"
    """Receipt, temperature, dispensing, return, destruction."""
    KIT_MAP = "kit.map"
    """Registers kits with their arm."""
    SCAN_READ = "scan.read"
    """Reads scans as central reader, and sees nothing else of a patient."""
    READINGS_COMPARE = "readings.compare"
    """Sees the investigator's and the central reading side by side."""
    READINGS_ADJUDICATE = "readings.adjudicate"
    """Accepts one of two readings that differ, and sees nothing else of a patient."""
    SPECIMEN_VIEW = "specimen.view"
    """Tubes and their custody; the patient behind a tube only with `PATIENT_VIEW`."""
    SPECIMEN_HANDLE = "specimen.handle"
    """Labels, freezers, shipments and all that happens to a tube."""
    SPECIMEN_COLLECT = "specimen.collect"
    """Takes specimens of patients."""
    MICROBIOME_VIEW = "microbiome.view"
    """Results of the microbiome; while arms are a secret only with `ARM_VIEW`."""
    MICROBIOME_RUN = "microbiome.run"
    """Imports feature tables and analyzes them."""
    CASEBOOK = "casebook.export"
    SITE_OPEN = "site.open"
    """Opens a site for entry after its approvals, and closes it."""
    MEMBER_MANAGE = "member.manage"
    """Accounts, roles, training records, named people of notices, the access review."""


_READ = {Permission.PATIENT_VIEW, Permission.DEFINITION_VIEW, Permission.AUDIT_VIEW}
_ENTER = _READ | {
    Permission.PATIENT_SCREEN,
    Permission.PATIENT_ENROLL,
    Permission.PATIENT_RANDOMIZE,
    Permission.RECORD_EDIT,
    Permission.QUERY_ANSWER,
    Permission.DASHBOARD_VIEW,
    Permission.SPECIMEN_VIEW,
    Permission.SPECIMEN_HANDLE,
    Permission.SPECIMEN_COLLECT,
}
_OVERSEE = _READ | {
    Permission.AUDIT_REVIEW,
    Permission.QUERY_RAISE,
    Permission.QUERY_CLOSE,
    Permission.QUALITY_RUN,
    Permission.RECORD_FREEZE,
    Permission.UNBLINDING_REGISTER,
    Permission.KIT_VIEW,
    Permission.CASEBOOK,
    Permission.READINGS_COMPARE,
    Permission.DASHBOARD_VIEW,
    Permission.SPECIMEN_VIEW,
}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.COORDINATOR: frozenset(_ENTER),
    Role.INVESTIGATOR: frozenset(
        _ENTER
        | {
            Permission.NIGHTLY_RUN,
            Permission.RECORD_SIGN,
            Permission.TOXICITY_DECIDE,
            Permission.QUERY_RAISE,
            Permission.EMERGENCY_UNBLIND,
            Permission.CASEBOOK,
            Permission.MICROBIOME_VIEW,
        }
    ),
    Role.STATISTICIAN: frozenset(
        {
            Permission.DASHBOARD_VIEW,
            Permission.DEFINITION_VIEW,
            Permission.EXPORT,
            Permission.NIGHTLY_RUN,
            Permission.MICROBIOME_VIEW,
            Permission.MICROBIOME_RUN,
        }
    ),
    Role.MONITOR: frozenset(_OVERSEE | {Permission.RECORD_VERIFY}),
    Role.DISPENSER: frozenset(
        {
            Permission.PATIENT_VIEW,
            Permission.DEFINITION_VIEW,
            Permission.KIT_VIEW,
            Permission.KIT_HANDLE,
        }
    ),
    Role.UNBLINDED_PHARMACIST: frozenset(
        {
            Permission.PATIENT_VIEW,
            Permission.DEFINITION_VIEW,
            Permission.RANDOMIZATION_MANAGE,
            Permission.ARM_VIEW,
            Permission.KIT_VIEW,
            Permission.KIT_MAP,
            Permission.MICROBIOME_VIEW,
            Permission.MICROBIOME_RUN,
        }
    ),
    Role.UNBLINDED_STATISTICIAN: frozenset(
        {
            Permission.DEFINITION_VIEW,
            Permission.EXPORT,
            Permission.EXPORT_UNBLINDED,
            Permission.ARM_VIEW,
        }
    ),
    Role.DATA_MANAGER: frozenset(
        _OVERSEE
        | {
            Permission.EXPORT,
            Permission.NIGHTLY_RUN,
            Permission.AUDIT_REDACT,
            Permission.LIMITS_MANAGE,
            Permission.RECORD_LOCK,
            Permission.PLANNED_UNBLIND,
            Permission.SITE_OPEN,
            Permission.MICROBIOME_VIEW,
            Permission.MICROBIOME_RUN,
        }
    ),
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.DEFINITION_VIEW,
            Permission.AUDIT_REDACT,
            Permission.MEMBER_MANAGE,
            Permission.SITE_OPEN,
            Permission.UNBLINDING_REGISTER,
        }
    ),
    Role.CENTRAL_READER: frozenset({Permission.SCAN_READ, Permission.DEFINITION_VIEW}),
    Role.ADJUDICATOR: frozenset(
        {
            Permission.READINGS_ADJUDICATE,
            Permission.READINGS_COMPARE,
            Permission.DEFINITION_VIEW,
        }
    ),
    Role.LABORATORY: frozenset(
        {Permission.DEFINITION_VIEW, Permission.SPECIMEN_VIEW, Permission.SPECIMEN_HANDLE}
    ),
}


@cache
def roles_with(permission: Permission) -> tuple[Role, ...]:
    return tuple(role for role, held in ROLE_PERMISSIONS.items() if permission in held)


def has_permission(
    user: "User | AnonymousUser",
    permission: Permission,
    *,
    trial: "Trial | None" = None,
    site: Site | None = None,
) -> bool:
    """Does a current membership of the person grant this at the site, or anywhere in the trial?"""
    # A person holds few memberships: picking here is quicker than a condition for the database.
    return any(
        permission in ROLE_PERMISSIONS[Role(held.role)] and _covers(held, trial, site)
        for held in _held_by(user)
    )


def _held_by(user: "User | AnonymousUser") -> list[Membership]:
    known = remembered_memberships(user)
    return list(Membership.objects.current_for(user)) if known is None else known


def _covers(held: Membership, trial: "Trial | None", site: Site | None) -> bool:
    if site is not None:
        is_of_all_sites = held.site_id is None and held.trial_id == site.trial_id
        return is_of_all_sites or held.site_id == site.pk
    return trial is None or held.trial_id == trial.pk


def require_permission(
    user: "User | AnonymousUser",
    permission: Permission,
    *,
    trial: "Trial | None" = None,
    site: Site | None = None,
) -> None:
    """Raises `PermissionDenied` with the sentence that the person will read."""
    if not has_permission(user, permission, trial=trial, site=site):
        raise PermissionDenied(
            _(
                "Your role in this trial does not allow this. "
                "An administrator of the trial can change roles."
            )
        )


def role_names(user: "User | AnonymousUser") -> str:
    """The person's current roles as stored in the audit trail, e.g. `coordinator`."""
    roles = Membership.objects.current_for(user).values_list("role", flat=True)
    return ", ".join(sorted(set(roles)))


def sites_where(user: "User | AnonymousUser", permission: Permission) -> QuerySet[Site]:
    """The sites at which the person may do this."""
    held = Membership.objects.current_for(user).filter(role__in=roles_with(permission))
    return Site.objects.filter(
        Q(pk__in=held.filter(site__isnull=False).values("site_id"))
        | Q(trial_id__in=held.filter(site__isnull=True).values("trial_id"))
    )


def covers_trial(user: "User | AnonymousUser", permission: Permission, *, trial: "Trial") -> bool:
    """Whether the person may do this at every site of the trial."""
    return sites_where(user, permission).filter(trial=trial).count() == trial.sites.count()


def has_several_trials(user: "User | AnonymousUser") -> bool:
    """Whether there is another trial to change to."""
    return len({held.trial_id for held in _held_by(user)}) > 1


def permissions_in(user: "User | AnonymousUser", trial: "Trial") -> frozenset[Permission]:
    """Everything that the person may do somewhere in the trial, in one query at most."""
    roles = {held.role for held in _held_by(user) if held.trial_id == trial.pk}
    return frozenset().union(*(ROLE_PERMISSIONS[Role(role)] for role in roles))
