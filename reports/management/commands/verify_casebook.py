"""`manage.py verify_casebook FILE`: are the files of a casebook those that were made?"""

import hashlib
import io
import json
import zipfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = (
        "Computes the SHA-256 of each file of a casebook's ZIP archive again, those of a site's"
        " patients too, and names what differs. It needs no database."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--sha256", help="the hash that the PDF prints")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            content = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from error
        found = hashlib.sha256(content).hexdigest()
        self.stdout.write(f"{options['file'].name} SHA-256 {found}")
        problems = list(self._problems(content, options["file"].name))
        if options["sha256"] and options["sha256"].lower() != found:
            problems.append(f"{options['file'].name}: its SHA-256 is not {options['sha256']}")
        for problem in problems:
            self.stderr.write(problem)
        if problems:
            raise CommandError("The casebook is not as it was made.")
        self.stdout.write("Every file is as it was made.")

    def _problems(self, content: bytes, where: str) -> list[str]:
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                files = {name: archive.read(name) for name in archive.namelist()}
            listed = {item["name"]: item["sha256"] for item in self._listed(files)}
        except (zipfile.BadZipFile, EOFError, ValueError, KeyError, TypeError, OSError) as error:
            return [f"{where}: cut off, altered or no casebook ({error})"]
        said = [f"{where}: {name} is missing" for name in sorted(listed.keys() - files.keys())]
        said += [
            f"{where}: {name} was not there when it was made"
            for name in sorted(files.keys() - listed.keys() - {"manifest.json"})
        ]
        for name, expected in sorted(listed.items()):
            if name not in files:
                continue
            if hashlib.sha256(files[name]).hexdigest() != expected:
                said.append(f"{where}: {name} was altered")
            elif name.endswith(".zip"):
                said += self._problems(files[name], f"{where}/{name}")
        return said

    def _listed(self, files: dict[str, bytes]) -> list[dict[str, str]]:
        manifest = json.loads(files["manifest.json"])
        if not str(manifest["format"]).startswith("trialsite casebook"):
            raise ValueError("its manifest is of another kind")
        listed: list[dict[str, str]] = manifest["files"]
        return listed
