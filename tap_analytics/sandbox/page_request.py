"""A request for one page: what was asked for, what the rules make of it, what there is."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .data.values import SECOND
from .dialect import ACCOUNTING, MARKETPLACE, BadRequestError, Dialect
from .messages import Response
from .store import Store, View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .catalog import Resource
    from .messages import Request
    from .rules import Plan

_ORDERS = {"key": "key", "insertion": "place"}


@dataclass
class PageRequest:
    """A request for a page of a resource; pages count from 1.

    `counted` is the number of records where that was read earlier than the page, as servers do
    that count and select in two statements; the page then ends where the count does.
    """

    request: Request
    resource: Resource
    store: Store
    plan: Plan
    number: int
    base_url: str
    default_order: str = "place"
    parent: str | None = None
    dialect: Dialect | None = None
    counted: int | None = None
    _ties: random.Random = field(default_factory=random.Random)

    @cached_property
    def asked(self) -> Dialect:
        """Return how the API is asked."""
        usual = ACCOUNTING if self.resource.api == "accounting" else MARKETPLACE
        return self.dialect or usual

    @cached_property
    def size(self) -> int:
        """Return how many records a page has: what was asked for, silently adjusted."""
        ignored = self.plan.get("ignore_page_size")
        if ignored is not None:
            return int(ignored.get("size", self.resource.page_size))
        cap = (self.plan.get("cap") or {}).get("size", self.resource.max_page_size)
        return max(1, min(self.asked.size(self.request, self.resource.page_size), int(cap)))

    @cached_property
    def start(self) -> int:
        """Return the position of the first record of the page."""
        if "ignore_page" in self.plan:
            return 0
        start = self.asked.start(self.request)
        return (self.number - 1) * self.size if start is None else start

    @cached_property
    def view(self) -> View:
        """Return the records that the request may see, in the order that it sees them."""
        archived = (
            self.resource.name != "contacts" or self.request.query.get("includeArchived") == "true"
        )
        since, exclusive, text = self._since()
        return View(
            stream=self.resource.name,
            order=self._order(),
            since=since,
            exclusive=exclusive,
            archived=archived,
            parent=self.parent,
            since_text=text,
            ties=self._ties.randrange(50_000, 950_000) if "vary_ties" in self.plan else None,
        )

    def texts(self) -> list[bytes]:
        """Return the page's records as JSON."""
        return self.injected(self.store.page(self.view, self.start, self.limit))

    @property
    def limit(self) -> int:
        """Return how many records the page has at most: none beyond an earlier count."""
        if self.counted is None:
            return self.size
        return max(0, min(self.size, self.counted - self.start))

    def count(self) -> int:
        """Return how many records there are in all."""
        return self.store.count(self.view) if self.counted is None else self.counted

    def injected(self, texts: list[bytes]) -> list[bytes]:
        """Return records as JSON, the first with the fields that the rules put into it."""
        extra = [
            f"{json.dumps(rule.arguments['field'])}:{rule.arguments['json']}"
            for rule in self.plan.all("inject")
        ]
        if not extra or not texts:
            return texts
        return [texts[0][:-1] + b"," + ",".join(extra).encode() + b"}", *texts[1:]]

    def response(
        self, records_key: str, texts: list[bytes], head: Mapping[str, Any], **headers: str
    ) -> Response:
        """Return the envelope with the records in it.

        `a.b` as records key puts them below an object `a`; an empty one makes a bare list.
        """
        spelled = {name.replace("_", "-"): value for name, value in headers.items()}
        typed: dict[str, str | None] = {"Content-Type": "application/json", **spelled}
        records = self._records(texts)
        if not records_key:
            return Response(200, b"".join(records), typed)
        kept = {name: value for name, value in head.items() if name not in self.omitted}
        for rule in self.plan.all("declare"):
            kept[rule.arguments["key"]] = rule.arguments["value"]
        fields = [json.dumps(kept, separators=(",", ":"))[1:-1].encode()] if kept else []
        if records:
            *outer, last = records_key.split(".")
            opening = "".join(f'"{name}":{{' for name in outer) + f'"{last}":'
            fields.append(b"".join([opening.encode(), *records, b"}" * len(outer)]))
        return Response(200, b"".join([b"{", b",".join(fields), b"}"]), typed)

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
        if wrong == "empty":
            return [b"[]"]
        if wrong == "object":
            return texts[:1] or [b"{}"]
        return [b"[", b",".join(texts), b"]"]

    def _order(self) -> str:
        refused = self.plan.get("refuse_order")
        if refused is not None and self.asked.asks_order(self.request, refused.get("by", "")):
            document = {"detail": f"This resource has no parameter {self.asked.order}."}
            raise BadRequestError(document, refused.get("code", 400))
        ignored = self.plan.get("ignore_order")
        if ignored is not None:
            return _ORDERS.get(ignored.get("by", ""), self.default_order)
        order = self.asked.order_of(self.request, self.resource, self.default_order)
        return order.removeprefix("-") if "ignore_direction" in self.plan else order

    def _since(self) -> tuple[int | None, bool, str | None]:
        """Return the filter by modification time: instant, whether it is exclusive, text."""
        if not self.resource.modified or "ignore_since" in self.plan:
            return None, False, None
        time_format = self.store.factory.time_format(self.resource.name)
        exclusive = "exclusive" in self.plan
        if time_format.compares_text:
            return None, exclusive, self.asked.since_text(self.request) or None
        resolution = (self.plan.get("since_resolution") or {}).get("how")
        since = self.asked.since_micros(self.request, time_format, fractions=resolution == "full")
        if since is not None and (zone := self.plan.get("since_zone")):
            since += int(zone["hours"] * 3600) * SECOND
        if since is None or resolution != "seconds":
            return since, exclusive, None
        # The server compares whole seconds, of the filter and of the records.
        since -= since % SECOND
        return since + (SECOND if exclusive else 0), False, None
