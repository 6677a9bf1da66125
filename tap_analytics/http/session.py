"""Sends one request and reads its response: connections, proxies, redirects. No retries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit
from weakref import finalize

import requests

from tap_analytics.http.body import read_body
from tap_analytics.http.charset import in_utf8
from tap_analytics.http.connections import WatchedAdapter, origin_of
from tap_analytics.http.deadline import Deadlines
from tap_analytics.http.urls import is_loopback, same_origin

if TYPE_CHECKING:
    from tap_analytics.http.limits import Limits

MAX_CONNECTIONS = 32
MAX_REDIRECTS = 5


class Session:
    """Sends requests over connections that stay open; safe from several threads."""

    def __init__(self, limits: Limits) -> None:
        """Create a session.

        Args:
            limits: What one request may take.
        """
        self._timeout = limits.timeout
        self._max_bytes = limits.max_bytes
        self._deadlines = Deadlines(limits.response_timeout)
        # Its thread holds no session: it ends with it, however many runs a process makes.
        finalize(self, self._deadlines.close)
        self.responded = False
        """Whether any server has responded, whatever became of its response."""
        self._session = requests.Session()
        self._adapter = WatchedAdapter(pool_maxsize=MAX_CONNECTIONS)
        self._environment: dict[str, dict[str, Any]] = {}

    def send(self, request: requests.PreparedRequest) -> requests.Response:
        """Send a request, and follow its redirects on the same server.

        Args:
            request: The request, with its credentials.

        Returns:
            The response with its whole body; a redirect where that may not be followed.

        Raises:
            requests.RequestException: No response came, or the request could not be sent.
            urllib3.exceptions.HTTPError: The body is incomplete, or could not be decompressed.
            DeadlineExceededError: The response was not complete in time.
            ResponseTooLargeError: Its body is too large.
            IncompleteBodyError: Its compressed body ended too soon.
            UnknownEncodingError: Its body is compressed in an unknown way.
        """
        with self._deadlines.watch():
            response = self._send_once(request)
            for _ in range(MAX_REDIRECTS):
                target = _target(request, response)
                if target is None:
                    break
                request = request.copy()
                request.url = target
                response = self._send_once(request)
        return response

    def _send_once(self, request: requests.PreparedRequest) -> requests.Response:
        url = str(request.url)
        origin = origin_of(url)
        settings = self._environment.get(origin)
        if settings is None:
            # Proxies and certificates from the environment, as `requests.get` would find them.
            settings = dict(self._session.merge_environment_settings(url, {}, None, None, None))
            if is_loopback(urlsplit(url).hostname or ""):
                # A proxy cannot reach a server on this machine, and should not see its tokens.
                settings["proxies"] = {}
            self._environment[origin] = settings
        # Sent by the adapter itself: what the session would add (cookies, hooks) only costs time.
        response = self._adapter.send(request, timeout=self._timeout, **settings)
        self.responded = True
        # Read while the request holds its slot, as it is in flight until the body is complete.
        body = read_body(response.raw, self._max_bytes)
        response.content = in_utf8(body, response.headers.get("Content-Type", ""))
        return response


def _target(request: requests.PreparedRequest, response: requests.Response) -> str | None:
    """Where a redirect is followed to; None where there is none, or it may not be followed.

    It is followed only where the token and the tenant's headers may go, and never for a POST,
    which a redirect would turn into a GET without its body.
    """
    if not response.is_redirect or request.method != "GET":
        return None
    try:
        target = urljoin(str(request.url), response.headers["Location"])
        return target if same_origin(target, str(request.url)) else None
    except ValueError:  # it is no URL
        return None
