"""Demo accounts: one of every role, all with the one published password."""

from dataclasses import dataclass
from datetime import date
from functools import partial

from django.contrib.auth.hashers import make_password

from core import audit
from core.actions.people import grant_role
from core.actions.training import record_training
from core.models import Site, TrainingRecord, Trial, User
from core.models.membership import Role

PASSWORD = "open-demo-garden"  # noqa: S105 - published: it opens invented data only
TRAINED_ON = date(2024, 1, 8)
ALL_TRIALS = ("hcc-single-arm", "hcc-randomized", "crc-akkermansia")


@dataclass(frozen=True, slots=True)
class Account:
    """`site` limits the roles to one site of each trial."""

    username: str
    full_name: str
    role: Role
    trials: tuple[str, ...] = ALL_TRIALS
    site: str = ""


ACCOUNTS = (
    Account("coordinator", "Coral Demo-Coordinator", Role.COORDINATOR),
    Account(
        "coordinator2", "Sitka Demo-Coordinator", Role.COORDINATOR, ("hcc-single-arm",), site="02"
    ),
    Account("investigator", "Iris Demo-Investigator", Role.INVESTIGATOR),
    Account("statistician", "Stella Demo-Statistician", Role.STATISTICIAN),
    Account("monitor", "Monty Demo-Monitor", Role.MONITOR),
    Account("dispenser", "Disa Demo-Dispenser", Role.DISPENSER),
    Account("pharmacist", "Fara Demo-Pharmacist", Role.UNBLINDED_PHARMACIST),
    Account("datamanager", "Dana Demo-Manager", Role.DATA_MANAGER),
    Account("reader", "Rhea Demo-Reader", Role.CENTRAL_READER, ("hcc-single-arm",)),
    Account("laboratory", "Lars Demo-Laboratory", Role.LABORATORY),
    Account("admin", "Ada Demo-Admin", Role.ADMINISTRATOR),
)


def add_demo_people() -> dict[str, User]:
    """By username; accounts and roles that exist stay as they are."""
    # Hashed once: ten times the same slow sum would be half of the demo's start.
    password = make_password(PASSWORD)
    with audit.writing(by=None, reason="demo"):
        people = {account.username: _add(account, password) for account in ACCOUNTS}
        if not TrainingRecord.objects.exists():
            _train_all(people)
    return people


def _add(account: Account, password: str) -> User:
    user, _is_new = User.objects.get_or_create(
        username=account.username,
        defaults={"full_name": account.full_name, "password": password, "is_demo": True},
    )
    for trial in Trial.objects.filter(slug__in=account.trials):
        site = Site.objects.get(trial=trial, code=account.site) if account.site else None
        grant_role(user, account.role, by=None, trial=trial, site=site)
    return user


def _train_all(people: dict[str, User]) -> None:
    """Everybody took the training that the demo's trials ask for from then on."""
    train = partial(
        record_training,
        by=None,
        what="Protocol, manual of the forms, good clinical practice",
        taken_on=TRAINED_ON,
        valid_until=None,
        today=TRAINED_ON,
    )
    trials = Trial.objects.filter(slug__in=ALL_TRIALS)
    for account in ACCOUNTS:
        for trial in trials.filter(slug__in=account.trials):
            train(people[account.username], trial=trial, role=account.role)
    trials.update(requires_training=True)
