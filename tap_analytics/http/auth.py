"""Authentication as a flow: it yields the requests to send and receives their responses.

A flow belongs to one call and knows nothing of the client that drives it:

1. Asked for the next attempt, it yields the request with its credentials. If it needs something
   else first, such as a token, it yields a `PreparedCall` for that and receives its response.
2. It receives the response of the attempt, or None where no response came.
3. It yields the request once more, with new credentials, to be sent at once. Or it yields None:
   the result of the attempt stands, and the retry policy decides about the next one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from typing import ClassVar, TypeAlias

from requests import PreparedRequest, Response

from tap_analytics.http.call import PreparedCall

AuthFlow: TypeAlias = Generator[
    PreparedRequest | PreparedCall[Response] | None, Response | None, None
]


class Auth(ABC):
    """Authenticates the requests of a run; safe from several threads."""

    refused_advice: ClassVar[str]
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

    refused_advice = "The API requires credentials."

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
