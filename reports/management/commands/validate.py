"""`manage.py validate`: evidence that this installation does what the requirements say."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from core import audit
from reports.validation import evidence as made
from reports.validation.checks import CHECKS, Outcome, run_checks
from reports.validation.requirements import (
    RequirementProblem,
    broken_links,
    every,
    read_areas,
)
from reports.validation.tests import TestRun, run_tests, why_not


class Command(BaseCommand):
    help = (
        "Checks the installation, runs the tests that the requirements name in a scratch database,"
        " and writes a dated report. Exit code 0 when nothing failed and everything was shown."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", type=Path, default=made.evidence_folder(), metavar="DIR")
        parser.add_argument("--no-tests", action="store_true", help="the installation only")
        parser.add_argument("--area", action="append", default=[], help="only this file's")

    def handle(self, *args: Any, **options: Any) -> None:
        audit.set_source("command validate")
        with translation.override("en"):
            evidence = self._evidence(options)
            paths = made.write_evidence(evidence, options["to"])
        audit.record(
            "validation",
            by=None,
            passed=evidence.has_passed,
            report=paths[0].name,
            failures=evidence.failures[:50],
        )
        self._say(evidence, paths)
        if not evidence.has_passed:
            raise CommandError("The validation did not pass. The report says what is missing.")

    def _evidence(self, options: dict[str, Any]) -> made.Evidence:
        at = timezone.now()
        try:
            areas = read_areas()
        except RequirementProblem as problem:
            raise CommandError(str(problem)) from problem
        if options["area"]:
            areas = [area for area in areas if area.key in options["area"]]
        if not why_not():
            broken = broken_links(areas, base=settings.BASE_DIR, checks=set(CHECKS))
            if broken:
                raise CommandError("; ".join(broken))
        links = sorted({link for item in every(areas) for link in item.tests})
        run = (
            TestRun({}, {}, "left out with --no-tests")
            if options["no_tests"] or not links
            else run_tests(links)
        )
        return made.gather(areas, run_checks(), run, at=at)

    def _say(self, evidence: made.Evidence, paths: list[Path]) -> None:
        for result in evidence.checks:
            self.stdout.write(f"{result.outcome.value:8} {result.name}: {result.detail}")
        self.stdout.write(f"tests: {evidence.run.note}")
        for item in evidence.shown:
            if item.outcome is Outcome.FAIL:
                self.stdout.write(f"fail     {item.requirement.id} {item.requirement.text}")
        self.stdout.write(f"requirements: {evidence.counts}, {len(evidence.open_ones)} open")
        for path in paths:
            self.stdout.write(str(path))
