"""`manage.py demo`: makes the demo's database, or finds it as it was left."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

import enrollment
from core import audit
from core.models import User
from core.progress import Progress
from enrollment.actions import load_definition
from enrollment.models import Patient, TrialVersion
from outcomes.models import Snapshot
from reports.demo.central import read_centrally
from reports.demo.decisions import decide_doses
from reports.demo.history.patients import simulate
from reports.demo.kits import supply_population
from reports.demo.limits import enter_limits
from reports.demo.people import ACCOUNTS, PASSWORD, add_demo_people
from reports.demo.population import POPULATIONS, Population
from reports.demo.queries import add_demo_queries
from reports.demo.randomization import randomize_population
from reports.demo.review import review_population
from reports.demo.safety import report_safety
from reports.demo.sequencing import sequence_population
from reports.demo.sites import open_demo_sites
from reports.demo.specimens import collect_population
from reports.demo.store import rows_to_store, store
from reports.demo.toxicity import decide_first_cohort

DEFINITIONS = Path(enrollment.__file__).parent / "definitions"


class Command(BaseCommand):
    help = "Fills an empty database with three simulated trials and an account of every role."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                "The demo has published passwords and invented patients. Start it with `make demo`,"
                " or set TRIALSITE_DEMO=1 and use a database of its own."
            )
        audit.set_source("command demo")
        started = time.monotonic()
        with self._step("Database tables"):
            call_command("migrate", verbosity=0, interactive=False)
        if User.objects.exists() and not User.objects.filter(is_demo=True).exists():
            raise CommandError(
                "This database has accounts of real people. The demo wants a database of its own."
            )
        with self._step("Trial definitions"):
            versions = [self._load(population) for population in POPULATIONS]
        with self._step("Accounts"):
            people = add_demo_people()
        for population, version in zip(POPULATIONS, versions, strict=True):
            open_demo_sites(version.trial, by=people["datamanager"], now=timezone.now())
            enter_limits(version, by=people["datamanager"])
            self._fill(population, version, by=people["coordinator"])
            randomize_population(version, people, seed=population.seed)
            with self._step(f"{population.slug}: safety reports"):
                report_safety(version, people, now=timezone.now())
                decide_doses(version, by=people["coordinator"])
                decide_first_cohort(version, people, now=timezone.now(), today=timezone.localdate())
        with self._step("Central readings"):
            for population, version in zip(POPULATIONS, versions, strict=True):
                read_centrally(
                    version.trial, by=people["reader"], now=timezone.now(), seed=population.seed
                )
        with self._step("Kits"):
            for version in versions:
                supply_population(version, people, today=timezone.localdate())
        with self._step("Specimens"):
            for version in versions:
                collect_population(version.trial, people, now=timezone.now())
                sequence_population(version.trial, people, now=timezone.now())
        with self._step("Queries"):
            for version in versions:
                add_demo_queries(version, people, now=timezone.now())
        with self._step("Verification, signatures and locks"):
            for version in versions:
                review_population(version.trial, people, at=timezone.now())
        missing = [v.trial.slug for v in versions if Snapshot.objects.current(v.trial) is None]
        for slug in missing:
            call_command("run_nightly", trial=slug, stdout=self.stdout, stderr=self.stderr)
        self.stdout.write(f"Ready after {time.monotonic() - started:.1f} s.")
        self._show_accounts()

    def _load(self, population: Population) -> TrialVersion:
        source = (DEFINITIONS / f"{population.slug}.toml").read_text(encoding="utf-8")
        return load_definition(source, by=None).version

    def _fill(self, population: Population, version: TrialVersion, *, by: User) -> None:
        """Only a trial without patients is filled; what people entered stays."""
        known = Patient.objects.filter(trial=version.trial).count()
        if known:
            self.stdout.write(f"{population.slug}: keeps its {known} patients")
            return
        with self._step(f"{population.slug}: simulated and stored"):
            today = timezone.localdate()
            histories = list(simulate(version.definition, population, today=today))
            progress = Progress(self.stdout, population.slug, total=rows_to_store(histories))
            store(
                version,
                histories,
                by=by,
                now=timezone.now(),
                seed=population.seed,
                advance=progress.advance,
            )
            progress.finish()

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.stdout.write(f"{name}: {time.monotonic() - started:.1f} s")

    def _show_accounts(self) -> None:
        self.stdout.write(f"\nSign in with the password {PASSWORD} as one of:\n")
        for account in ACCOUNTS:
            where = ", ".join(account.trials) + (f", site {account.site}" if account.site else "")
            self.stdout.write(f"  {account.username:<14} {account.role.label:<22} {where}")
