"""Accounts and roles."""

from core import audit
from core.models import Membership, Site, Trial, User


def add_person(
    *, by: User | None, username: str, full_name: str, password: str, email: str = ""
) -> User:
    """Makes an account that can sign in and may do nothing until a role is granted.

    Raises:
        ValidationError: the user name is taken or no user name, or another value is impossible.
    """
    user = User(
        username=User.normalize_username(username),
        email=User.objects.normalize_email(email),
        full_name=full_name,
    )
    user.set_password(password)
    user.full_clean()
    with audit.writing(by=by):
        user.save()
    return user


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
