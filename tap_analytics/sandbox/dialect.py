"""How an API is asked: its parameters' names, and what it understands of them."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .data.values import EPOCH, SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .catalog import Resource
    from .data.time_formats import TimeFormat
    from .messages import Request

_HEADER_TIME = "%Y-%m-%dT%H:%M:%S"
_FIELD = re.compile(r"-?\w+")


class BadRequestError(Exception):
    """The request says something that the API refuses; `document` is its response."""

    def __init__(self, document: Mapping[str, Any], status: int = 400) -> None:
        """Take the document and the status of the response."""
        super().__init__("refused")
        self.document = document
        self.status = status


@dataclass(frozen=True)
class Dialect:
    """The names of an API's parameters.

    `order` takes a field's name; a minus before it or ` DESC` behind it turns the order round,
    and so does `direction` (`desc`), where there is one. `descending` is a parameter of its own
    for that order. `since` is a parameter, or with `in_header` a header in whole seconds.
    """

    sizes: tuple[str, ...] = ("page_size", "limit")
    order: str = "ordering"
    descending: str | None = None
    direction: str | None = None
    since: str = "last_modified_at_after"
    offset: str | None = "offset"
    in_header: bool = False

    def size(self, request: Request, usual: int) -> int:
        """Return the page size that a request asks for, or the usual one."""
        asked = next(filter(None, map(request.query.get, self.sizes)), "")
        return int(asked) if asked.lstrip("-").isdigit() else usual

    def start(self, request: Request) -> int | None:
        """Return the position that a request asks for, if it asks for one."""
        asked = request.query.get(self.offset, "") if self.offset else ""
        return int(asked) if asked.isdigit() else None

    def asks_order(self, request: Request, by: str = "") -> bool:
        """Say whether a request names an order, by a field or by any."""
        order = request.query.get(self.order) or request.query.get(self.descending or "") or ""
        return bool(order) and by in order

    def order_of(self, request: Request, resource: Resource, default: str) -> str:
        """Return the order that a request asks for, as `View` names it, or the default."""
        query = request.query
        name, _, turn = query.get(self.order, "").partition(" ")
        if self.descending and query.get(self.descending):
            name, turn = query[self.descending], "desc"
        if self.direction and query.get(self.direction, "").lower() == "desc":
            turn = "desc"
        name = "-" + name if turn.strip().lower() == "desc" else name
        if not _FIELD.fullmatch(name):
            return default
        columns = {resource.key: "key", resource.modified: "modified"}
        bare = name.removeprefix("-")
        return name[: len(name) - len(bare)] + columns.get(bare, bare)

    def since_text(self, request: Request) -> str:
        """Return the filter by modification time as it was sent; empty if there is none."""
        if self.in_header:
            return request.headers.get(self.since.lower(), "")
        return request.query.get(self.since, "")

    def since_micros(
        self, request: Request, time_format: TimeFormat, *, fractions: bool
    ) -> int | None:
        """Return the filter by modification time in microseconds since 1970.

        A header with a fraction of a second is malformed, unless `fractions` are understood;
        the API that takes a header ignores a malformed one, the others refuse the request.
        """
        asked = self.since_text(request)
        if self.in_header and not fractions:
            with contextlib.suppress(ValueError):
                return micros_of(datetime.strptime(asked, _HEADER_TIME).replace(tzinfo=UTC))
            return None
        if not asked:
            return None
        try:
            if time_format.parse:
                return time_format.parse(asked)
            return micros_of(datetime.fromisoformat(asked))
        except ValueError:
            if self.in_header:
                return None
            raise BadRequestError({self.since: ["Enter a valid date/time."]}) from None


def micros_of(instant: datetime) -> int:
    """Return an instant in microseconds since 1970; without a zone it is UTC."""
    since = (instant if instant.tzinfo else instant.replace(tzinfo=UTC)) - EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds


MARKETPLACE = Dialect()
ACCOUNTING = Dialect(order="order", since="If-Modified-Since", in_header=True)
