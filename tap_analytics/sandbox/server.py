"""`Sandbox`: a server that runs while a `with` block does."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from . import control
from .application import TOKEN_PATHS, Application
from .catalog import RESOURCES, RowFactory
from .data.time_formats import TIME_FORMATS
from .http_server import Server
from .limits import Limits
from .oauth import Client, OAuth
from .store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from types import TracebackType

    from .live_edits import LoggedEdit
    from .messages import LogEntry, Request, Response


class Sandbox:
    """A server on loopback that speaks both APIs, with data that a seed decides.

    It serves from construction to `close` (or the end of a `with` block).
    """

    def __init__(  # noqa: PLR0913 -- switches that go by name
        self,
        *,
        rows: Mapping[str, int] | None = None,
        seed: int = 1,
        port: int = 0,
        edge_cases: bool = True,
        keyless_rows: int = 0,
        orders: Mapping[str, str] | None = None,
        token_lifetime: float | None = None,
        expires_in: str = "number",
        limits: Limits | None = None,
        time_formats: Mapping[str, str] | None = None,
        delay: float = 0.0,
        clock_offset: float = 0.0,
    ) -> None:
        """Start to response.

        Args:
            rows: how many records streams have, where not their usual number.
            seed: what decides the data.
            port: where to listen on 127.0.0.1; 0 is any free port.
            edge_cases: whether the data has the edge cases that the APIs' users met.
            keyless_rows: how many disbursements have no `id`.
            orders: the order of streams whose reader asks for none (see `View`).
            token_lifetime: seconds that a token lives, where not the API's own number.
            expires_in: how a token's life is told: `number`, `string` or `absent`.
            limits: rate limits; none if not given.
            time_formats: how streams write modification times, where not as their API does:
                `text` (`2025-01-28 10:00:00`, compared as text), `seconds` or `milliseconds`.
            delay: seconds that each response with data takes longer.
            clock_offset: seconds that the server's clock is ahead: in the header `Date`, and in
                the modification times of edits.
        """
        unknown = set(rows or {}) - set(RESOURCES)
        if unknown:
            message = f"The sandbox has no stream {sorted(unknown)}; it has {sorted(RESOURCES)}."
            raise ValueError(message)
        odd = set((time_formats or {}).values()) - set(TIME_FORMATS)
        if odd:
            message = f"There is no time format {sorted(odd)}: it is one of {sorted(TIME_FORMATS)}."
            raise ValueError(message)
        counts = {name: resource.rows for name, resource in RESOURCES.items()} | dict(rows or {})
        factory = RowFactory(
            seed, counts, keyless=keyless_rows, edge_cases=edge_cases, time_formats=time_formats
        )
        self.client_id = "sandbox-client"
        self.client_secret = "sandbox-secret"  # noqa: S105 -- opens nothing but this
        clients = (
            Client(self.client_id, self.client_secret),
            Client("sandbox-other-client", self.client_secret, grants=()),
        )
        self._application = Application(
            store=Store(factory, counts, clock_offset),
            oauth=OAuth(clients, lifetime=token_lifetime, expires_in=expires_in),
            limits=limits or Limits(),
            orders=dict(orders or {}),
            delay=delay,
        )
        self._server = Server(port, self._respond, self._application.store.now)
        self.base_url = f"http://127.0.0.1:{self._server.server_port}"
        self._application.base_url = self.base_url
        self._server.start()

    def __enter__(self) -> Self:
        """Return the sandbox, which runs already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the server."""
        self.close()

    def close(self) -> None:
        """End the server and forget its data."""
        self._server.stop()
        self._application.store.close()

    def _respond(self, request: Request) -> Response:
        """Hand a request to the control endpoint or to the APIs."""
        if request.path == control.PATH:
            return control.respond(self._application, request)
        return self._application(request)

    def token_url(self, api: str) -> str:
        """Return the address of the token endpoint of `accounting` or `marketplace`."""
        paths = {name: path for path, name in TOKEN_PATHS.items()}
        return self.base_url + paths[api]

    def fault(self, action: str, **settings: object) -> None:
        """Add a rule: what to do with which request, and how often (see `rules`)."""
        control.fault(self._application, action, **settings)

    def clear(self) -> None:
        """Forget every rule and end the live edits."""
        control.clear(self._application)

    def edit(self, stream: str, *, page: int, **settings: object) -> None:
        """Change records just before (`after=True`: after) a page is read, once (see `Edit`)."""
        self.fault("edit", stream=stream, page=page, **settings)

    def live_edits(self, stream: str, per_page: float, **settings: Any) -> None:  # noqa: ANN401 -- what `LiveEdits` takes
        """Edit a stream while it is read, so often for each page request (see `LiveEdits`)."""
        control.live_edits(self._application, stream, per_page=per_page, **settings)

    def advance(self, seconds: float) -> None:
        """Put the server's clock forward; nobody has to wait."""
        control.advance(self._application, seconds)

    def now(self) -> datetime:
        """Return the time by the server's clock."""
        return self._application.store.now()

    @property
    def edit_log(self) -> list[LoggedEdit]:
        """Return the live edits that were made, oldest first."""
        return list(self._application.edit_log)

    def go_away(self) -> None:
        """Refuse every connection, as a server does that is down."""
        self._server.stop()

    def come_back(self) -> None:
        """Serve again at the same address, with the same data and tokens."""
        gone = self._server
        self._server = Server(gone.server_port, self._respond, gone.now)
        self._server.start()

    def delete(self, stream: str, *which: int | str, order: str | None = None) -> list[str | None]:
        """Delete records now, by position or key; return their keys."""
        return control.edit(self._application, stream, order, delete=which)["deleted"]

    def touch(
        self,
        stream: str,
        *which: int | str,
        order: str | None = None,
        at: str | None = None,
        late: float = 0.0,
        **fields: object,
    ) -> list[str | None]:
        """Change records now (or `late` seconds ago), by position or key; return their keys."""
        changes = {"touch": which, "at": at, "late": late, "fields": fields}
        return control.edit(self._application, stream, order, **changes)["touched"]

    def insert(
        self,
        stream: str,
        *positions: int | str | None,
        order: str | None = None,
        at: str | None = None,
        late: float = 0.0,
        **fields: object,
    ) -> list[str | None]:
        """Insert records now, before positions or keys, or one at the end; return their keys."""
        changes = {"insert": positions or (None,), "at": at, "late": late, "fields": fields}
        return control.edit(self._application, stream, order, **changes)["inserted"]

    def alter(
        self,
        stream: str,
        *which: int | str,
        every: int = 1,
        fields: Mapping[str, Any] | None = None,
        remove: Sequence[str] = (),
        rename: Mapping[str, str] | None = None,
    ) -> list[str | None]:
        """Change fields of records, and not their modification times; return their keys.

        Args:
            stream: whose records.
            which: positions or keys; none: every record of the stream.
            every: where none is named, each n-th record only.
            fields: the values that fields get, whether they fit or not.
            remove: the fields that go.
            rename: the fields that get another name, by their old one.
        """
        chosen = which or range(0, len(self.texts(stream)), every)
        changes = {"fields": fields or {}, "remove": remove, "rename": rename or {}}
        return control.edit(self._application, stream, None, alter=chosen, **changes)["touched"]

    def order(self, stream: str, order: str) -> None:
        """Set the order of a stream whose reader asks for none."""
        control.orders(self._application, **{stream: order})

    def texts(self, stream: str, *, archived: bool = False) -> list[str]:
        """Return what a stream holds now, as JSON texts in the order of insertion."""
        return control.texts(self._application, stream, archived=archived)

    def rows(self, stream: str, *, archived: bool = False) -> list[dict[str, Any]]:
        """Return what a stream holds now, numbers with a point as `Decimal`."""
        return [
            json.loads(text, parse_float=Decimal) for text in self.texts(stream, archived=archived)
        ]

    def mint_token(self, lifetime: float = 86_400) -> str:
        """Return a bearer token that nobody had to ask for."""
        return control.mint_token(self._application, lifetime)

    def revoke_tokens(self) -> int:
        """Take back every token; return how many were still good."""
        return control.revoke_tokens(self._application)

    @property
    def requests(self) -> list[LogEntry]:
        """Return the log of requests, oldest first."""
        return list(self._application.log)

    @property
    def tokens_issued(self) -> int:
        """Return how many token requests were granted."""
        return self._application.oauth.issued

    @property
    def most_in_flight(self) -> int:
        """Return how many requests were being served at once, at most."""
        return self._application.most_in_flight
