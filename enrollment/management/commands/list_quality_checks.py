"""docs/quality-checks.md, made from the catalog: `manage.py list_quality_checks > docs/…`."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

from enrollment.quality import all_checks

HEAD = """# Data-quality checks

Made from the code by `manage.py list_quality_checks`; a test compares the two. An id never changes
its meaning. They look at complete forms only. How they run, what follows: [queries.md](queries.md).

| id | finds | severity | query | why |
|---|---|---|---|---|
"""


class Command(BaseCommand):
    help = "Prints the catalog of the data-quality checks as Markdown."

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("en"):
            lines = [
                f"| {check.code} | {check.title} | {check.severity} |"
                f" {'by itself' if check.is_automatic else 'by a person'} | {check.why} |"
                for check in all_checks()
            ]
        self.stdout.write(HEAD + "\n".join(lines))
