"""Authentication as a flow: it yields the requests to send and receives their responses.

A flow belongs to one call and knows nothing of the client that drives it:

1. Asked for the next attempt, it yields the request with its credentials. If it needs something
   else first, such as a token, it yields a `PreparedCall` for that and receives its response.
2. It receives the response of the attempt, or None where no response came.
3. It yields the request once more, with new credentials, to be sent at once. Or it yields None:
   the result of the attempt stands, and the retry policy decides about the next one.
"""

from __future__ import annotations

import base64
from abc import ABC, abstractmethod
from collections.abc import Generator
from typing import ClassVar, TypeAlias
from urllib.parse import quote_plus, unquote_plus, urlsplit, urlunsplit

from requests import PreparedRequest, Response

from tap_analytics.http.call import PreparedCall
from tap_analytics.http.redaction import secrets_in

AuthFlow: TypeAlias = Generator[
    PreparedRequest | PreparedCall[Response] | None, Response | None, None
]

DEFAULT_LIFETIME = 3600.0
"""Seconds a token is used where the server does not say how long it is valid."""


class Auth(ABC):
    """Authenticates the requests of a run; safe from several threads."""

    refused_advice: str
    """What to do about a 401 that the flow could not cure: a sentence for the error message."""

    can_refresh: ClassVar[bool] = True
    """Whether new credentials can be had, so that a 401 need not be final."""

    @abstractmethod
    def flow(self, request: PreparedRequest) -> AuthFlow:
        """Start the flow of one call.

        Args:
            request: The call's request. Its credentials are set in place.

        Returns:
            The flow, which ends only when it is closed.
        """

    @abstractmethod
    def secrets(self) -> frozenset[str]:
        """The values that must not be shown."""


class StaticAuth(Auth):
    """Credentials that stay the same for the whole run and cannot be renewed."""

    can_refresh = False

    @abstractmethod
    def apply(self, request: PreparedRequest) -> None:
        """Set the credentials on a request, in place."""

    def flow(self, request: PreparedRequest) -> AuthFlow:
        """Yield the request with its credentials, for as many attempts as are asked for."""
        while True:
            self.apply(request)
            yield request
            yield None


class NoAuth(StaticAuth):
    """No credentials, or a request that carries its own."""

    refused_advice = (
        "No credentials were sent, and the API requires some: set `auth`, `access_token`, or "
        "`token_url`, `client_id` and `client_secret`."
    )

    def apply(self, request: PreparedRequest) -> None:
        """Leave the request as it is."""

    def secrets(self) -> frozenset[str]:
        """Nothing."""
        return frozenset()


class BearerTokenAuth(StaticAuth):
    """A token from the configuration."""

    refused_advice = "The token was refused: check `access_token`; it may have expired."

    def __init__(self, access_token: str) -> None:
        """Use this token for every request."""
        self._token = access_token

    def apply(self, request: PreparedRequest) -> None:
        """Set the `Authorization` header."""
        request.headers["Authorization"] = f"Bearer {self._token}"

    def secrets(self) -> frozenset[str]:
        """The token."""
        return frozenset({self._token})


class HeaderAuth(NoAuth):
    """An `Authorization` header that the user gave: it is sent as it is."""

    refused_advice = "The credentials were refused: check `Authorization` in `headers`."


class BasicAuth(StaticAuth):
    """A user name and a password (RFC 7617)."""

    refused_advice = "The credentials were refused: check `username` and `password` of `auth`."

    def __init__(self, username: str, password: str) -> None:
        """Use these for every request."""
        self._username, self._password = username, password
        joined = f"{username}:{password}".encode()
        self._encoded = base64.b64encode(joined).decode()

    def apply(self, request: PreparedRequest) -> None:
        """Set the `Authorization` header."""
        request.headers["Authorization"] = f"Basic {self._encoded}"

    def secrets(self) -> frozenset[str]:
        """The password, or the user name where that is the key; and the two joined."""
        pair = f"{self._username}:{self._password}"
        return frozenset({self._password or self._username, pair, self._encoded})


class ApiKeyAuth(StaticAuth):
    """A key in a header, a query parameter or a cookie."""

    refused_advice = "The key was refused: check `api_key`, `name` and `location` of `auth`."

    def __init__(self, key: str, name: str, location: str) -> None:
        """Use a key for every request.

        Args:
            key: The key.
            name: The name of the header, parameter or cookie.
            location: `header`, `query` or `cookie`.
        """
        self._key, self._name, self._location = key, name, location

    def apply(self, request: PreparedRequest) -> None:
        """Set the key; once, however often it is applied to the same request."""
        if self._location == "header":
            request.headers[self._name] = self._key
        elif self._location == "cookie":
            own = f"{self._name}="
            others = request.headers.get("Cookie", "").split("; ")
            kept = [pair for pair in others if pair and not pair.startswith(own)]
            request.headers["Cookie"] = "; ".join([*kept, f"{own}{self._key}"])
        else:
            # A link to the next page may hold the key already.
            parts = urlsplit(str(request.url))
            pairs = parts.query.split("&")
            kept = [
                pair
                for pair in pairs
                if pair and unquote_plus(pair.partition("=")[0]) != self._name
            ]
            query = "&".join([*kept, f"{quote_plus(self._name)}={quote_plus(self._key)}"])
            request.url = urlunsplit(parts._replace(query=query))

    def secrets(self) -> frozenset[str]:
        """The key, with and without a scheme such as `Token` before it."""
        return secrets_in({"key": self._key})
