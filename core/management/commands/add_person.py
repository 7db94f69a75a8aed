"""`manage.py add_person`: an account with a role, for the first people of an installation."""

import os
import secrets
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from core import audit
from core.actions.people import add_person, grant_role
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

    def handle(self, *args: Any, **options: Any) -> None:
        audit.set_source("command add_person")
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            user = self._add(options)
        if bool(options["trial"]) != bool(options["role"]):
            raise CommandError("Name a trial together with a role.")
        if options["trial"]:
            self._grant(user, options)

    def _add(self, options: dict[str, Any]) -> User:
        given = os.environ.get("TRIALSITE_PASSWORD", "")
        password = given or secrets.token_urlsafe(12)
        try:
            validate_password(password)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        user = add_person(
            by=None,
            username=options["username"],
            full_name=options["name"] or options["username"],
            password=password,
            email=options["email"],
        )
        made = "" if given else f" The password, shown only now: {password}"
        self.stdout.write(f"Added {user.username}.{made}")
        return user

    def _grant(self, user: User, options: dict[str, Any]) -> None:
        trial = Trial.objects.filter(slug=options["trial"]).first()
        if trial is None:
            raise CommandError(f"There is no trial {options['trial']}. Load its definition first.")
        site = None
        if options["site"]:
            site = Site.objects.filter(trial=trial, code=options["site"]).first()
            if site is None:
                raise CommandError(f"{trial.slug} has no site {options['site']}.")
        grant_role(user, options["role"], by=None, trial=trial, site=site)
        where = f"site {site.code}" if site else "all sites"
        self.stdout.write(f"{user.username} is {options['role']} in {trial.slug}, {where}.")
