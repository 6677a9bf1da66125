"""One request, from asking for its turn to an answer worth reading: the way every request takes."""

from __future__ import annotations

import logging
from http import HTTPStatus
from threading import Event, Lock
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec
import requests
import urllib3
from msgspec import Struct, field

from tap_analytics.exceptions import RunError, StreamError
from tap_analytics.http.failures import FailedAttempt, describe_connection_error
from tap_analytics.http.headers import retry_after
from tap_analytics.http.rate_limit import QuotaUsedUpError
from tap_analytics.http.redaction import redact
from tap_analytics.http.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_analytics.clock import Clock
    from tap_analytics.http.auth import Authenticator
    from tap_analytics.http.rate_limit import RateLimiter
    from tap_analytics.http.retry import RetryPolicy

T = TypeVar("T")

log = logging.getLogger("tap-analytics.transport")

_BROKEN = (
    requests.exceptions.Timeout,
    requests.exceptions.ConnectionError,
    urllib3.exceptions.HTTPError,
    ConnectionError,
)


class IncompleteBodyError(Exception):  # a fact about a body, not yet an error
    """The body ended too soon, or is no answer of this API: worth another try."""


class RequestStats(Struct):
    """What a stream's requests cost beyond the first try of each."""

    retries: int = 0
    seconds_waited: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def add(self, seconds: float) -> None:
        """Count one retry and the seconds waited before it."""
        with self._lock:
            self.retries += 1
            self.seconds_waited += seconds


class PreparedCall(Struct, Generic[T], frozen=True):
    """One request and what its sender wants of it."""

    request: requests.PreparedRequest
    policy: RetryPolicy
    label: str
    read: Callable[[requests.Response], T]
    cancelled: Event
    stats: RequestStats
    accepted_statuses: frozenset[int] = frozenset()
    """Further statuses whose answers are read."""


class HTTPClient:
    """Sends requests, one budget and one authenticator for all of them; safe from threads."""

    def __init__(
        self,
        budget: RateLimiter,
        clock: Clock,
        *,
        timeout: float,
        hidden: frozenset[str] = frozenset(),
    ) -> None:
        """Send through this budget.

        Args:
            budget: What every request waits its turn with.
            clock: What dates are held against.
            timeout: Seconds to wait for a connection, and for each next piece of an answer.
            hidden: What must not be shown, besides the authenticator's secrets.
        """
        self._hidden = hidden
        self._budget = budget
        self._clock = clock
        self._exchange = Session(timeout)
        self._answered = False
        self.authenticator: Authenticator | None = None

    def send(self, call: PreparedCall[T]) -> T:
        """Send a request until its answer can be read.

        Args:
            call: The request, its retry rule, and `read`, which is given every 2xx and 404 answer.

        Returns:
            What `read` made of the answer.

        Raises:
            StreamError: The answer is an error, or none came, and the rule's retries are used up.
            RunError: No request of the run has been answered, and the retries are used up.
            Cancelled: Nobody waits for the answer any more.
        """
        renewed = False
        retry = 0
        while True:
            outcome = self._try(call, authenticate=True)
            if not isinstance(outcome, FailedAttempt):
                return outcome
            if outcome.status == HTTPStatus.UNAUTHORIZED and self._renewable and not renewed:
                # A token can be revoked, or end early: a new one, at once, before the rule counts.
                renewed = True
                self._authenticator.invalidate(call.request)
                continue
            retry += 1
            if not outcome.retryable or retry > call.policy.max_retries:
                message = self._sentence(call, outcome, retry - 1)
                if outcome.response is None and not self._answered:
                    # Nobody has answered anything in this run: the other streams need not try.
                    raise RunError(message)
                raise StreamError(message)
            self._wait(call, outcome, retry)

    def post(
        self, request: requests.Request, policy: RetryPolicy, stop: Event
    ) -> requests.Response:
        """Send a request that carries its own credentials, as the one for a token does.

        Returns:
            The answer, whatever its status, once it is not to be tried again.

        Raises:
            RunError: No answer came: without a token no stream can go on.
        """
        retry = 0
        call = PreparedCall(
            request.prepare(), policy, f"POST {request.url}", _json, stop, RequestStats()
        )
        while True:
            outcome = self._try(call, authenticate=False)
            if not isinstance(outcome, FailedAttempt):
                return outcome
            retry += 1
            if outcome.retryable and retry <= policy.max_retries:
                self._wait(call, outcome, retry)
            elif outcome.response is not None:
                return outcome.response
            else:
                raise RunError(self._sentence(call, outcome, retry - 1))

    @property
    def _authenticator(self) -> Authenticator:
        if self.authenticator is None:
            message = "a request was sent before the run had an authenticator"
            raise RuntimeError(message)
        return self.authenticator

    @property
    def _renewable(self) -> bool:
        return self._authenticator.can_refresh

    def secrets(self) -> frozenset[str]:
        """Everything that must not be shown."""
        known = self.authenticator.secrets() if self.authenticator else frozenset()
        return self._hidden | known

    def _try(self, call: PreparedCall[T], *, authenticate: bool) -> T | FailedAttempt:
        request = self._authenticator(call.request) if authenticate else call.request
        try:
            with self._budget.slot(call.cancelled, call.policy.max_wait):
                response = self._exchange.send(request)
        except QuotaUsedUpError as error:
            message = f"{call.label.removesuffix(',')}: {error}"
            raise StreamError(message) from error
        except requests.exceptions.SSLError as error:
            return FailedAttempt(f"the connection is not secure: {error}", retryable=False)
        except _BROKEN as error:
            setting = "base_url" if authenticate else "token_url"
            return FailedAttempt(
                describe_connection_error(error, request.url, setting), retryable=True
            )
        except requests.exceptions.RequestException as error:
            return FailedAttempt(f"the request could not be sent: {error}", retryable=False)
        self._answered = True
        self._budget.observe(response.headers)
        status = response.status_code
        readable = response.ok or status == HTTPStatus.NOT_FOUND or status in call.accepted_statuses
        if response.is_redirect or not readable:
            again = call.policy.retries(status)
            return FailedAttempt(response.reason or "", retryable=again, response=response)
        try:
            return call.read(response)
        except IncompleteBodyError as error:
            return FailedAttempt(str(error), retryable=True, response=response, incomplete=True)

    def _sentence(self, call: PreparedCall[T], failure: FailedAttempt, retries: int) -> str:
        renewable = self.authenticator is not None and self.authenticator.can_refresh
        return failure.sentence(call.label, retries, self.secrets(), renewable=renewable)

    def _wait(self, call: PreparedCall[T], failure: FailedAttempt, retry: int) -> None:
        response = failure.response
        asked = retry_after(response.headers, self._clock.utc()) if response is not None else None
        seconds = call.policy.delay(retry) if asked is None else asked
        said = str(failure.status) if failure.status else redact(failure.message, self.secrets())
        log.info(
            "%s: %s; retry %d of %d in %.0f s.",
            call.label.removesuffix(","),
            said,
            retry,
            call.policy.max_retries,
            seconds,
        )
        if failure.status == HTTPStatus.TOO_MANY_REQUESTS:
            self._budget.slow_down()
        if asked is not None:
            # The server's word holds for everyone: nobody runs into the wall a second time.
            self._budget.pause(asked)
            if asked <= call.policy.max_wait:
                call.stats.add(asked)
            return
        call.stats.add(seconds)
        self._budget.wait(seconds, call.cancelled)


def _json(response: requests.Response) -> requests.Response:
    try:
        if response.ok:
            msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = "the body is no JSON, or ended too soon"
        raise IncompleteBodyError(message) from error
    return response
