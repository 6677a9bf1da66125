"""What the server knows and does: a request goes in, a response comes out; no HTTP here."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import edits, faults
from .endpoints import Route, route
from .limits import Limits
from .messages import LogEntry, Response
from .page_request import BadRequestError, PageRequest
from .rules import Rules
from .store import View

if TYPE_CHECKING:
    from .messages import Request
    from .oauth import OAuth
    from .rules import Plan, Rule
    from .store import Store

TOKEN_PATHS = {"/connect/token": "accounting", "/authenticate/": "marketplace"}
_HOLD_SECONDS = 5.0


@dataclass
class Application:
    """Everything that the server knows and does."""

    store: Store
    oauth: OAuth
    limits: Limits = field(default_factory=Limits)
    orders: dict[str, str] = field(default_factory=dict)
    base_url: str = ""
    rules: Rules = field(default_factory=Rules)
    log: list[LogEntry] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0

    def __post_init__(self) -> None:
        """Prepare what threads share."""
        self._lock = threading.Lock()
        self._responded = threading.Condition()
        self._last: dict[tuple[str, int], float] = {}

    def __call__(self, request: Request) -> Response:
        """Respond to a request and log it."""
        entry = LogEntry(
            request.method,
            request.path,
            request.query,
            _without_credentials(request.headers),
            time.time(),
        )
        with self._lock:
            self.log.append(entry)
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            response = self._respond(request, entry)
        finally:
            with self._lock:
                self.in_flight -= 1
        entry.status = None if response.drop else response.status
        entry.seconds = time.time() - entry.started
        return response

    def _respond(self, request: Request, entry: LogEntry) -> Response:
        if request.path in TOKEN_PATHS:
            return self._token(request, TOKEN_PATHS[request.path])
        if request.path == "/authenticate":
            return Response(301, headers={"Location": "/authenticate/"})
        found = route(request.path)
        if found is None:
            return Response.json({"detail": "Not found."}, 404)
        if request.method != "GET":
            return Response.json(
                {"detail": f'Method "{request.method}" not allowed.'}, 405, Allow="GET"
            )
        refused = self.oauth.refusal(request)
        if refused:
            status, headers = refused
            detail = (
                "TokenExpired: no valid access token"
                if found.resource.api == "accounting"
                else "Invalid token."
            )
            return faults.refusal(found.resource.api, status, detail, headers)
        return self._data(request, found, entry)

    def _token(self, request: Request, api: str) -> Response:
        plan = self.rules.plan(request.path)
        _sleep(plan, late=False)
        if request.method != "POST":
            return Response.json(
                {"detail": f'Method "{request.method}" not allowed.'}, 405, Allow="POST"
            )
        response = faults.replacement(plan, api, request) or self.oauth.token(request, api)
        return faults.corrupt(response, plan)

    def _data(self, request: Request, found: Route, entry: LogEntry) -> Response:
        resource = found.resource
        number = found.page(request)
        entry.stream, entry.page = resource.name, number
        limited = self.limits.refusal(resource, self.in_flight)
        if limited:
            return limited
        plan = self.rules.plan(request.path, resource.name, number)
        _sleep(plan, late=False)
        for rule in plan.all("hold"):
            self._hold(resource.name, rule)
        order = self.orders.get(resource.name, "place")
        page = PageRequest(
            request, resource, self.store, plan, number, self.base_url, order, found.parent
        )
        # Edits before the page, the page and edits after it are one step for everybody else.
        with self.store.lock:
            self._edit(page, after=False)
            try:
                response = faults.replacement(plan, resource.api, request) or found.respond(page)
            except BadRequestError as error:
                response = Response.json(error.document, 400)
            self._edit(page, after=True)
            with self._responded:
                self._last[resource.name, number] = time.monotonic()
                self._responded.notify_all()
        _sleep(plan, late=True)
        response.headers.update(self.limits.headers(resource))
        response.compress(request.headers.get("accept-encoding", ""))
        return faults.corrupt(response, plan)

    def _edit(self, page: PageRequest, *, after: bool) -> None:
        for rule in page.plan.all("edit"):
            if rule.arguments.get("after", False) == after:
                changes = {name: value for name, value in rule.arguments.items() if name != "after"}
                edits.apply(self.store, page.view, edits.Edit(**changes))

    def _hold(self, stream: str, rule: Rule) -> None:
        wanted = (stream, rule.arguments["until"])
        with self._responded:
            self._responded.wait_for(lambda: self._last.get(wanted, 0) > rule.made, _HOLD_SECONDS)

    def view(self, stream: str, order: str | None = None, *, archived: bool = False) -> View:
        """Return all the rows of a stream, in its default order."""
        everything = archived or stream != "contacts"
        return View(stream, order or self.orders.get(stream, "place"), archived=everything)


def _sleep(plan: Plan, *, late: bool) -> None:
    for rule in plan.all("slow"):
        if rule.arguments.get("late", False) == late:
            time.sleep(rule.arguments["seconds"])


def _without_credentials(headers: dict[str, str]) -> dict[str, str]:
    """Return headers with the scheme of `Authorization` and nothing more of it."""
    kept = {name: value for name, value in headers.items() if name != "cookie"}
    if "authorization" in kept:
        kept["authorization"] = kept["authorization"].partition(" ")[0]
    return kept
