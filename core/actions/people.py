"""Accounts and roles."""

from core import audit
from core.models import Membership, Site, Trial, User


def add_person(
    *, by: User | None, username: str, full_name: str, password: str, email: str = ""
) -> User:
    """Makes an account that can sign in and may do nothing until a role is granted."""
    with audit.writing(by=by):
        return User.objects.create_user(
            username, email=email, password=password, full_name=full_name
        )


def grant_role(
    user: User, role: str, *, by: User | None, trial: Trial, site: Site | None = None
) -> Membership:
    """Grants a role in the trial, at one site or at all; granting it again changes nothing.

    Raises:
        ValidationError: the site is not one of the trial's, or there is no such role.
    """
    with audit.writing(by=by):
        held = Membership.objects.current_for(user).filter(trial=trial, site=site, role=role)
        membership = held.first()
        if membership is None:
            membership = Membership(user=user, trial=trial, site=site, role=role)
            membership.full_clean()
            membership.save()
    return membership
