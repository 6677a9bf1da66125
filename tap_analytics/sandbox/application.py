"""What the server knows and does: a request goes in, a response comes out; no HTTP here."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import edits, endpoints, faults, shapes
from .dialect import BadRequestError
from .limits import Limits
from .messages import LogEntry, Response
from .page_request import PageRequest
from .rules import Rules
from .store import View

if TYPE_CHECKING:
    from .endpoints import Route
    from .live_edits import LiveEdits, LoggedEdit
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
    delay: float = 0.0
    live_edits: dict[str, LiveEdits] = field(default_factory=dict)
    edit_log: list[LoggedEdit] = field(default_factory=list)

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
        found = self._route(request)
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

    @staticmethod
    def _route(request: Request) -> Route | None:
        if request.path.startswith(shapes.PREFIX):
            return shapes.route(request.path)
        return endpoints.route(request.path)

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
        try:
            number = found.page(request)
        except BadRequestError as error:
            return Response.json(error.document, error.status)
        entry.stream, entry.page = resource.name, number
        limited = self.limits.refusal(resource, self.in_flight)
        if limited:
            return limited
        plan = self.rules.plan(request.path, resource.name, number)
        if self.delay:
            time.sleep(self.delay)
        _sleep(plan, late=False)
        for rule in plan.all("hold"):
            self._hold(resource.name, rule)
        order = self.orders.get(resource.name, "place")
        page = PageRequest(
            request,
            resource,
            self.store,
            plan,
            number,
            self.base_url,
            order,
            found.parent,
            found.dialect,
        )
        # Edits before the page, the page and edits after it are one step for everybody else.
        with self.store.lock:
            response = self._page(page, found)
            with self._responded:
                self._last[resource.name, number] = time.monotonic()
                self._responded.notify_all()
        _sleep(plan, late=True)
        response.headers.update(self.limits.headers(resource))
        response.compress(request.headers.get("accept-encoding", ""))
        return faults.corrupt(response, plan)

    def _page(self, page: PageRequest, found: Route) -> Response:
        """Read a page, with the edits that come before, in the middle of it and after it."""
        script = self.live_edits.get(page.resource.name)
        live = script.count() if script else 0
        self.store.advance(script.seconds if script else 0.0)

        def edit(when: str) -> None:
            for rule in page.plan.all("edit"):
                if _when(rule) == when:
                    edits.apply(self.store, page.view, _edit(rule))
            if script and live and script.when == when:
                self.edit_log.extend(script.make(self.store, live))

        try:
            edit("before")
            if live or "edit" in page.plan:
                page.counted = page.count() if self._counts_first(page, script) else None
                edit("between")
            response = faults.replacement(page.plan, page.resource.api, page.request)
            response = response or found.respond(page)
        except BadRequestError as error:
            response = Response.json(error.document, error.status)
        edit("after")
        return response

    @staticmethod
    def _counts_first(page: PageRequest, script: LiveEdits | None) -> bool:
        """Say whether the count of records is read before the records, with an edit between."""
        rules = page.plan.all("edit")
        return any(_when(rule) == "between" for rule in rules) or (
            script is not None and script.when == "between"
        )

    def _hold(self, stream: str, rule: Rule) -> None:
        wanted = (stream, rule.arguments["until"])
        with self._responded:
            self._responded.wait_for(lambda: self._last.get(wanted, 0) > rule.made, _HOLD_SECONDS)

    def view(self, stream: str, order: str | None = None, *, archived: bool = False) -> View:
        """Return all the rows of a stream, in its default order."""
        everything = archived or stream != "contacts"
        return View(stream, order or self.orders.get(stream, "place"), archived=everything)


def _when(rule: Rule) -> str:
    """Return whether an edit comes before, after or in the middle of the page."""
    return next((name for name in ("after", "between") if rule.arguments.get(name)), "before")


def _edit(rule: Rule) -> edits.Edit:
    arguments = rule.arguments
    return edits.Edit(
        **{name: arguments[name] for name in arguments if name not in {"after", "between"}}
    )


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
