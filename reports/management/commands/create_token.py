"""`manage.py create_token`: a personal API token, printed once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core import audit
from core.actions.tokens import MOST_DAYS, create_token
from core.models import Trial, User
from core.refusals import Refused


class Command(BaseCommand):
    help = (
        "Makes an API token for a person in one trial. The last line of the output is the token;"
        " it is not stored and not shown again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--trial", required=True, help="short name of the trial")
        parser.add_argument("--days", type=int, default=90, help=f"1 to {MOST_DAYS}; usually 90")
        parser.add_argument("--name", default="command line", help="what the token is for")
        parser.add_argument("--tables", nargs="*", default=[], help="names of tables; all without")
        parser.add_argument(
            "--unblinded", metavar="REASON", default="", help="it reads arms, for this reason"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        audit.set_source("command create_token")
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no account {options['username']}.")
        trial = Trial.objects.filter(slug=options["trial"]).first()
        if trial is None:
            raise CommandError(f"There is no trial {options['trial']}.")
        try:
            issued = create_token(
                by=None,
                user=user,
                trial=trial,
                name=options["name"],
                days=options["days"],
                tables=options["tables"],
                is_unblinded=bool(options["unblinded"]),
                reason=options["unblinded"],
                now=timezone.now(),
            )
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stderr.write(
            f"Token of {user.username} for {trial.slug}, valid until"
            f" {issued.token.expires_at:%Y-%m-%d}. It is shown only now:"
        )
        self.stdout.write(issued.secret)
