"""The day's notices about few kits, for sites that start their jobs by cron."""

from typing import Any

from django.core.management.base import BaseCommand

from dosing.tasks import warn_of_low_stock


class Command(BaseCommand):
    help = "Writes to the named people where few kits are left; the same once in seven days."

    def handle(self, *args: Any, **options: Any) -> None:
        warn_of_low_stock()
