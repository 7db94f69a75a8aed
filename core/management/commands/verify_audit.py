"""Looks for entries of the audit trail that were altered, removed or inserted."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from core.audit.triggers import missing_triggers
from core.audit.verification import Verification


class Command(BaseCommand):
    help = (
        "Verifies the audit trail against its chain of hashes and names every entry that was"
        " altered, removed or inserted. Ends with 1 if there is any."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--expect",
            default="",
            metavar="HEAD",
            help="a head noted at an earlier run: finds an end that was cut off",
        )

    def handle(self, *, expect: str, **options: Any) -> None:
        verification = Verification(expected_head=expect.strip().lower())
        problems = 0
        for finding in verification:
            problems += 1
            self.stdout.write(finding.text)
        for table in missing_triggers(connection):
            problems += 1
            self.stdout.write(f"table {table} is not watched: a trigger is missing or switched off")
        for text in verification.redacted:
            self.stdout.write(text)
        self.stdout.write(f"entries: {verification.entries}, seals: {verification.seals}")
        since = verification.oldest_unsealed
        since_text = f", the first of {since:%Y-%m-%d %H:%M:%S} UTC" if since else ""
        self.stdout.write(f"not sealed yet: {verification.unsealed}{since_text}")
        self.stdout.write(f"head: {verification.head}")
        if problems:
            raise CommandError(f"problems: {problems}", returncode=1)
        self.stdout.write("nothing was altered, removed or inserted")
