"""Seals what the audit trail holds by now; beat does the same every minute."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from core.audit.sealing import seal_entries


class Command(BaseCommand):
    help = "Seals the audit entries that are not sealed yet."

    def handle(self, **options: Any) -> None:
        self.stdout.write(f"sealed: {seal_entries(at=timezone.now())} entries")
