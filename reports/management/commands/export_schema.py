"""Writes the published schema of the exported tables, as part of a change of a table."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.backup.manifest import app_version
from reports.queries.tables.schema import FILE, as_text, differences, published, renewed


class Command(BaseCommand):
    help = "Renews reports/queries/tables/schema.json. What breaks scripts must be announced."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--rename",
            metavar="TABLE.OLD=NEW",
            action="append",
            default=[],
            help="a column that has a new name; goes into the published map of renames",
        )
        parser.add_argument("--announce", metavar="TEXT", help="why a column or table is gone")

    def handle(self, *args: Any, **options: Any) -> None:
        known = published()
        release = app_version()
        broken = list(differences(known))
        renames = [_rename(text) for text in options["rename"]]
        said = {f"{each['table']}.{each['old']} is gone" for each in renames}
        if (unsaid := [each for each in broken if each not in said]) and not options["announce"]:
            raise CommandError("Announce it with --rename or --announce:\n" + "\n".join(unsaid))
        new = renewed(known, release=release)
        version = {"version": new["version"], "release": release}
        new["renames"] = known["renames"] + [version | each for each in renames]
        if unsaid:
            note = version | {"why": options["announce"], "what": unsaid}
            new["announced"] = [*known["announced"], note]
        FILE.write_text(as_text(new), "utf-8")
        self.stdout.write(f"Version {new['version']} of the schema: {FILE}")


def _rename(text: str) -> dict[str, str]:
    place, _equals, new = text.partition("=")
    table, _dot, old = place.partition(".")
    if not (table and old and new):
        raise CommandError(f"“{text}” is not TABLE.OLD=NEW.")
    return {"table": table, "old": old, "new": new}
