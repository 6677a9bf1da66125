"""One reading of one page: what was asked for, what the rules make of it, what there is."""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .data.values import EPOCH, SECOND
from .messages import Response
from .store import Store, View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .catalog import Resource
    from .messages import Request
    from .rules import Plan

_ACCOUNTING_TIME = "%Y-%m-%dT%H:%M:%S"
_FIELD = re.compile(r"-?\w+")


class BadRequestError(Exception):
    """The request says something that the API refuses; `document` is its response."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Take the document of the response."""
        super().__init__("refused")
        self.document = document


@dataclass
class PageRequest:
    """A request for a page of a resource; pages count from 1."""

    request: Request
    resource: Resource
    store: Store
    plan: Plan
    number: int
    base_url: str
    default_order: str = "place"
    parent: str | None = None

    @property
    def size(self) -> int:
        """Return how many records a page has: what was asked for, silently adjusted."""
        cap = (self.plan.get("cap") or {}).get("size", self.resource.max_page_size)
        asked = self.request.query.get("page_size") or self.request.query.get("limit")
        size = int(asked) if asked and asked.lstrip("-").isdigit() else self.resource.page_size
        return max(1, min(size, int(cap)))

    @property
    def start(self) -> int:
        """Return the position of the first record of the page."""
        if "ignore_page" in self.plan:
            return 0
        offset = self.request.query.get("offset", "")
        return int(offset) if offset.isdigit() else (self.number - 1) * self.size

    @property
    def view(self) -> View:
        """Return the records that the request may see, in the order that it sees them."""
        archived = (
            self.resource.name != "contacts" or self.request.query.get("includeArchived") == "true"
        )
        return View(
            stream=self.resource.name,
            order=self._order(),
            since=None if "ignore_since" in self.plan else self._since(),
            exclusive="exclusive" in self.plan,
            archived=archived,
            parent=self.parent,
        )

    def texts(self) -> list[bytes]:
        """Return the page's records as JSON."""
        return self.store.page(self.view, self.start, self.size)

    def count(self) -> int:
        """Return how many records there are in all."""
        return self.store.count(self.view)

    def response(
        self, records_key: str, texts: list[bytes], head: Mapping[str, Any], **headers: str
    ) -> Response:
        """Return the envelope with the records in it; `a.b` puts them below an object `a`."""
        kept = {name: value for name, value in head.items() if name not in self.omitted}
        for rule in self.plan.all("declare"):
            kept[rule.arguments["key"]] = rule.arguments["value"]
        fields = [json.dumps(kept, separators=(",", ":"))[1:-1].encode()] if kept else []
        records = self._records(texts)
        if records:
            *outer, last = records_key.split(".")
            opening = "".join(f'"{name}":{{' for name in outer) + f'"{last}":'
            fields.append(b"".join([opening.encode(), *records, b"}" * len(outer)]))
        spelled = {name.replace("_", "-"): value for name, value in headers.items()}
        body = b"".join([b"{", b",".join(fields), b"}"])
        return Response(200, body, {"Content-Type": "application/json", **spelled})

    @property
    def omitted(self) -> set[str]:
        """Return the keys of the envelope that the rules leave out."""
        return {key for rule in self.plan.all("omit") for key in rule.arguments.get("keys", ())}

    def _records(self, texts: list[bytes]) -> list[bytes]:
        """Return the list of records in pieces, or what a rule puts in its place."""
        wrong = (self.plan.get("records") or {}).get("how")
        if wrong == "missing":
            return []
        if wrong == "null":
            return [b"null"]
        if wrong == "object":
            return texts[:1] or [b"{}"]
        return [b"[", b",".join(texts), b"]"]

    def _order(self) -> str:
        query, resource = self.request.query, self.resource
        wish = query.get("order") if resource.api == "accounting" else query.get("ordering")
        if not wish or "ignore_order" in self.plan:
            return self.default_order
        name, _, turn = wish.partition(" ")
        name = "-" + name if turn.strip().lower() == "desc" else name
        if not _FIELD.fullmatch(name):
            return self.default_order
        columns = {resource.key: "key", resource.modified: "modified"}
        bare = name.removeprefix("-")
        return name[: len(name) - len(bare)] + columns.get(bare, bare)

    def _since(self) -> int | None:
        if not self.resource.modified:
            return None
        if self.resource.api == "accounting":
            asked = self.request.headers.get("if-modified-since", "")
            with contextlib.suppress(ValueError):  # a malformed filter is ignored by this API
                return _micros(datetime.strptime(asked, _ACCOUNTING_TIME).replace(tzinfo=UTC))
            return None
        asked = self.request.query.get("last_modified_at_after", "")
        try:
            return _micros(datetime.fromisoformat(asked)) if asked else None
        except ValueError:
            raise BadRequestError(
                {"last_modified_at_after": ["Enter a valid date/time."]}
            ) from None


def _micros(instant: datetime) -> int:
    since = (instant if instant.tzinfo else instant.replace(tzinfo=UTC)) - EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds
