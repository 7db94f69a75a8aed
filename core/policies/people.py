"""Which accounts and roles an administrator of a trial may change."""

from itertools import permutations

from django.db.models import Q
from django.utils.translation import gettext as _

from core.models import Membership, Site, Trial, User
from core.permissions import Permission, roles_with
from core.refusals import Refused


def check_grant(user: User, role: str, *, by: User, trial: Trial, site: Site | None) -> None:
    """
    Raises:
        Refused: it is the administrator's own account, beyond the administrator's sites, or would
            put somebody who knows the arms into a blinded role, or the other way round.
    """
    check_not_own(user, by=by)
    check_reach(by, trial=trial, site=site)
    check_blinding(user, role, trial=trial)
    check_independence(user, role, trial=trial)


def check_revoke(membership: Membership, *, by: User) -> None:
    """
    Raises:
        Refused: it is the administrator's own role, or beyond the administrator's sites.
    """
    check_not_own(membership.user, by=by)
    check_reach(by, trial=membership.trial, site=membership.site)


def check_not_own(user: User, *, by: User) -> None:
    if user.pk == by.pk:
        raise Refused(_("Nobody changes their own roles. Ask another administrator."))


def check_reach(by: User, *, trial: Trial, site: Site | None) -> None:
    """An administrator of one site manages the roles of that site."""
    at = Q(site__isnull=True) if site is None else Q(site__isnull=True) | Q(site=site)
    held = Membership.objects.current_for(by).filter(at, trial=trial)
    if not held.filter(role__in=roles_with(Permission.MEMBER_MANAGE)).exists():
        raise Refused(_("You are not an administrator of all sites that this role covers."))


def check_manages_account(user: User, *, by: User) -> None:
    """Who changes an account as a whole must administer every trial that it reaches.

    Raises:
        Refused: the account is the administrator's own, one of the operators', or reaches trials
            or sites beyond the administrator's.
    """
    if user.pk == by.pk:
        raise Refused(_("Nobody does this to their own account. Ask another administrator."))
    if user.is_superuser or user.is_staff:
        raise Refused(_("This is an account of those who run the system. Ask them."))
    administered = Membership.objects.current_for(by).filter(
        role__in=roles_with(Permission.MEMBER_MANAGE)
    )
    trials = administered.filter(site__isnull=True).values("trial_id")
    sites = administered.filter(site__isnull=False).values("site_id")
    own = Q(trial_id__in=trials) | Q(site_id__in=sites)
    if user.memberships.filter(revoked_at__isnull=True).exclude(own).exists():
        raise Refused(
            _("This person also has roles beyond yours. You can change their roles here only.")
        )


def check_blinding(user: User, role: str, *, trial: Trial) -> None:
    """What somebody knew stays known: roles that were revoked count as well."""
    if not trial.is_blinded:
        return
    knows = {str(item) for item in roles_with(Permission.ARM_VIEW)}
    had = set(user.memberships.filter(trial=trial).values_list("role", flat=True))
    if role in knows and had - knows:
        raise Refused(_("This person had a blinded role here and cannot be told the arms."))
    if role not in knows and had & knows:
        raise Refused(_("This person knows the arms and cannot have a blinded role here."))


def check_independence(user: User, role: str, *, trial: Trial) -> None:
    """Who knows the patients reads no scans independently, and who reads adjudicates no readings;
    roles that were revoked count."""
    had = set(user.memberships.filter(trial=trial).values_list("role", flat=True))
    apart = (Permission.PATIENT_VIEW, Permission.SCAN_READ, Permission.READINGS_ADJUDICATE)
    tasks = [{str(item) for item in roles_with(permission)} for permission in apart]
    if any(role in mine and had & other for mine, other in permutations(tasks, 2)):
        raise Refused(
            _(
                "A central reader or an adjudicator knows nothing else of the patients: choose"
                " another person."
            )
        )
