"""Attempts that failed: what the retry policy needs to know of them, and the error message."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
import urllib3
from msgspec import Struct

from tap_analytics.http.body import ResponseTooLargeError, UnknownEncodingError
from tap_analytics.http.call import IncompleteBodyError
from tap_analytics.http.deadline import DeadlineExceededError
from tap_analytics.http.redaction import EXCERPT_LENGTH, excerpt, hide, redact, redacted_traceback
from tap_analytics.http.urls import same_origin, split_url
from tap_analytics.records.names import shown
from tap_analytics.records.plain_lines import SEVERAL_LINES

if TYPE_CHECKING:
    import logging

    from tap_analytics.http.limits import Limits

HTTP_ERRORS = (
    DeadlineExceededError,
    IncompleteBodyError,
    ResponseTooLargeError,
    UnknownEncodingError,
    requests.exceptions.RequestException,
    urllib3.exceptions.HTTPError,
    OSError,
)
"""What sending a request may raise, and `failed_attempt` knows how to say."""

LIMIT_ADVICE = (
    " The server had too many requests: wait, or have fewer sent by `requests_per_minute`."
)

UNFORESEEN = (
    "{} could not be read: {}. The tap does not know this kind of failure; at the log level DEBUG "
    "the log has the traceback. Please report it."
)
"""What is said of an exception that nobody foresaw: its place, and its class and message."""


def unforeseen(error: Exception, place: str, secrets: frozenset[str], log: logging.Logger) -> str:
    """What is said of an exception that nobody foresaw; the log at DEBUG gets its traceback.

    Args:
        error: The exception.
        place: What could not be read for it; where the exception has a note, that tells it.
        secrets: Values that must not be shown.
        log: Where the traceback goes.
    """
    log.debug("%s", redacted_traceback(error, secrets), extra=SEVERAL_LINES)
    place = next(iter(getattr(error, "__notes__", ())), place)
    what = shown(redact(f"{type(error).__name__}: {error}", secrets), EXCERPT_LENGTH)
    return UNFORESEEN.format(hide(place, secrets), what)


class FailedAttempt(Struct, frozen=True):
    """One attempt to send a request that did not succeed."""

    message: str
    """What went wrong; for a status that is an error, its reason phrase."""

    retryable: bool
    """Whether a retry may succeed."""

    response: requests.Response | None = None
    """The response; None where none came."""

    limited: bool = False
    """Whether the server had too many requests: it says nothing of this one."""

    incomplete: bool = False
    """Whether the status is fine but the body is not."""

    unreachable: bool = False
    """Whether no connection could be made, so that the server may be away for a while."""

    silent: bool = False
    """Whether nothing came of the server: no connection, or no byte in time."""

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
        label = hide(label, secrets)
        after = f" after {self.retries} {plural}" if self.retries else ""
        if self.response is None or self.incomplete:
            return f"{label} failed{after}: {redact(self.message, secrets)}."
        # The reason phrase is the server's text as well.
        reason = shown(redact(self.message, secrets))
        status = f"{self.response.status_code} {reason}".rstrip()
        body = excerpt(self.response.content, secrets)
        advice = _advice(self.response, secrets, refused_advice)
        if self.limited and self.status == HTTPStatus.FORBIDDEN:
            advice = LIMIT_ADVICE
        return f"{label} returned {status}{after}: {body}.{advice}"


def _advice(response: requests.Response, secrets: frozenset[str], refused_advice: str) -> str:
    """What to do about a response, as a sentence with a space before it; empty where unknown."""
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        return f" {refused_advice}"
    if response.status_code == HTTPStatus.FORBIDDEN:
        return " Check what the credentials may read, such as by `scope` or a tenant in `headers`."
    if response.is_redirect:
        target = shown(redact(response.headers.get("Location", ""), secrets), EXCERPT_LENGTH)
        if _is_followed(response):
            return f" It redirects to {target}, in a circle: check `base_url` and `path`."
        return f" It redirects to {target}, which is not followed: check `base_url`."
    return ""


def _is_followed(response: requests.Response) -> bool:
    """Whether a redirect is one that is followed, so that there were too many."""
    target = split_url(response.headers.get("Location", ""), str(response.url))
    same = same_origin(target.geturl(), str(response.url))
    return same and response.request.method == "GET"


def host_of(url: str | None) -> str:
    """The host and port of a URL; without a user and password."""
    return urlsplit(url or "").netloc.rpartition("@")[2]


def unreachable(error: Exception) -> bool:
    """Whether no connection could be made, and one may be made later.

    A host name that does not exist will not exist a minute later: that is the policy's to retry.
    """
    unknown = "Name or service not known" in str(error)
    causes: list[object] = [error, *error.args]
    causes += [getattr(cause, "reason", None) for cause in causes]
    kinds = (
        requests.exceptions.ConnectTimeout,
        urllib3.exceptions.NewConnectionError,
        urllib3.exceptions.ConnectTimeoutError,
        urllib3.exceptions.ProxyError,
    )
    return not unknown and any(isinstance(cause, kinds) for cause in causes)


def _silent(error: Exception) -> bool:
    """Whether nothing came of the server, in contrast to something that is no response."""
    cause = error.args[0] if error.args else None
    no_connection = (
        urllib3.exceptions.MaxRetryError,
        urllib3.exceptions.NewConnectionError,
        urllib3.exceptions.SSLError,
    )
    timeouts = (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
    return isinstance(error, timeouts) or isinstance(cause, no_connection)


def failed_attempt(
    error: Exception, url: str | None, setting: str, limits: Limits
) -> FailedAttempt:
    """What became of an attempt that got no complete response.

    Args:
        error: One of `HTTP_ERRORS`.
        url: The address of the request.
        setting: The setting that names its host.
        limits: What the request was allowed.
    """
    host = host_of(url)
    retryable = True
    match error:
        case IncompleteBodyError():
            message = str(error)
        case DeadlineExceededError():
            message = (
                f"the response from {host} was not complete after {limits.response_timeout:g} "
                "seconds; `response_timeout` sets how long a response may take"
            )
        case ResponseTooLargeError():
            retryable = False
            message = (
                f"the response from {host} is larger than {limits.max_response_mb:g} MB; "
                "`max_response_mb` sets how large it may be, and a smaller `page_size` may help"
            )
        case UnknownEncodingError():
            retryable = False
            message = (
                f"the response from {host} is compressed as `{shown(str(error))}`, which the tap "
                "cannot read; `Accept-Encoding: gzip` in `headers` asks for another form"
            )
        case requests.exceptions.InvalidHeader() | urllib3.exceptions.InvalidHeader():
            message = f"the response from {host} has headers that contradict each other: {error}"
        case requests.exceptions.SSLError():
            retryable = False
            message = f"the connection to {host} is not secure: {_tls_problem(error, setting)}"
        case requests.exceptions.Timeout() | requests.exceptions.ConnectionError():
            message = describe_connection_error(error, url, setting)
        case ConnectionError() | TimeoutError() | urllib3.exceptions.HTTPError():
            message = describe_connection_error(error, url, setting)
        case _:
            retryable = False
            message = f"the request could not be sent: {error}"
    return FailedAttempt(
        message, retryable=retryable, unreachable=unreachable(error), silent=_silent(error)
    )


def _tls_problem(error: Exception, setting: str) -> str:
    """What is wrong with a server's certificate or its protocol, and what to do."""
    found = _TLS_REASON.search(str(error))
    if found is None:
        return f"the server speaks no TLS there that the tap knows; check `{setting}`"
    reason = found[1].strip().rstrip(".")
    if "mismatch" in reason or "doesn't match" in reason:
        return f"{reason}; check the host in `{setting}`"
    if "self-signed" in reason or "unable to get" in reason:
        return (
            f"{reason}; where the certificate is your own organisation's, name the file of its CA "
            "in the environment variable REQUESTS_CA_BUNDLE"
        )
    return f"{reason}; only the server's operator can mend that"


_TLS_REASON = re.compile(r"certificate verify failed: (.+?) *\(_ssl")


def describe_connection_error(error: Exception, url: str | None, setting: str) -> str:
    """Why no complete response came, and what to check.

    Args:
        error: The exception that the HTTP library raised.
        url: The address of the request.
        setting: The setting that names its host.

    Returns:
        A phrase without a full stop.
    """
    host = host_of(url)
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
