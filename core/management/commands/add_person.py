"""`manage.py add_person`: an account with a role, for the first people of an installation."""

import os
import secrets
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from core import audit
from core.actions.people import add_person, grant_role
from core.activation import activation_path
from core.models import Site, Trial, User
from core.models.membership import Role


class Command(BaseCommand):
    help = (
        "Adds an account, or finds it, and grants it a role in a trial. The password is read from"
        " TRIALSITE_PASSWORD, or made and printed once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="", help="the person's full name")
        parser.add_argument("--email", default="")
        parser.add_argument("--trial", help="short name of the trial")
        parser.add_argument("--site", help="code of the site; all sites when left out")
        parser.add_argument("--role", choices=Role.values)
        parser.add_argument(
            "--invite",
            action="store_true",
            help="make no password; print a link by which the person chooses one, once",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        audit.set_source("command add_person")
        place = self._place(options)
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            user = self._add(options)
        if place is not None:
            self._grant(user, options["role"], *place)

    def _place(self, options: dict[str, Any]) -> tuple[Trial, Site | None] | None:
        """Where the role is to hold; asked first, so that a wrong name adds nobody."""
        slug, code = options["trial"], options["site"]
        if bool(slug) != bool(options["role"]) or (code and not slug):
            raise CommandError("Name a trial together with a role.")
        if not slug:
            return None
        trial = Trial.objects.filter(slug=slug).first()
        if trial is None:
            raise CommandError(f"There is no trial {slug}. Load its definition first.")
        site = Site.objects.filter(trial=trial, code=code).first()
        if code and site is None:
            raise CommandError(f"{slug} has no site {code}.")
        return trial, site

    def _add(self, options: dict[str, Any]) -> User:
        given = os.environ.get("TRIALSITE_PASSWORD", "")
        password = None if options["invite"] else given or secrets.token_urlsafe(12)
        try:
            if password is not None:
                validate_password(password)
            user = add_person(
                by=None,
                username=options["username"],
                full_name=options["name"] or options["username"],
                password=password,
                email=options["email"],
            )
        except ValidationError as error:
            raise CommandError(_sentences(error)) from error
        self.stdout.write(f"Added {user.username}.{_way_in(user, password, given=given)}")
        return user

    def _grant(self, user: User, role: str, trial: Trial, site: Site | None) -> None:
        grant_role(user, role, by=None, trial=trial, site=site)
        where = f"site {site.code}" if site else "all sites"
        self.stdout.write(f"{user.username} is {role} in {trial.slug}, {where}.")


def _way_in(user: User, password: str | None, *, given: str) -> str:
    if password is None:
        link = f"{settings.SITE_URL}{activation_path(user)}"
        return f" The link to choose a password, once: {link}"
    return "" if given else f" The password, shown only now: {password}"


def _sentences(error: ValidationError) -> str:
    """What is wrong, with the name of the field where it is one's."""
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return " ".join(f"{name}: {' '.join(found)}" for name, found in error.message_dict.items())
