"""Accounts: made, invited, closed, opened again; roles granted and revoked."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.utils.translation import gettext as _

from core import audit
from core.models import ApiToken, Membership, Site, Trial, User
from core.policies.people import check_grant, check_manages_account, check_revoke
from core.refusals import Refused
from core.sessions import end_sessions, open_sessions


def add_person(
    *, by: User | None, username: str, full_name: str, password: str | None, email: str = ""
) -> User:
    """Makes an account that can sign in and may do nothing until a role is granted.

    Without a password nobody signs in until the person has chosen one by the link of a letter.

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


def invite_person(
    *,
    by: User,
    username: str,
    full_name: str,
    email: str,
    role: str,
    trial: Trial,
    site: Site | None,
) -> User:
    """Makes an account without a password, with its first role. The caller sends the letter.

    Raises:
        ValidationError: the user name is taken, or another value is impossible.
        Refused: the role is not this administrator's to grant.
    """
    with audit.writing(by=by, reason="invitation"):
        user = add_person(by=by, username=username, full_name=full_name, password=None, email=email)
        assign_role(user, role, by=by, trial=trial, site=site)
    return user


def grant_role(
    user: User, role: str, *, by: User | None, trial: Trial, site: Site | None = None
) -> Membership:
    """Grants a role in the trial, at one site or at all; granting it again changes nothing.

    For commands and set-up; what an administrator does goes through `assign_role`.

    Raises:
        ValidationError: the site is not one of the trial's, or there is no such role.
    """
    with audit.writing(by=by):
        held = Membership.objects.held().filter(user=user, trial=trial, site=site, role=role)
        membership = held.first()
        if membership is None:
            membership = Membership(user=user, trial=trial, site=site, role=role, granted_by=by)
            membership.full_clean()
            membership.save()
    return membership


def assign_role(user: User, role: str, *, by: User, trial: Trial, site: Site | None) -> Membership:
    """
    Raises:
        ValidationError: the site is not one of the trial's, or there is no such role.
        Refused: the role is not this administrator's to grant.
    """
    check_grant(user, role, by=by, trial=trial, site=site)
    return grant_role(user, role, by=by, trial=trial, site=site)


def revoke_role(membership: Membership, *, by: User, reason: str, now: datetime) -> None:
    """
    Raises:
        Refused: the role is not this administrator's to revoke, or was revoked before.
    """
    check_revoke(membership, by=by)
    with audit.writing(by=by, reason=reason):
        held = Membership.objects.held().filter(pk=membership.pk)
        if not held.update(revoked_at=now):
            raise Refused(_("This role was revoked before."))


def deactivate_person(user: User, *, by: User, reason: str, now: datetime) -> None:
    """Closes the account: sessions and API tokens end at once. Nothing is removed.

    Raises:
        Refused: the account is not this administrator's to close, or closed already.
    """
    check_manages_account(user, by=by)
    with audit.writing(by=by, reason=reason):
        if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
            raise Refused(_("This account is deactivated already."))
        ApiToken.objects.filter(user=user, revoked_at__isnull=True).update(revoked_at=now)
        end_sessions(open_sessions(user), by=by, reason=reason)


def reactivate_person(user: User, *, by: User, reason: str) -> None:
    """Opens the account again, with its roles; API tokens stay revoked.

    Raises:
        Refused: the account is not this administrator's to open, or is open.
    """
    check_manages_account(user, by=by)
    with audit.writing(by=by, reason=reason):
        if not User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
            raise Refused(_("This account is active."))


def reset_second_factor(user: User, *, by: User, reason: str) -> None:
    """Takes phone, keys and recovery codes from the account; it must set up another one.

    Raises:
        Refused: the account is not this administrator's, or has no second factor.
    """
    check_manages_account(user, by=by)
    with audit.writing(by=by, reason=reason):
        removed, _kinds = Authenticator.objects.filter(user=user).delete()
        if not removed:
            raise Refused(_("This account has no second factor."))
        audit.record("second factor reset", by=by, target=user)
        end_sessions(open_sessions(user), by=by, reason=reason)


def note_letter(user: User, *, by: User, reason: str) -> None:
    """Before a link to choose a password is sent.

    Raises:
        Refused: the account is not this administrator's, is closed, or has no address.
    """
    check_manages_account(user, by=by)
    if not user.is_active:
        raise Refused(_("This account is deactivated."))
    if not user.email:
        raise Refused(_("This account has no address to write to."))
    audit.record("activation letter", by=by, target=user, reason=reason)
