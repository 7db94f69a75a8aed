"""Telling named people. What must be told is stored, then sent; sending may fail and retry."""

from collections.abc import Callable, Iterable

from django.conf import settings
from django.core.mail import send_mail
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core import audit
from core.models import Notice, NoticeKind, NoticeRecipient, Trial, User
from core.policies.people import check_reach
from core.refusals import Refused


def store_notices(
    kind: NoticeKind,
    *,
    trial: Trial | None,
    subject: Callable[[], str],
    text: Callable[[], str],
    path: str = "",
    people: Iterable[User] | None = None,
) -> list[int]:
    """Stores one notice for each named person of the trial, in that person's language.

    `subject` and `text` are called once per person with the language active; they hold no values
    of patients. `people` replaces the trial's recipients where the rule names others. The caller
    starts `core.tasks.send_notices` with the ids on commit.
    """
    if people is None:
        named = NoticeRecipient.objects.reached().filter(trial=trial, kind=kind)
        people = [item.user for item in named.select_related("user")]
    notices = []
    with audit.writing(by=None):
        for person in people:
            with translation.override(person.language):
                notices.append(
                    Notice.objects.create(
                        trial=trial,
                        user=person,
                        kind=kind,
                        subject=str(subject())[:200],
                        text=str(text()),
                        path=path,
                    )
                )
    return [notice.pk for notice in notices]


def name_recipient(user: User, kind: str, *, by: User, trial: Trial) -> NoticeRecipient:
    """From now on the person gets the trial's notices of this kind.

    Raises:
        Refused: the giver administers some sites only, or the person has no role in the trial.
        ValidationError: the person gets them already, or there is no such kind.
    """
    check_reach(by, trial=trial, site=None)
    if not user.is_active or not trial.memberships.held().filter(user=user).exists():
        raise Refused(_("Notices go to people with a role in this trial."))
    recipient = NoticeRecipient(trial=trial, user=user, kind=kind)
    recipient.full_clean()
    with audit.writing(by=by):
        recipient.save()
    return recipient


def remove_recipient(recipient: NoticeRecipient, *, by: User, reason: str) -> None:
    """
    Raises:
        Refused: the remover administers some sites only.
    """
    check_reach(by, trial=recipient.trial, site=None)
    with audit.writing(by=by, reason=reason):
        recipient.delete()


def send_notice(pk: int) -> bool:
    """Sends the letter once; False when it was sent before or the person has no address.

    Raises:
        OSError: the mail server does not answer; the notice stays unsent and can be tried again.
    """
    notice = Notice.objects.select_related("user").get(pk=pk)
    if notice.sent_at is not None or not notice.user.email:
        return False
    text = notice.text
    if notice.path and settings.SITE_URL:
        text += f"\n\n{settings.SITE_URL}{notice.path}"
    send_mail(notice.subject, text, None, [notice.user.email])
    with audit.writing(by=None):
        Notice.objects.filter(pk=pk, sent_at__isnull=True).update(sent_at=timezone.now())
    return True
