"""Connections that tell the deadlines which socket a request uses; otherwise urllib3's own.

They also read on behind an interim response, such as `103 Early Hints`, which Python's own take
for the response itself: what follows would be taken for that of the next request.

An ordinary request over a connection that is open is written by hand, and an ordinary response
read by hand. Whatever else happens to it is the library's: that goes on as if it had sent it.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import partial
from http.client import HTTPConnection as PythonsConnection
from http.client import HTTPResponse, parse_headers
from logging import DEBUG
from typing import TYPE_CHECKING, Any, ClassVar, cast

from requests import Response
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connectionpool import log as library_log

from tap_analytics.http.deadline import Deadlines, Handle
from tap_analytics.http.ordinary import (
    Headers,
    OrdinaryResponse,
    reader_behind,
    receive,
    request_head,
)

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from requests import PreparedRequest
    from urllib3.connectionpool import ConnectionPool
    from urllib3.poolmanager import PoolManager
    from urllib3.response import BaseHTTPResponse


MOST_BYTES = 16 * 1024 * 1024
"""Longer bodies are read piece by piece: between two of them other threads run."""

_INTERIM = range(102, 200)
"""Statuses that another one follows; Python's own knows 100, and 101 is not asked for."""


def origin_of(url: str) -> str:
    """The scheme, host and port of a URL that requests has prepared: such a one has a path."""
    return url[: url.find("/", len("https://"))]


class WholeResponse(Response):
    """A response as far as the tap reads it, with its whole body.

    It knows no cookies: to make a jar for them takes longer than all the rest.
    """

    content: bytes = b""
    encoding = None

    def __init__(self) -> None:
        """Have nothing yet."""


class _FinalResponse(HTTPResponse):
    """A response without the interim ones that come before it (RFC 9110, 15.2)."""

    def __init__(self, *args: Any, beginning: bytes = b"", **kwargs: Any) -> None:  # noqa: ANN401  # handed on
        super().__init__(*args, **kwargs)
        self.fp = reader_behind(beginning, self.fp)

    def _read_status(self) -> tuple[str, int, str]:
        found: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]  # of Python's
        while found[1] in _INTERIM:
            parse_headers(self.fp)
            found = super()._read_status()  # type: ignore[misc]  # as above
        return found


class _Watched:
    """What the connections of both schemes add to urllib3's."""

    response_class: Callable[..., _FinalResponse] = _FinalResponse
    sock: socket.socket | None
    timeout: float | None
    _handle: Handle | None = None
    _came: bytes | OSError | None = None
    """Of a request that was sent by hand: what was received, or how that failed."""

    def ask(self, target: str, request: PreparedRequest, seconds: float) -> OrdinaryResponse | None:
        """Send a request by hand, and receive the response.

        Args:
            target: The path and the query.
            request: A GET without a body.
            seconds: The longest wait for bytes.

        Returns:
            The response. None where the library is to go on with this connection: it sends the
            request, if this is no ordinary one, and else gets what has been received.
        """
        own: Any = self
        host = own.host if own.port == own.default_port else f"{own.host}:{own.port}"
        head = request_head(target, host, request.headers)
        if self.sock is None or self._handle is None or head is None:
            return None
        Deadlines.connected(self._handle)
        try:
            self.sock.settimeout(seconds)
            with suppress(BrokenPipeError, ConnectionResetError):  # there may be a response
                self.sock.sendall(head)
            came: OrdinaryResponse | bytes | OSError = receive(self.sock, MOST_BYTES)
        except OSError as error:
            came = error
        if isinstance(came, OrdinaryResponse):
            return came
        self._came = came
        return None

    def send(self, data: Any) -> None:  # noqa: ANN401  # handed on
        if self._came is None:
            super().send(data)  # type: ignore[misc]  # of Python's

    def _new_conn(self) -> socket.socket:
        connection: socket.socket = super()._new_conn()  # type: ignore[misc]  # of urllib3's
        self._handle = Handle(connection)
        # Before TLS and a proxy say their first words: those may be slow as well.
        Deadlines.connected(self._handle)
        return connection

    def close(self) -> None:
        # What a request in flight still reads it watches by the handle that it has itself.
        self._handle = self._came = None
        super().close()  # type: ignore[misc]  # of urllib3's

    def request(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # handed on
        if self._handle is not None:
            Deadlines.connected(self._handle)
        super().request(*args, **kwargs)  # type: ignore[misc]  # of urllib3's

    def getresponse(self) -> Any:  # noqa: ANN401  # one of two classes with the same members
        if self.sock is None:
            return super().getresponse()  # type: ignore[misc]  # of urllib3's
        self.sock.settimeout(self.timeout)
        came, self._came = self._came, None
        if isinstance(came, OSError):
            raise came
        received = receive(self.sock, MOST_BYTES) if came is None else came
        if isinstance(received, bytes):
            self.response_class = partial(_FinalResponse, beginning=received)
            return super().getresponse()  # type: ignore[misc]  # as above
        # The next request may be sent. Python's own connection would be told so by its response,
        # or by being closed, which it is here without its socket.
        connection, self.sock = self.sock, None
        PythonsConnection.close(self)  # type: ignore[arg-type]  # what both classes inherit from
        self.sock = connection
        return received


class _HTTPConnection(_Watched, HTTPConnection):  # type: ignore[misc]  # urllib3 leaves the class open
    pass


class _HTTPSConnection(_Watched, HTTPSConnection):  # type: ignore[misc]  # the same
    pass


class _Begun(threading.local):
    """The connection on which this thread has begun a request by hand, for the library to go on."""

    connection: _Watched | None = None


class _Pool:
    """What the pools of both schemes add to urllib3's."""

    begun = _Begun()

    def _get_conn(self, timeout: float | None = None) -> Any:  # noqa: ANN401  # of urllib3's classes
        begun, self.begun.connection = self.begun.connection, None
        return begun or super()._get_conn(timeout)  # type: ignore[misc]  # of urllib3's

    def ask(self, target: str, request: PreparedRequest, seconds: float) -> OrdinaryResponse | None:
        """Send a request by hand over a connection that is open; None as its own `ask` says."""
        connection = self._get_conn()
        response: OrdinaryResponse | None = connection.ask(target, request, seconds)
        if response is None:
            self.begun.connection = connection
        else:
            self._put_conn(connection)  # type: ignore[attr-defined]  # of urllib3's
        return response

    def urlopen(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # handed on
        response = super().urlopen(*args, **kwargs)  # type: ignore[misc]  # of urllib3's
        if isinstance(response, OrdinaryResponse):
            # It has been read: the next request may have its connection.
            self._put_conn(response.connection)  # type: ignore[attr-defined]  # the same
        return response


class _HTTPPool(_Pool, HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(_Pool, HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


class WatchedAdapter(HTTPAdapter):
    """Sends requests over watched connections, with or without a proxy.

    What requests finds out anew for each request it finds out once per origin: whoever sends keeps
    to one proxy and one set of certificates for an origin. Cookies are not read.
    """

    _POOLS: ClassVar = {"http": _HTTPPool, "https": _HTTPSPool}

    def __init__(self, pool_maxsize: int) -> None:
        """Make an adapter that keeps so many connections to an origin open."""
        super().__init__(pool_maxsize=pool_maxsize)
        self._pool_of: dict[str, ConnectionPool] = {}

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002  # as requests has it
        timeout: Any = None,  # noqa: ANN401  # handed on
        verify: Any = True,  # noqa: ANN401, FBT002  # the same
        cert: Any = None,  # noqa: ANN401  # the same
        proxies: Any = None,  # noqa: ANN401  # the same
    ) -> WholeResponse:
        """Send a request; the response's body is unread, it is in `raw`."""
        pool: Any = self._pool_of.get(origin_of(str(request.url)))
        by_hand = request.method == "GET" and request.body is None and not proxies
        # At that level the library's log has a line for each request.
        if by_hand and getattr(pool, "pool", None) and not library_log.isEnabledFor(DEBUG):
            response = pool.ask(self.request_url(request, proxies), request, timeout)
            if response is not None:
                return self.build_response(request, response)
        try:
            response = super().send(request, stream, timeout, verify, cert, proxies)
            return cast("WholeResponse", response)
        finally:
            _Pool.begun.connection = None

    def get_connection_with_tls_context(
        self,
        request: PreparedRequest,
        verify: Any,  # noqa: ANN401  # handed on
        proxies: Any = None,  # noqa: ANN401  # the same
        cert: Any = None,  # noqa: ANN401  # the same
    ) -> ConnectionPool:
        """The connections to the origin of a request."""
        origin = origin_of(str(request.url))
        pool = self._pool_of.get(origin)
        # Of many pools urllib3 closes those that were not used for long.
        if pool is None or getattr(pool, "pool", None) is None:
            pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
            self._pool_of[origin] = pool
        return pool

    def request_url(self, request: PreparedRequest, proxies: Any) -> str:  # noqa: ANN401  # handed on
        """What the request line says."""
        if proxies:
            return str(super().request_url(request, proxies))
        path = request.path_url
        # Else the first part of the path would be taken for a host.
        return f"/{path.lstrip('/')}" if path.startswith("//") else path

    def build_response(
        self, req: PreparedRequest, resp: BaseHTTPResponse | OrdinaryResponse
    ) -> WholeResponse:
        """A response as far as the tap reads it, its body unread."""
        response = WholeResponse()
        response.status_code = resp.status
        if isinstance(resp, OrdinaryResponse):
            headers = resp.headers
        else:
            headers = Headers(resp.headers.iteritems())
        response.headers = headers  # type: ignore[assignment]  # it is read only, and quicker
        response.raw = resp
        response.reason = str(resp.reason)
        response.url = str(req.url)
        response.request = req
        return response

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # handed on
        """Make the pools of the connections without a proxy."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> PoolManager:  # noqa: ANN401  # same
        """The pools of the connections through a proxy."""
        manager: PoolManager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = self._POOLS
        return manager
