"""The day's letters about queries, for sites that start their jobs by cron."""

from typing import Any

from django.core.management.base import BaseCommand

from enrollment.tasks import send_query_digests


class Command(BaseCommand):
    help = "Writes to each person for whom queries wait, once a day."

    def handle(self, *args: Any, **options: Any) -> None:
        send_query_digests()
