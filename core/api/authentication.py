"""`Authorization: Token …`, as scripts send it."""

import logging
from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from core.actions.tokens import note_use
from core.backends import AccountBackend
from core.calc.token import digest_of
from core.models import ApiToken, User

log = logging.getLogger(__name__)


class TokenAuthentication(BaseAuthentication):
    """The person whose token it is, with the token itself as `request.auth`."""

    keyword = "Token"

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """
        Raises:
            AuthenticationFailed: the header holds no token that can be used now.
        """
        scheme, _space, secret = get_authorization_header(request).partition(b" ")
        if scheme.lower() != self.keyword.lower().encode():
            return None
        return self.user_of(secret.strip().decode("latin-1"))

    def authenticate_header(self, request: Request) -> str:
        return self.keyword

    def user_of(self, secret: str) -> tuple[User, ApiToken]:
        """
        Raises:
            AuthenticationFailed: no such token can be used now.
        """
        token = self._usable(secret)
        note_use(token, now=timezone.now())
        return token.user, token

    def _usable(self, secret: str) -> ApiToken:
        known = ApiToken.objects.select_related("user", "trial")
        token = known.filter(digest=digest_of(secret)).first()
        if token is None:
            raise _refused("token_unknown", "There is no such token.")
        if token.revoked_at is not None:
            raise _refused("token_revoked", "This token was revoked.", token)
        if token.expires_at <= timezone.now():
            raise _refused("token_expired", "This token has expired. Create a new one.", token)
        if not AccountBackend().user_can_authenticate(token.user):
            raise _refused("account_inactive", "The account of this token is not active.", token)
        return token


def _refused(code: str, message: str, token: ApiToken | None = None) -> AuthenticationFailed:
    # The log names the token by its row: the secret itself must not be written anywhere.
    log.warning("API token refused: %s, token row %s", code, token.pk if token else "none")
    return AuthenticationFailed(message, code)


class TokenScheme(OpenApiAuthenticationExtension):
    """Tells the OpenAPI document about the header."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token ` and a personal token, which a person creates in the browser.",
        }
