"""Who you are, asked again at the moment of signing or unblinding.

Source: 21 CFR 11.200(a)(1); the user name is shown, the password is typed.
"""

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from core.actions.lock_outs import FAILED_SIGNATURE, lock_out_of, note_failure
from core.backends import AccountBackend
from core.http import address_of
from core.models import User
from core.refusals import Refused
from core.tasks import send_notices


@sensitive_variables("password")
def check_fresh(user: User, password: str, *, request: HttpRequest | None = None) -> None:
    """Is this the person's password, now? Failures count towards the lock-out and are audited.

    Call it before the transaction of what is signed: a failure must stay recorded when that is
    given up, so inside another transaction this raises RuntimeError.

    Raises:
        Refused: the password is missing or wrong, or the account is locked or deactivated.
    """
    if not password:
        raise Refused(_("Enter your password to confirm that it is you."))
    with transaction.atomic(durable=True):
        refusal = _refusal(User.objects.get(pk=user.pk), password, address_of(request))
    if refusal:
        raise Refused(refusal)


@sensitive_variables("password")
def _refusal(person: User, password: str, address: str) -> str:
    now = timezone.now()
    if not AccountBackend().user_can_authenticate(person):
        return _("This account is deactivated. Nothing can be signed with it.")
    is_right = person.check_password(password)
    if not is_right:
        told = note_failure(person, FAILED_SIGNATURE, by=person, now=now, address=address)
        if told:
            send_notices.delay_on_commit(told)
    # Asked after the password: a guess that arrives beside the fifth one finds the lock, too.
    if locked := lock_out_of(person, now=now):
        return _(
            "Too many attempts failed: your account is locked until %(until)s. An administrator"
            " can unlock it."
        ) % {"until": f"{timezone.localtime(locked.until):%H:%M %Z}"}
    return "" if is_right else _("This is not your password. Nothing was signed.")
