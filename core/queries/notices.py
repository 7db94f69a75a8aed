"""Who is told of what in a trial, and of what nobody is told."""

from dataclasses import dataclass

from core.models import NoticeKind, NoticeRecipient, Trial


def kinds_that_must_reach(trial: Trial) -> list[NoticeKind]:
    """What must not wait: without a named person it may reach nobody at the sponsor."""
    unblinding = [NoticeKind.UNBLINDING] if trial.is_blinded else []
    return [NoticeKind.SERIOUS_EVENT, *unblinding]


@dataclass(frozen=True)
class RecipientLine:
    recipient: NoticeRecipient
    is_reached: bool
    """False where the account is closed or the person has left the trial."""


@dataclass(frozen=True)
class KindLine:
    kind: NoticeKind
    people: tuple[RecipientLine, ...]
    is_urgent: bool
    """Somebody must be told of this, and nobody is."""

    @property
    def label(self) -> str:
        return str(self.kind.label)


def recipients_of(trial: Trial) -> list[KindLine]:
    """Each kind of notice with its named people. Three queries."""
    named = trial.notice_recipients.select_related("user").order_by("user__full_name", "pk")
    reached = set(
        NoticeRecipient.objects.reached().filter(trial=trial).values_list("pk", flat=True)
    )
    lines: dict[str, list[RecipientLine]] = {kind: [] for kind in NoticeKind}
    for recipient in named:
        lines[recipient.kind].append(RecipientLine(recipient, recipient.pk in reached))
    urgent = unnamed_kinds(trial)
    return [KindLine(kind, tuple(lines[kind]), kind in urgent) for kind in NoticeKind]


def unnamed_kinds(trial: Trial) -> list[NoticeKind]:
    """The kinds of notices that must reach somebody and now reach nobody. One query."""
    named = NoticeRecipient.objects.reached().filter(trial=trial)
    known = set(named.values_list("kind", flat=True))
    return [kind for kind in kinds_that_must_reach(trial) if kind not in known]
