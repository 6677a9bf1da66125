"""The HTTP client: authenticates, limits and sends each request, and retries what failed."""

from __future__ import annotations

from contextlib import closing
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from tap_analytics.exceptions import RefusedRequestError, RunError, StreamError, TapError
from tap_analytics.http.auth import NoAuth
from tap_analytics.http.call import IncompleteBodyError, PreparedCall, RequestStats
from tap_analytics.http.failures import HTTP_ERRORS, FailedAttempt, failed_attempt, unforeseen
from tap_analytics.http.headers import is_part_of_list, retry_after
from tap_analytics.http.rate_limit import (
    LONGEST_QUOTA,
    CancelledError,
    QuotaUsedUpError,
    is_rate_limit,
)
from tap_analytics.http.redaction import (
    hide,
    hide_secrets_in_log,
    redact,
)
from tap_analytics.http.session import Session
from tap_analytics.log_fields import fields
from tap_analytics.records.plain_lines import plain_logger

if TYPE_CHECKING:
    import requests

    from tap_analytics.clock import Clock
    from tap_analytics.http.auth import Auth, AuthFlow
    from tap_analytics.http.limits import Limits
    from tap_analytics.http.rate_limit import RateLimiter
    from tap_analytics.http.retry import RetryPolicy

T = TypeVar("T")

log = plain_logger("tap-analytics.http")

_SUCCESS = {*range(200, 300)} - {HTTPStatus.PARTIAL_CONTENT}
SHORTEST_IN_LINES = 4
"""Credentials that are shorter are no more than words in a line of the tap's own."""


class HTTPClient:
    """Sends the requests of all streams of a run; safe from several threads."""

    def __init__(
        self,
        auth: Auth,
        rate_limiter: RateLimiter,
        clock: Clock,
        *,
        limits: Limits,
        hidden: frozenset[str] = frozenset(),
        credentials: frozenset[str] = frozenset(),
    ) -> None:
        """Create the client of a run.

        Args:
            auth: Authenticates every request.
            rate_limiter: Decides when each request may be sent.
            clock: What the dates in response headers are compared with.
            limits: What one request may take.
            hidden: Values that must not be shown, besides the secrets of `auth`.
            credentials: Those of them that are no ordinary words: they are hidden in every line.
        """
        self._auth = auth
        self._further: list[Auth] = []
        self._issued: tuple[tuple[frozenset[str], ...], frozenset[str]] = (), frozenset()
        """What the authentications knew when the credentials were asked for, and these."""
        self._rate_limiter = rate_limiter
        self._clock = clock
        self._hidden, self._credentials = hidden, credentials
        self.stats = RequestStats()
        """All requests of the run, those for tokens among them."""

        self._limits = limits
        self._session = Session(limits)
        hide_secrets_in_log(self)
        self._token_refused = False
        """Whether a request was given up because its credentials were refused."""

        self._away_since: float | None = None
        """When the server could first not be reached; None where it could be last."""

    def send(self, call: PreparedCall[T], auth: Auth | None = None) -> T:
        """Send a request until it succeeds or its retries are used up.

        Args:
            call: The request, its retry policy, and `read`, which is called with every response
                whose status is 2xx, 404 or one of the accepted statuses.
            auth: The endpoint's own authentication; None for the run's.

        Returns:
            What `read` returned.

        Raises:
            StreamError: The last attempt failed, or the server's quota is used up.
            RunError: The client was refused a token; or no request of this run got any response.
            CancelledError: The caller set `call.cancelled`.
        """
        auth = auth or self._auth
        try:
            result = self._send(call, auth)
        except (TapError, CancelledError):
            raise
        except Exception as error:
            raise StreamError(unforeseen(error, call.label, self.secrets(), log)) from error
        if not isinstance(result, FailedAttempt):
            return result
        if result.status == HTTPStatus.UNAUTHORIZED:
            self._token_refused = True
        message = result.sentence(call.label, self.secrets(), auth.refused_advice)
        if result.silent and not self._session.responded:
            # Nothing has come of a server in this run: the other streams need not try.
            raise RunError(message)
        if result.status is None or result.incomplete:
            raise StreamError(message)
        # New credentials may have been asked for.
        retried = result.retries > 0 or result.status == HTTPStatus.UNAUTHORIZED
        raise RefusedRequestError(message, retried=retried)

    def secrets(self) -> frozenset[str]:
        """The values that must not be shown."""
        return self._hidden.union(*(auth.secrets() for auth in (self._auth, *self._further)))

    def credentials(self) -> frozenset[str]:
        """Those of the secrets that are no ordinary words."""
        issued = tuple(auth.secrets() for auth in (self._auth, *self._further))
        if issued != self._issued[0]:
            # Kept, as each line of the log asks for them.
            found = self._credentials.union(*issued)
            known = frozenset(text for text in found if len(text) >= SHORTEST_IN_LINES)
            self._issued = issued, known
        return self._issued[1]

    def hide_secrets_of(self, auth: Auth) -> None:
        """Keep the secrets of a further authentication, of one endpoint, out of what is shown."""
        self._further.append(auth)

    def _send(self, call: PreparedCall[T], auth: Auth) -> T | FailedAttempt:
        """The result of a call, or the last attempt where no more retries are allowed."""
        failure = FailedAttempt("nothing was sent", retryable=False)
        retries = 0
        with closing(auth.flow(call.request)) as flow:
            request = self._next_request(flow)
            while request is not None:
                result = self._attempt(call, request, auth)
                if not isinstance(result, FailedAttempt):
                    return result
                failure = result
                # With new credentials it is sent again at once, which is not one of the retries.
                request = self._next_request(flow, failure.response)
                if request is None and self._may_retry(call.policy, failure, retries):
                    retries += 1
                    self._wait(call, failure, retries)
                    request = self._next_request(flow)
        return replace(failure, retries=retries)

    def _may_retry(self, policy: RetryPolicy, failure: FailedAttempt, retries: int) -> bool:
        """Whether the policy allows a retry, or the server may still come back."""
        if not failure.retryable:
            return False
        return retries < policy.max_retries or (failure.unreachable and self._seconds_left() > 0)

    def _seconds_left(self) -> float:
        """Seconds for which a server that cannot be reached is still waited for."""
        since = self._away_since
        away = self._clock.monotonic() - since if since is not None else 0.0
        return self._limits.connection_retry_seconds - away

    def _next_request(
        self, flow: AuthFlow, response: requests.Response | None = None
    ) -> requests.PreparedRequest | None:
        """The request that an authentication flow wants to be sent; None where it wants none.

        Args:
            flow: The flow of the call.
            response: The response of the last attempt; None at the start of an attempt, or where
                no response came.
        """
        step = flow.send(response)
        while isinstance(step, PreparedCall):
            try:
                received = self._send_for_auth(step)
            except RunError as error:
                step = flow.throw(error)
            else:
                step = flow.send(received)
        return step

    def _send_for_auth(self, call: PreparedCall[requests.Response]) -> requests.Response:
        """The last response to a request that carries its own credentials, whatever its status.

        Raises:
            RunError: No response came: without a token no stream can go on.
        """
        result = self._send(call, NoAuth())
        if not isinstance(result, FailedAttempt):
            return result
        if result.response is None:
            raise RunError(result.sentence(call.label, self.secrets(), NoAuth.refused_advice))
        return result.response

    def _attempt(
        self, call: PreparedCall[T], request: requests.PreparedRequest, auth: Auth
    ) -> T | FailedAttempt:
        """Send a request once, when the rate limiter allows it, and read the response."""
        response = self._response(call, request)
        if isinstance(response, FailedAttempt):
            return response
        self._away_since = None
        self._rate_limiter.observe(response.headers)
        status = response.status_code
        # Not `response.ok`, which holds for 999.
        readable = status in _SUCCESS or status in {HTTPStatus.NOT_FOUND, *call.accepted_statuses}
        if status == HTTPStatus.PARTIAL_CONTENT:
            readable = is_part_of_list(request.headers, response.headers)
        # Whatever the user ignores: it says nothing of what there is.
        limited = is_rate_limit(response)
        if limited or response.is_redirect or not readable:
            retries = call.policy.retries
            retryable = retries(status) or (limited and retries(HTTPStatus.TOO_MANY_REQUESTS))
            retryable = retryable and not self._is_final(status, call, auth)
            return FailedAttempt(
                response.reason or "", retryable=retryable, response=response, limited=limited
            )
        try:
            return call.read(response)
        except IncompleteBodyError as error:
            return FailedAttempt(str(error), retryable=True, response=response, incomplete=True)

    def _is_final(self, status: int, call: PreparedCall[T], auth: Auth) -> bool:
        """Whether a status stays, whatever the policy says: that of a fixed token that is refused.

        Where the user asked for retries the first request has them, and those that follow have not.
        """
        if status != HTTPStatus.UNAUTHORIZED or auth.can_refresh:
            return False
        return self._token_refused or not call.policy.user_chose_statuses

    def _response(
        self, call: PreparedCall[T], request: requests.PreparedRequest
    ) -> requests.Response | FailedAttempt:
        """The whole response to a request, whatever its status; or why there is none."""
        try:
            with self._rate_limiter.slot(call.cancelled, call.policy.max_wait):
                sent = self._clock.monotonic()
                response = self._session.send(request)
        except QuotaUsedUpError as error:
            raise _refused(call, error) from error
        except HTTP_ERRORS as error:
            self._count(call, 0)
            failure = failed_attempt(error, request.url, call.url_setting, self._limits)
            if failure.unreachable and self._away_since is None:
                # Of the run, not of this request: streams that follow need not wait again.
                self._away_since = self._clock.monotonic()
            return failure
        self._count(call, len(response.content))
        call.stats.responded(response.status_code, self._clock.monotonic() - sent)
        return response

    def _count(self, call: PreparedCall[T], received: int) -> None:
        self.stats.sent(received)
        call.stats.sent(received)

    def _wait(self, call: PreparedCall[T], failure: FailedAttempt, retry: int) -> None:
        """Wait before a retry: as long as the server asks to, or else as long as the policy says.

        Args:
            call: The call, whose statistics count the wait.
            failure: The attempt that failed.
            retry: The number of the retry, counted from 1.
        """
        response = failure.response
        headers = response.headers if response is not None else {}
        requested = retry_after(headers, self._clock.utc())
        max_wait = call.policy.max_wait
        if requested is not None and requested > max(max_wait, LONGEST_QUOTA):
            # Nobody can mean that: the other streams are read all the same.
            raise _refused(call, QuotaUsedUpError(requested, self._clock.utc(), max_wait))
        seconds = call.policy.delay(retry) if requested is None else requested
        limit = f"of {call.policy.max_retries}"
        if retry > call.policy.max_retries:
            # Only for a server that cannot be reached: the last retry is at the end of its time.
            seconds = min(seconds, max(self._seconds_left(), 0.0))
            limit = f"(for up to {self._limits.connection_retry_seconds:.0f} s in all)"
        log.info(
            "%s: %s; retry %d %s in %.0f s.",
            hide(call.label.removesuffix(","), self.secrets()),
            failure.status or redact(failure.message, self.secrets()),
            retry,
            limit,
            seconds,
            extra=fields("retry", call.stream, status=failure.status, retry=retry, seconds=seconds),
        )
        if failure.limited:
            self._rate_limiter.slow_down()
        if requested is None:
            call.stats.add(seconds)
            self._rate_limiter.wait(seconds, call.cancelled)
            return
        # `Retry-After` holds for all threads, so that no other request is refused as well. The
        # next attempt waits for the end of the pause, or fails where it is longer than `max_wait`.
        self._rate_limiter.pause(requested)
        if requested <= max_wait:
            call.stats.add(requested)


def _refused(call: PreparedCall[T], error: QuotaUsedUpError) -> StreamError:
    """What is said of a request that the server puts off for too long."""
    return StreamError(f"{call.label.removesuffix(',')}: {error}")
