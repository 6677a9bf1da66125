"""A request goes out and its answer comes in, whole: connections, proxies, redirects."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import requests

from tap_analytics.http.urls import is_loopback, same_origin

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CONNECTIONS = 32
MAX_REDIRECTS = 5


class _Body(BytesIO):
    """A body that has come, handed on in one piece."""

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        """All of it, as urllib3's response would hand it on piece by piece."""
        yield self.getvalue()


class Session:
    """Sends requests over connections that stay open; safe from threads."""

    def __init__(self, timeout: float) -> None:
        """Wait this many seconds for a connection, and for each next piece of an answer."""
        self._timeout = timeout
        self._session = requests.Session()
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=MAX_CONNECTIONS)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        self._environment: dict[str, dict[str, object]] = {}

    def send(self, request: requests.PreparedRequest) -> requests.Response:
        """The answer to a request, or to the last of the redirects that may be followed.

        Raises:
            requests.RequestException: No answer came, or the request could not be sent.
            urllib3.exceptions.HTTPError: Its body did not come whole, or cannot be unpacked.
        """
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
        # The adapter's own way: what a session adds (cookies, hooks) is of no use here, and costs.
        response = self._session.get_adapter(url).send(
            request,
            timeout=self._timeout,
            **settings,  # type: ignore[arg-type]  # requests types them one by one
        )
        # Read while the turn lasts, as a body on its way is a request in flight; and in one go, as
        # between two pieces other threads would take their turn.
        response.raw = _Body(response.raw.read(decode_content=True))
        return response
