"""OAuth2: one access token for all streams and threads, renewed before it expires."""

from __future__ import annotations

import base64
import re
from functools import cached_property
from http import HTTPStatus
from threading import Event, Lock
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

import msgspec
import requests
from msgspec import Struct

from tap_analytics.exceptions import RunError
from tap_analytics.http.auth import DEFAULT_LIFETIME, Auth
from tap_analytics.http.call import IncompleteBodyError, PreparedCall, RequestStats
from tap_analytics.http.redaction import (
    EXCERPT_LENGTH,
    excerpt,
    hide,
    redact,
    redactable,
    secrets_in,
    values_in_url,
)
from tap_analytics.records.names import shown

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from tap_analytics.clock import Clock
    from tap_analytics.http.auth import AuthFlow
    from tap_analytics.http.refresh_tokens import RefreshTokens
    from tap_analytics.http.retry import RetryPolicy

RENEWAL_MARGIN = 60.0
"""A token is renewed so many seconds before it expires, or a tenth of its lifetime if less."""

_ADVICE = {
    "invalid_client": "check `client_id`, `client_secret` and `auth_style`",
    "unauthorized_client": "check `client_id`: this client may not use client credentials",
    "invalid_scope": "check `scope`",
    "invalid_request": "check `auth_style`: the server may expect the credentials in another form",
    "unsupported_grant_type": "check `token_url`: it does not accept client credentials",
    "invalid_grant": "check `client_id` and `client_secret`",
    "access_denied": (
        "check `client_id`, `client_secret` and, where the server wants one, `audience` in "
        "`access_token_request_data`"
    ),
    "invalid_target": "check `resource` in `access_token_request_data`",
    "invalid_resource": "check `scope`, or `resource` in `access_token_request_data`",
}


_decoder = msgspec.json.Decoder(float_hook=str)
"""Numbers with a point or an exponent as text: `_lifetime` reads it, however large they are."""

_SENDABLE = re.compile(r"[!-~\xa0-\xff]+")
_NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class TokenRequest(Struct, frozen=True):
    """What a token is requested with: client credentials (RFC 6749, 4.4), or a refresh token."""

    token_url: str
    client_id: str | None = None
    client_secret: str | None = None
    scope: str | None = None
    style: str = "form"
    data: Mapping[str, Any] = {}
    """Further fields, such as `audience`; they go before the others."""

    default_lifetime: float = DEFAULT_LIFETIME

    def pairs(self) -> tuple[str, str]:
        """The credentials joined as for the basic style: form-encoded, and as they are."""
        client_id, secret = self.client_id or "", self.client_secret or ""
        return f"{quote(client_id, safe='')}:{quote(secret, safe='')}", f"{client_id}:{secret}"

    def request(self, refresh_token: str | None = None) -> requests.Request:
        """The request for a token, with the credentials in form, basic or json style.

        Args:
            refresh_token: What to exchange; None for the client credentials alone.
        """
        fields: dict[str, Any] = {"grant_type": "client_credentials"}
        if self.scope:
            fields["scope"] = self.scope
        fields |= self.data
        if refresh_token is not None:
            fields |= {"grant_type": "refresh_token", "refresh_token": refresh_token}
        pair = {"client_id": self.client_id, "client_secret": self.client_secret}
        pair = {name: value for name, value in pair.items() if value}
        headers = {"Accept": "application/json"}
        if self.style == "json":
            return requests.Request("POST", self.token_url, headers, json=pair | fields)
        if self.style == "basic":
            # Form-encoded before they are joined: RFC 6749, section 2.3.1.
            joined = self.pairs()[0]
            headers["Authorization"] = "Basic " + base64.b64encode(joined.encode()).decode()
            return requests.Request("POST", self.token_url, headers, data=fields)
        return requests.Request("POST", self.token_url, headers, data=pair | fields)


class _Token(Struct, frozen=True):
    value: str
    renew_at: float
    """When to renew it, in seconds on the run's monotonic clock."""


class OAuth2ClientCredentials(Auth):
    """Fetches a token when one is needed, and renews it before it expires or when it is refused."""

    refused_advice = "A new token was refused too: check `scope`, and what this client may read."

    def __init__(
        self,
        credentials: TokenRequest,
        policy: RetryPolicy,
        clock: Clock,
        refresh_tokens: RefreshTokens | None = None,
    ) -> None:
        """Authenticate with these credentials.

        Args:
            credentials: Where and with what to request a token.
            policy: When to retry a request for a token.
            clock: What a token's lifetime is measured with.
            refresh_tokens: What to exchange for a token; None for the client credentials alone.
        """
        self._refresh_tokens = refresh_tokens
        self._credentials = credentials
        self._policy = policy
        self._clock = clock
        self._lock = Lock()
        self._token: _Token | None = None
        self._refusal: RunError | None = None
        self._issued: set[str] = set()

    def flow(self, request: requests.PreparedRequest) -> AuthFlow:
        """Yield the request with a valid token; once per call, renew a token that is refused.

        Raises:
            RunError: The token endpoint refused the client, or sent no response.
        """
        renewed = False
        while True:
            token = yield from self._valid_token()
            request.headers["Authorization"] = f"Bearer {token}"
            response = yield request
            refused = response is not None and response.status_code == HTTPStatus.UNAUTHORIZED
            if refused and not renewed:
                # It may have been revoked, or have expired early.
                renewed = True
                self._invalidate(token)
            else:
                yield None

    def secrets(self) -> frozenset[str]:
        """The client's credentials and every token of this run."""
        own = set(self._issued)
        if self._refresh_tokens:
            own.add(self._refresh_tokens.current)
        return self._given | (own - {""})

    @cached_property
    def _given(self) -> frozenset[str]:
        """The secrets that the configuration has. They are asked for with each line of the log."""
        credentials = self._credentials
        client = redactable([credentials.client_id, *credentials.pairs()])
        sent = {"": [credentials.data, values_in_url(credentials.token_url)]}
        return (client | secrets_in(sent) | {credentials.client_secret or ""}) - {""}

    def _valid_token(
        self,
    ) -> Generator[PreparedCall[requests.Response], requests.Response | None, str]:
        # Held while the token is fetched: the other threads wait for it and fetch none themselves.
        with self._lock:
            if self._refusal:
                # A client that was refused once is refused for every thread and stream.
                raise self._refusal
            if self._token is None or self._clock.monotonic() >= self._token.renew_at:
                requested_at = self._clock.monotonic()
                try:
                    # The client that drives this flow sends a response, or throws the error.
                    response = cast("requests.Response", (yield self._call()))
                    self._token = self._read_token(response, requested_at)
                except RunError as refusal:
                    self._refusal = refusal
                    raise
            return self._token.value

    def _invalidate(self, token: str) -> None:
        """Forget a token that was refused, unless another thread has renewed it already."""
        with self._lock:
            if self._token and self._token.value == token:
                self._token = None

    def _call(self) -> PreparedCall[requests.Response]:
        return PreparedCall(
            self._credentials.request(
                self._refresh_tokens.current if self._refresh_tokens else None
            ).prepare(),
            self._policy,
            f"POST {self._credentials.token_url}",
            _whole,
            Event(),
            RequestStats(),
            url_setting="token_url",
        )

    def _read_token(self, response: requests.Response, requested_at: float) -> _Token:
        body = _json_object(response)
        value = body.get("access_token")
        if response.status_code != HTTPStatus.OK or not isinstance(value, str) or not value:
            raise RunError(self._refused_message(response, body))
        self._issued.add(value)
        if not _SENDABLE.fullmatch(value):
            url = hide(self._credentials.token_url, self.secrets())
            message = (
                f"The token from {url} cannot be sent: it has a space, a line break or another "
                "character that no header can carry. Only the server's operator can mend that."
            )
            raise RunError(message)
        rotated = body.get("refresh_token")
        if self._refresh_tokens and isinstance(rotated, str) and rotated:
            self._issued.update({self._refresh_tokens.current, rotated})
            self._refresh_tokens.replace(rotated)
        lifetime = _lifetime(body.get("expires_in"), self._credentials.default_lifetime)
        margin = min(RENEWAL_MARGIN, lifetime / 10)
        return _Token(value, requested_at + lifetime - margin)

    def _refused_message(self, response: requests.Response, body: dict[str, Any]) -> str:
        error = _text(body.get("error"))
        advice = _ADVICE.get(error, "check `token_url`")
        if error == "invalid_grant" and self._refresh_tokens:
            advice = "the refresh token is not valid any more: check `refresh_token`"
        if response.is_redirect:
            location = redact(response.headers.get("Location", ""), self.secrets())
            location = shown(location, EXCERPT_LENGTH)
            advice = f"it redirects to {location}: set `token_url` to the final address"
        if response.status_code == HTTPStatus.OK and not error:
            # The body is never quoted here: it may contain a part of a token.
            reason = "no JSON object with an `access_token`"
        else:
            said = ": ".join(filter(None, (error, _text(body.get("error_description")))))
            reason = excerpt(said.encode() if error else response.content, self.secrets())
        return (
            f"No token from {hide(self._credentials.token_url, self.secrets())}: it returned "
            f"{response.status_code} ({reason}); {advice}."
        )


def _whole(response: requests.Response) -> requests.Response:
    """The response itself; `IncompleteBodyError` where it succeeded but its body is not JSON."""
    try:
        if response.status_code == HTTPStatus.OK:
            _decoder.decode(response.content)
    except _NOT_JSON as error:
        message = "the body is not JSON, or it ended too soon"
        raise IncompleteBodyError(message) from error
    return response


def _json_object(response: requests.Response) -> dict[str, Any]:
    """The body as a JSON object; empty where it is something else."""
    try:
        body = _decoder.decode(response.content)
    except _NOT_JSON:
        return {}
    return body if isinstance(body, dict) else {}


def _text(value: object) -> str:
    """A field of an error that is text; empty where it is something else."""
    return value if isinstance(value, str) else ""


def _lifetime(expires_in: object, default: float) -> float:
    """The lifetime in seconds that a server states as a number or as text; else the default."""
    try:
        seconds = float(expires_in) if isinstance(expires_in, int | float | str) else 0.0
    except (ValueError, OverflowError):
        return default
    return seconds if seconds > 0 else default
