"""One authenticator, shared by every stream of a run and safe from several threads."""

from __future__ import annotations

import base64
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

import msgspec
import requests
from msgspec import Struct

from tap_analytics.exceptions import RunError
from tap_analytics.http.redaction import excerpt, redact, redactable

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_analytics.clock import Clock

DEFAULT_LIFETIME = 3600.0
"""Seconds a token is used where the server does not say how long it lives."""

RENEWAL_MARGIN = 60.0
"""Seconds before its end at which a token is renewed; a tenth of its life where that is less."""

_REFUSALS = {
    "invalid_client": "look at `client_id` and `client_secret`, and at `auth_style`",
    "unauthorized_client": "look at `client_id`: this client may not use client credentials",
    "invalid_scope": "look at `scope`",
    "invalid_request": "look at `auth_style`: the server may want the credentials in another way",
    "unsupported_grant_type": "look at `token_url`: client credentials are not taken there",
    "invalid_grant": "look at `client_id` and `client_secret`",
}


class Authenticator(Protocol):
    """Puts a bearer token on a request; satisfies the SDK's `Auth`."""

    can_refresh: bool

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The same request, with its `Authorization` header."""

    def invalidate(self, request: requests.PreparedRequest) -> None:
        """Never use the token of this request again: the server refused it."""

    def secrets(self) -> frozenset[str]:
        """Everything that must not be shown."""


class BearerTokenAuth:
    """A token that the user configured: there is no way to renew it."""

    can_refresh = False

    def __init__(self, access_token: str) -> None:
        """Use this token for every request."""
        self._token = access_token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The same request, with its `Authorization` header."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def invalidate(self, request: requests.PreparedRequest) -> None:
        """Nothing can take its place."""

    def secrets(self) -> frozenset[str]:
        """The token."""
        return frozenset({self._token})


class _Token(Struct, frozen=True):
    value: str
    renew_at: float


class TokenRequest(Struct, frozen=True):
    """What the client credentials grant needs (RFC 6749, section 4.4)."""

    token_url: str
    client_id: str
    client_secret: str
    scope: str | None = None
    style: str = "form"

    def request(self) -> requests.Request:
        """The request for a token, with the credentials in form, basic or json style."""
        fields = {"grant_type": "client_credentials"}
        if self.scope:
            fields["scope"] = self.scope
        pair = {"client_id": self.client_id, "client_secret": self.client_secret}
        headers = {"Accept": "application/json"}
        if self.style == "json":
            return requests.Request("POST", self.token_url, headers, json=fields | pair)
        if self.style == "basic":
            # Form-encoded before they are joined: RFC 6749, section 2.3.1.
            joined = f"{quote(self.client_id, safe='')}:{quote(self.client_secret, safe='')}"
            headers["Authorization"] = "Basic " + base64.b64encode(joined.encode()).decode()
            return requests.Request("POST", self.token_url, headers, data=fields)
        return requests.Request("POST", self.token_url, headers, data=fields | pair)


class OAuth2ClientCredentials:
    """OAuth2 client credentials: fetches a token when needed, renews it before it ends."""

    can_refresh = True

    def __init__(
        self,
        credentials: TokenRequest,
        post: Callable[[requests.Request], requests.Response],
        clock: Clock,
    ) -> None:
        """Authenticate with these credentials.

        Args:
            credentials: Where and with what to ask for a token.
            post: Sends a request, with retries, and returns the last answer whatever its status.
            clock: What a token's life is measured with.
        """
        self._credentials = credentials
        self._post = post
        self._clock = clock
        self._lock = Lock()
        self._token: _Token | None = None
        self._refusal: RunError | None = None
        self._seen: set[str] = set()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The same request, with its `Authorization` header.

        Raises:
            RunError: The token endpoint refused the client.
        """
        request.headers["Authorization"] = f"Bearer {self._current()}"
        return request

    def invalidate(self, request: requests.PreparedRequest) -> None:
        """Drop the token of a refused request, unless another thread has renewed it already."""
        refused = str(request.headers.get("Authorization", "")).removeprefix("Bearer ")
        with self._lock:
            if self._token and self._token.value == refused:
                self._token = None

    def secrets(self) -> frozenset[str]:
        """The client's credentials and every token of this run."""
        client = redactable([self._credentials.client_id])
        return client | {self._credentials.client_secret, *tuple(self._seen)}

    def _current(self) -> str:
        with self._lock:
            if self._refusal:
                # Asked once: a refused client is refused for every thread and stream.
                raise self._refusal
            if self._token is None or self._clock.monotonic() >= self._token.renew_at:
                try:
                    self._token = self._fetch()
                except RunError as refusal:
                    self._refusal = refusal
                    raise
            return self._token.value

    def _fetch(self) -> _Token:
        asked_at = self._clock.monotonic()
        response = self._post(self._credentials.request())
        answer = _json_object(response)
        value = answer.get("access_token")
        if response.status_code != HTTPStatus.OK or not isinstance(value, str) or not value:
            raise RunError(self._refused(response, answer))
        self._seen.add(value)
        lifetime = _seconds(answer.get("expires_in"))
        margin = min(RENEWAL_MARGIN, lifetime / 10)
        return _Token(value, asked_at + lifetime - margin)

    def _refused(self, response: requests.Response, answer: dict[str, Any]) -> str:
        error = str(answer.get("error", ""))
        advice = _REFUSALS.get(error, "look at `token_url`")
        if response.is_redirect:
            location = redact(response.headers.get("Location", ""), self.secrets())
            advice = f"it redirects to {location}: set `token_url` to the address that answers"
        if response.status_code == HTTPStatus.OK and not error:
            # Never quoted: what looks like no token may be a part of one.
            said = "no JSON object with an `access_token` in it"
        else:
            said = excerpt(error.encode() or response.content, self.secrets())
        return (
            f"No token from {self._credentials.token_url}: it answered "
            f"{response.status_code} ({said}); {advice}."
        )


def _json_object(response: requests.Response) -> dict[str, Any]:
    try:
        return msgspec.json.decode(response.content, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}


def _seconds(expires_in: Any) -> float:  # noqa: ANN401  # it comes as anything
    try:
        seconds = float(expires_in)
    except (TypeError, ValueError):
        return DEFAULT_LIFETIME
    return seconds if seconds > 0 else DEFAULT_LIFETIME
