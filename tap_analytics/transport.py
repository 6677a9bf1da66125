"""One request, from asking for its turn to an answer worth reading: the way every request takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Event, Lock
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import urljoin, urlsplit

import msgspec
import requests
import urllib3

from tap_analytics.budget import QuotaUsedUpError
from tap_analytics.errors import RunError, StreamError, excerpt, redact
from tap_analytics.origins import is_loopback, same_origin
from tap_analytics.retry import RetryRule, retry_after

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_analytics.auth import Authenticator
    from tap_analytics.budget import Budget
    from tap_analytics.clock import Clock

T = TypeVar("T")

MAX_CONNECTIONS = 32
MAX_REDIRECTS = 5

_BROKEN = (
    requests.exceptions.Timeout,
    requests.exceptions.ConnectionError,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
    urllib3.exceptions.HTTPError,
    ConnectionError,
)


class Incomplete(Exception):  # noqa: N818  # a fact about a body, not yet an error
    """The body ended too soon, or is no answer of this API: worth another try."""


@dataclass(slots=True)
class Effort:
    """What a stream's requests cost beyond the first try of each."""

    retries: int = 0
    seconds_waited: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def add(self, seconds: float) -> None:
        """Count one retry and the seconds waited before it."""
        with self._lock:
            self.retries += 1
            self.seconds_waited += seconds


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request and what its sender wants of it."""

    request: requests.PreparedRequest
    rule: RetryRule
    where: str
    read: Callable[[requests.Response], T]
    stop: Event
    effort: Effort
    also_read: frozenset[int] = frozenset()
    """Further statuses whose answers are read."""


class Transport:
    """Sends requests, one budget and one authenticator for all of them; safe from threads."""

    def __init__(
        self,
        budget: Budget,
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
        self._timeout = timeout
        self._session = requests.Session()
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=MAX_CONNECTIONS)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        self._environment: dict[str, dict[str, object]] = {}
        self.authenticator: Authenticator | None = None

    def send(self, call: Call[T]) -> T:
        """Send a request until its answer can be read.

        Args:
            call: The request, its retry rule, and `read`, which is given every 2xx and 404 answer.

        Returns:
            What `read` made of the answer.

        Raises:
            StreamError: The answer is an error, or none came, and the rule's retries are used up.
            Cancelled: Nobody waits for the answer any more.
        """
        renewed = False
        retry = 0
        while True:
            outcome = self._try(call, authenticate=True)
            if not isinstance(outcome, _Failure):
                return outcome
            if outcome.status == HTTPStatus.UNAUTHORIZED and self._renewable and not renewed:
                # A token can be revoked, or end early: a new one, at once, before the rule counts.
                renewed = True
                self._authenticator.discard(call.request)
                continue
            retry += 1
            if not outcome.again or retry > call.rule.max_retries:
                raise StreamError(self._sentence(call, outcome, retry - 1))
            self._wait(call, outcome, retry)

    def post(self, request: requests.Request, rule: RetryRule, stop: Event) -> requests.Response:
        """Send a request that carries its own credentials, as the one for a token does.

        Returns:
            The answer, whatever its status, once it is not to be tried again.

        Raises:
            RunError: No answer came: without a token no stream can go on.
        """
        retry = 0
        call = Call(request.prepare(), rule, f"POST {request.url}", _json, stop, Effort())
        while True:
            outcome = self._try(call, authenticate=False)
            if not isinstance(outcome, _Failure):
                return outcome
            retry += 1
            if outcome.again and retry <= rule.max_retries:
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
        return self._authenticator.renewable

    def secrets(self) -> frozenset[str]:
        """Everything that must not be shown."""
        known = self.authenticator.secrets() if self.authenticator else frozenset()
        return self._hidden | known

    def _try(self, call: Call[T], *, authenticate: bool) -> T | _Failure:
        request = self._authenticator(call.request) if authenticate else call.request
        try:
            with self._budget.turn(call.stop, call.rule.max_wait):
                response = self._exchange(request)
        except QuotaUsedUpError as error:
            message = f"{call.where.removesuffix(',')}: {error}"
            raise StreamError(message) from error
        except requests.exceptions.SSLError as error:
            return _Failure(f"the connection is not secure: {error}", again=False)
        except _BROKEN as error:
            return _Failure(_plainly(error, request.url), again=True)
        except requests.exceptions.RequestException as error:
            return _Failure(f"the request could not be sent: {error}", again=False)
        self._budget.hear(response.headers)
        status = response.status_code
        readable = response.ok or status == HTTPStatus.NOT_FOUND or status in call.also_read
        if response.is_redirect or not readable:
            again = call.rule.retries(status)
            return _Failure(response.reason or "", again=again, response=response)
        try:
            return call.read(response)
        except Incomplete as error:
            return _Failure(str(error), again=True, response=response, broken=True)

    def _exchange(self, request: requests.PreparedRequest) -> requests.Response:
        response = self._send_once(request)
        for _ in range(MAX_REDIRECTS):
            target = urljoin(str(request.url), response.headers.get("Location", ""))
            # Followed only where the token and the tenant's headers may go, and never as a POST,
            # which a redirect would turn into a GET without its body.
            if (
                not response.is_redirect
                or request.method != "GET"
                or not same_origin(target, str(request.url))
            ):
                break
            request = request.copy()
            request.url = target
            response = self._send_once(request)
        return response

    def _send_once(self, request: requests.PreparedRequest) -> requests.Response:
        url = str(request.url)
        origin = "://".join(urlsplit(url)[:2])
        if origin not in self._environment:
            # Proxies and certificates from the environment, as `requests.get` would take them.
            found = dict(self._session.merge_environment_settings(url, {}, None, None, None))
            if is_loopback(urlsplit(url).hostname or ""):
                # No proxy can reach this machine's own sandbox, and none should see its tokens.
                found["proxies"] = {}
            self._environment[origin] = found
        settings = self._environment[origin]
        return self._session.send(
            request,
            timeout=self._timeout,
            allow_redirects=False,
            **settings,  # type: ignore[arg-type]  # requests types them one by one
        )

    def _wait(self, call: Call[T], failure: _Failure, retry: int) -> None:
        response = failure.response
        asked = retry_after(response.headers, self._clock.utc()) if response is not None else None
        seconds = call.rule.wait(retry) if asked is None else asked
        if failure.status == HTTPStatus.TOO_MANY_REQUESTS:
            self._budget.slow_down()
        if asked is not None:
            # The server's word holds for everyone: nobody runs into the wall a second time.
            self._budget.pause(asked)
            if asked <= call.rule.max_wait:
                call.effort.add(asked)
            return
        call.effort.add(seconds)
        self._budget.wait(seconds, call.stop)

    def _sentence(self, call: Call[T], failure: _Failure, retries: int) -> str:
        tried = f" after {retries} {'retry' if retries == 1 else 'retries'}" if retries else ""
        response = failure.response
        if response is None or failure.broken:
            said = redact(failure.said, self.secrets())
            return f"{call.where} failed{tried}: {said}."
        said = excerpt(response.content, self.secrets())
        return (
            f"{call.where} answered {response.status_code} {failure.said}{tried}: "
            f"{said}{self._advice(response)}"
        )

    def _advice(self, response: requests.Response) -> str:
        status = response.status_code
        if status == HTTPStatus.UNAUTHORIZED:
            renewable = self.authenticator is not None and self.authenticator.renewable
            return (
                ". A new token was refused too: look at `scope`, and at what this client may read."
                if renewable
                else ". The token was refused: look at `access_token`; it may have ended."
            )
        if status == HTTPStatus.FORBIDDEN:
            return ". Look at `scope`, and at the tenant in `headers`."
        if response.is_redirect:
            target = redact(response.headers.get("Location", ""), self.secrets())
            return f". It redirects to {target}, which is not followed: look at `base_url`."
        return "."


@dataclass(frozen=True, slots=True)
class _Failure:
    said: str
    again: bool
    response: requests.Response | None = None
    broken: bool = False

    @property
    def status(self) -> int | None:
        return self.response.status_code if self.response is not None else None


def _json(response: requests.Response) -> requests.Response:
    try:
        if response.ok:
            msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = "the body is no JSON, or ended too soon"
        raise Incomplete(message) from error
    return response


def _plainly(error: Exception, url: str | None) -> str:
    host = urlsplit(url or "").netloc
    if isinstance(error, requests.exceptions.Timeout):
        return f"no answer from {host} in time; `request_timeout` says how long to wait"
    if isinstance(error, requests.exceptions.ProxyError):
        return f"the proxy to {host} did not connect"
    text = str(error)
    if "Name or service not known" in text or "name resolution" in text or "getaddrinfo" in text:
        return f"the host {host} is not known: look at `base_url` and at the network"
    if "refused" in text:
        return f"{host} refused the connection: look at `base_url` and at the network"
    return f"the connection to {host} broke before the whole answer had come"
