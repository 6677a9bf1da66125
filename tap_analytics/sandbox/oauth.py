"""OAuth2 as the standards say it: Authlib's server side, for both token endpoints."""

from __future__ import annotations

import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Request, ResourceProtector
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6749.models import ClientMixin, TokenMixin
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator, BearerTokenValidator

from .messages import Response

if TYPE_CHECKING:
    from .messages import Request

LIFETIMES = {"accounting": 1_800, "marketplace": 86_400}
SCOPES = ("accounting.contacts", "accounting.transactions", "marketplace.read")


@dataclass(frozen=True)
class Client(ClientMixin):  # type: ignore[misc]  # Authlib has no types
    """Someone who may ask for tokens, with the scopes and grants that are theirs."""

    client_id: str
    client_secret: str = field(repr=False)
    grants: tuple[str, ...] = ("client_credentials",)

    def get_client_id(self) -> str:
        """Return the client's name."""
        return self.client_id

    def get_allowed_scope(self, scope: str | None) -> str:
        """Return the scope as asked for: what is unknown is refused before."""
        return scope or ""

    def check_client_secret(self, client_secret: str) -> bool:
        """Compare a secret with the client's, in constant time."""
        return secrets.compare_digest(self.client_secret.encode(), client_secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Credentials may travel as HTTP Basic or in the body."""
        return endpoint == "token" and method in {"client_secret_basic", "client_secret_post"}

    def check_grant_type(self, grant_type: str) -> bool:
        """Say whether this client may use a grant."""
        return grant_type in self.grants


@dataclass
class Token(TokenMixin):  # type: ignore[misc]  # Authlib has no types
    """A token as it was issued."""

    client_id: str
    scope: str
    expires_at: float
    revoked: bool = False

    def get_scope(self) -> str:
        """Return the scope it was issued for."""
        return self.scope

    def is_expired(self) -> bool:
        """Say whether its life is over."""
        return time.monotonic() >= self.expires_at

    def is_revoked(self) -> bool:
        """Say whether it was taken back."""
        return self.revoked


class _Credentials(ClientCredentialsGrant):  # type: ignore[misc]  # Authlib has no types
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]  # noqa: RUF012 -- Authlib's name and type


class _TokenRequest(OAuth2Request):  # type: ignore[misc]  # Authlib has no types
    """A token request whose parameters came as a form or as JSON."""

    def __init__(self, request: Request) -> None:
        headers = {name.title(): value for name, value in request.headers.items()}
        super().__init__(request.method, "http://127.0.0.1" + request.path, headers=headers)
        self._parameters = _parameters(request)
        self.payload = BasicOAuth2Payload(self._parameters)

    @property
    def form(self) -> dict[str, str]:
        return self._parameters


class _Server(AuthorizationServer):  # type: ignore[misc]  # Authlib has no types
    """Authlib's server without a web framework: the responses are the sandbox's own."""

    def __init__(self, oauth: OAuth) -> None:
        super().__init__(scopes_supported=SCOPES)
        self._oauth = oauth
        self.register_grant(_Credentials)
        self.register_token_generator(
            "default", BearerTokenGenerator(lambda **_: secrets.token_urlsafe(24))
        )

    def query_client(self, client_id: str) -> Client | None:
        return self._oauth.clients.get(client_id)

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        self._oauth.keep(token, request.client.client_id)

    def send_signal(self, name: str, **_: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: Request) -> OAuth2Request:
        return _TokenRequest(request)

    def handle_response(
        self, status: int, body: object, headers: list[tuple[str, str]]
    ) -> Response:
        return Response(status, json.dumps(body).encode(), dict(headers))


class _Validator(BearerTokenValidator):  # type: ignore[misc]  # Authlib has no types
    def __init__(self, oauth: OAuth) -> None:
        super().__init__(realm="sandbox")
        self._oauth = oauth

    def authenticate_token(self, token_string: str) -> Token | None:
        return self._oauth.tokens.get(token_string)


class OAuth:
    """Issues tokens to the clients it knows, and checks them."""

    def __init__(
        self,
        clients: tuple[Client, ...],
        *,
        lifetime: float | None = None,
        expires_in: str = "number",
    ) -> None:
        """Take the clients, the life of a token in seconds, and how `expires_in` is spelled.

        `expires_in` is `number`, `string` or `absent`.
        """
        self.clients = {client.client_id: client for client in clients}
        self.tokens: dict[str, Token] = {}
        self.issued = 0
        self.lifetime = lifetime
        self.expires_in = expires_in
        self._lock = threading.Lock()
        self._server = _Server(self)
        self._protector = ResourceProtector()
        self._protector.register_token_validator(_Validator(self))

    def token(self, request: Request, api: str) -> Response:
        """Response a request for a token at an API's token endpoint."""
        response: Response = self._server.create_token_response(request)
        if response.status != 200:  # noqa: PLR2004 -- OK
            return response
        document = json.loads(response.body)
        life = LIFETIMES[api] if self.lifetime is None else self.lifetime
        self.tokens[document["access_token"]].expires_at = time.monotonic() + life
        if api == "marketplace":
            document["token_type"] = "bearer"  # noqa: S105 -- a kind of token
        document.pop("expires_in", None)
        if self.expires_in != "absent":
            document["expires_in"] = str(int(life)) if self.expires_in == "string" else int(life)
        response.body = json.dumps(document).encode()
        return response

    def keep(self, document: dict[str, Any], client_id: str) -> None:
        """Remember a token that was issued."""
        with self._lock:
            self.issued += 1
            scope = document.get("scope", "")
            self.tokens[document["access_token"]] = Token(client_id, scope, time.monotonic())

    def mint(self, lifetime: float = 86_400) -> str:
        """Return a bearer token without a token request."""
        token = secrets.token_urlsafe(24)
        self.tokens[token] = Token("minted", "", time.monotonic() + lifetime)
        return token

    def revoke_all(self) -> int:
        """Take back every token there is; return how many were still good."""
        good = [
            token for token in self.tokens.values() if not token.revoked and not token.is_expired()
        ]
        for token in good:
            token.revoked = True
        return len(good)

    def refusal(self, request: Request) -> tuple[int, dict[str, str]] | None:
        """Return status and headers of the refusal of a bearer token, or nothing if it is good."""
        try:
            self._protector.validate_request(None, _Bearer(request))
        except OAuth2Error as error:
            return error.status_code, dict(error.get_headers())
        return None


class _Bearer:
    """What Authlib wants to see of a request for data."""

    def __init__(self, request: Request) -> None:
        self.headers = {"Authorization": request.headers.get("authorization", "")}


def _parameters(request: Request) -> dict[str, str]:
    """Return the parameters of a token request, from a form or from JSON.

    The marketplace's JSON body has the credentials only: there the grant goes without saying.
    """
    if "json" not in request.headers.get("content-type", ""):
        return dict(parse_qsl(request.body.decode("utf-8", "replace")))
    try:
        document = json.loads(request.body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        return {}
    spoken = {name: value for name, value in document.items() if isinstance(value, str)}
    return {"grant_type": "client_credentials", **spoken}
