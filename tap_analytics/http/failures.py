"""Attempts that failed: what the retry policy needs to know of them, and the error message."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

import requests
import urllib3
from msgspec import Struct

from tap_analytics.http.redaction import excerpt, redact


class FailedAttempt(Struct, frozen=True):
    """One attempt to send a request that did not succeed."""

    message: str
    """What went wrong; for a status that is an error, its reason phrase."""

    retryable: bool
    """Whether a retry may succeed."""

    response: requests.Response | None = None
    """The response; None where none came."""

    incomplete: bool = False
    """Whether the status is fine but the body is not."""

    retries: int = 0
    """How many retries there had been; set on the last attempt of a call."""

    @property
    def status(self) -> int | None:
        """The response's status; None where none came."""
        return self.response.status_code if self.response is not None else None

    def sentence(self, label: str, secrets: frozenset[str], refused_advice: str) -> str:
        """The error message: what failed, what the server sent, and what to do.

        Args:
            label: Which request it was: the stream, the path and the page.
            secrets: Values that must not be shown.
            refused_advice: What to do where the credentials were refused.
        """
        plural = "retry" if self.retries == 1 else "retries"
        after = f" after {self.retries} {plural}" if self.retries else ""
        if self.response is None or self.incomplete:
            return f"{label} failed{after}: {redact(self.message, secrets)}."
        status = f"{self.response.status_code} {self.message}"
        body = excerpt(self.response.content, secrets)
        advice = _advice(self.response, secrets, refused_advice)
        return f"{label} returned {status}{after}: {body}.{advice}"


def _advice(response: requests.Response, secrets: frozenset[str], refused_advice: str) -> str:
    """What to do about a response, as a sentence with a space before it; empty where unknown."""
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        return f" {refused_advice}"
    if response.status_code == HTTPStatus.FORBIDDEN:
        return " Check `scope`, and the tenant in `headers`."
    if response.is_redirect:
        target = redact(response.headers.get("Location", ""), secrets)
        return f" It redirects to {target}, which is not followed: check `base_url`."
    return ""


def describe_connection_error(error: Exception, url: str | None, setting: str) -> str:
    """Why no complete response came, and what to check.

    Args:
        error: The exception that the HTTP library raised.
        url: The address of the request.
        setting: The setting that names its host.

    Returns:
        A phrase without a full stop.
    """
    host = urlsplit(url or "").netloc
    if isinstance(error, requests.exceptions.Timeout | urllib3.exceptions.TimeoutError):
        return f"no response from {host} in time; `request_timeout` sets how long to wait"
    if isinstance(error, requests.exceptions.ProxyError):
        return f"the proxy could not connect to {host}"
    if isinstance(error, urllib3.exceptions.DecodeError):
        return (
            f"the response from {host} could not be decompressed; `Accept-Encoding: identity` in "
            "`headers` asks for an uncompressed one"
        )
    text = str(error)
    if "Name or service not known" in text or "name resolution" in text or "getaddrinfo" in text:
        return f"the host {host} is not known: check `{setting}` and the network"
    if "refused" in text:
        return f"{host} refused the connection: check `{setting}` and the network"
    return f"the connection to {host} broke before the response was complete"
