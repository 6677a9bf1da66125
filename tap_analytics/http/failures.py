"""Why a request brought no answer worth reading: for the retry rule, and in a sentence."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

import requests
import urllib3
from msgspec import Struct

from tap_analytics.http.redaction import excerpt, redact


class FailedAttempt(Struct, frozen=True):
    """One try that failed."""

    message: str
    """What went wrong, or the status in words."""

    retryable: bool
    """Whether another try may do better."""

    response: requests.Response | None = None
    incomplete: bool = False
    """Whether the answer's status is fine but its body is not."""

    @property
    def status(self) -> int | None:
        """The answer's status; None where none came."""
        return self.response.status_code if self.response is not None else None

    def sentence(
        self, where: str, retries: int, secrets: frozenset[str], *, renewable: bool
    ) -> str:
        """What failed, what the server said, and what to do.

        Args:
            where: The stream, the path and the page.
            retries: How often it was tried again.
            secrets: What must not be shown.
            renewable: Whether a refused token was replaced by a new one.
        """
        tried = f" after {retries} {'retry' if retries == 1 else 'retries'}" if retries else ""
        if self.response is None or self.incomplete:
            return f"{where} failed{tried}: {redact(self.message, secrets)}."
        said = excerpt(self.response.content, secrets)
        status = f"{self.response.status_code} {self.message}"
        return (
            f"{where} answered {status}{tried}: {said}{_advice(self.response, secrets, renewable)}"
        )


def _advice(response: requests.Response, secrets: frozenset[str], renewable: bool) -> str:  # noqa: FBT001
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        return (
            ". A new token was refused too: look at `scope`, and at what this client may read."
            if renewable
            else ". The token was refused: look at `access_token`; it may have ended."
        )
    if response.status_code == HTTPStatus.FORBIDDEN:
        return ". Look at `scope`, and at the tenant in `headers`."
    if response.is_redirect:
        target = redact(response.headers.get("Location", ""), secrets)
        return f". It redirects to {target}, which is not followed: look at `base_url`."
    return "."


def describe_connection_error(error: Exception, url: str | None, setting: str) -> str:
    """Why no answer came, in words that say what to look at.

    Args:
        error: What the libraries raised.
        url: What was asked.
        setting: Where its host is configured.
    """
    host = urlsplit(url or "").netloc
    if isinstance(error, requests.exceptions.Timeout | urllib3.exceptions.TimeoutError):
        return f"no answer from {host} in time; `request_timeout` says how long to wait"
    if isinstance(error, requests.exceptions.ProxyError):
        return f"the proxy to {host} did not connect"
    if isinstance(error, urllib3.exceptions.DecodeError):
        return (
            f"the answer from {host} is not packed as it says; `Accept-Encoding: identity` in "
            "`headers` asks for it unpacked"
        )
    text = str(error)
    if "Name or service not known" in text or "name resolution" in text or "getaddrinfo" in text:
        return f"the host {host} is not known: look at `{setting}` and at the network"
    if "refused" in text:
        return f"{host} refused the connection: look at `{setting}` and at the network"
    return f"the connection to {host} broke before the whole answer had come"
