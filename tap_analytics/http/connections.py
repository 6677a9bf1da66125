"""Connections that tell the deadlines which socket a request uses; otherwise urllib3's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from tap_analytics.http.deadline import Deadlines

if TYPE_CHECKING:
    import socket

    from urllib3.poolmanager import PoolManager


class _Watched:
    """What the connections of both schemes add to urllib3's."""

    sock: socket.socket | None

    def _new_conn(self) -> socket.socket:
        connection: socket.socket = super()._new_conn()  # type: ignore[misc]  # of urllib3's
        # Before TLS and a proxy say their first words: those may be slow as well.
        Deadlines.connected(connection)
        return connection

    def request(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # handed on
        if self.sock is not None:
            Deadlines.connected(self.sock)
        super().request(*args, **kwargs)  # type: ignore[misc]  # of urllib3's


class _HTTPConnection(_Watched, HTTPConnection):
    pass


class _HTTPSConnection(_Watched, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


class WatchedAdapter(HTTPAdapter):
    """Sends requests over watched connections, with or without a proxy."""

    _POOLS: ClassVar = {"http": _HTTPPool, "https": _HTTPSPool}

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # handed on
        """Make the pools of the connections without a proxy."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> PoolManager:  # noqa: ANN401  # same
        """The pools of the connections through a proxy."""
        manager: PoolManager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = self._POOLS
        return manager
