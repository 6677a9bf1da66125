"""A server that responds as that of dlt's own tests, or else as a configuration wants."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from itertools import product
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any, Self

from requests.structures import CaseInsensitiveDict

from tests.support.compatibility.server import Request, Response, ShapeServer

if TYPE_CHECKING:
    from pathlib import Path

MOCKED = "https://api.example.com"
_HELPERS = "tests.sources.helpers.rest_client"
ROWS = 5
_PARENT_FIELD = re.compile(r"\{resources\.\w+\.([\w.]+)\}")
MOST_REQUESTS = 3000
"""What no configuration needs: some of dlt's tests never end by themselves."""


class DltServer:
    """Serves one configuration after the other."""

    def __init__(self, copy_of_dlt: Path) -> None:
        """Load the routes of dlt's tests.

        Args:
            copy_of_dlt: The repository.
        """
        self._all_routes = _routes(copy_of_dlt / "tests/sources")
        self._routes: list[Any] = []
        self._config: dict[str, Any] = {}

    def __enter__(self) -> Self:
        """Start to serve."""
        self.server = ShapeServer(self._respond)
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self.server.close()

    def at_home(self, config: dict[str, Any], *, routes: bool = True) -> dict[str, Any]:
        """The configuration with this server in the place of its own; it is served from now on.

        Args:
            config: The configuration.
            routes: Whether the routes of dlt's tests are served; else a few rows for any path.
        """
        self._routes = self._all_routes if routes else []
        base: str = config["client"].get("base_url") or MOCKED
        self.server.requests.clear()
        text = json.dumps(config).replace(base.rstrip("/"), self.server.base_url)
        self._config = json.loads(text)
        client = self._config["client"]
        client["base_url"] = client.get("base_url") or self.server.base_url
        auth = client.get("auth")
        if isinstance(auth, dict) and "access_token_url" in auth:
            auth["access_token_url"] = f"{self.server.base_url}/any/token"
        return self._config

    def _respond(self, request: Request) -> Response:
        if len(self.server.requests) > MOST_REQUESTS:
            return Response({"error": "too many requests"}, 400)
        query = "&".join(f"{name}={value}" for name, value in request.query.items())
        target = request.path + (f"?{query}" if query else "")
        asked_for = (MOCKED + target, MOCKED + request.path)
        for route, url in product(reversed(self._routes), asked_for):
            # Where a route ends with its path, a parameter that it does not know is ignored.
            if route.method == request.method and route.pattern.search(url):
                context = SimpleNamespace(status_code=200, headers={})
                asked = SimpleNamespace(
                    url=self.server.base_url + target,
                    qs={name: [value] for name, value in request.query.items()},
                    headers=CaseInsensitiveDict(request.headers),
                    text=request.body.decode(),
                    json=lambda: request.json,
                )
                text = route.callback(asked, context)
                return Response((text or "").encode(), context.status_code, context.headers)
        return self._generic(request)

    def _generic(self, request: Request) -> Response:
        """A few rows where the configuration looks for them."""
        if request.path.endswith("/token"):
            return Response({"access_token": "any-token", "expires_in": 3600})
        endpoint = self._endpoint(request.path)
        defaults = self._config.get("resource_defaults", {}).get("endpoint") or {}
        paginator = endpoint.get("paginator") or defaults.get("paginator")
        paginator = paginator or self._config["client"].get("paginator") or {}
        paginator = {"type": paginator} if isinstance(paginator, str) else paginator
        first = self._is_first(request, paginator)
        rows = [self._row(number) for number in range(ROWS)] if first else []
        selector = endpoint.get("data_selector") or defaults.get("data_selector")
        numbered = paginator.get("type") in {"page_number", "offset"}
        if not selector and not numbered:
            return Response(rows)
        body: dict[str, Any] = {}
        _put(body, selector or "data", rows)
        total = paginator.get("total_path", "total")
        if numbered and total:
            _put(body, total, ROWS if paginator["type"] == "offset" else 1)
        if has_more := paginator.get("has_more_path"):
            _put(body, has_more, value=False)
        return Response(body)

    def _endpoint(self, path: str) -> dict[str, Any]:
        """The endpoint that is asked for: the one that shares the most of its path."""
        best: tuple[int, dict[str, Any]] = (-1, {})
        for resource in self._config["resources"]:
            entry = {"name": resource} if isinstance(resource, str) else resource
            endpoint = entry.get("endpoint") or {}
            endpoint = {"path": endpoint} if isinstance(endpoint, str) else endpoint
            own = str(endpoint.get("path") or entry["name"]).strip("/").split("/")
            asked = path.strip("/").split("/")[-len(own) :]
            if len(own) == len(asked) and all(
                one == other or "{" in one for one, other in zip(own, asked, strict=True)
            ):
                best = max(best, (sum("{" not in one for one in own), endpoint), key=lambda b: b[0])
        return best[1]

    @staticmethod
    def _is_first(request: Request, paginator: dict[str, Any]) -> bool:
        if paginator.get("type") == "page_number":
            param = paginator.get("page_param") or "page"
            base = paginator.get("page", paginator.get("base_page", 0))
            return bool(int(request.query.get(param, base)) == base)
        return int(request.query.get(paginator.get("offset_param") or "offset", 0)) == 0

    def _row(self, number: int) -> dict[str, Any]:
        """A row with every field that the configuration names."""
        row: dict[str, Any] = {"id": number, "name": f"name-{number}", "url": f"u{number}"}
        for field in _PARENT_FIELD.findall(json.dumps(self._config)):
            _put(row, field, row.get(field, f"{field}-{number}"))
        for name, value in _named(self._config):
            if name in {"field", "cursor_path", "primary_key"} and isinstance(value, str):
                text = "2030-01-01T00:00:00Z" if name == "cursor_path" else f"{value}-{number}"
                _put(row, value, row.get(value, text))
        return row


def _named(value: object) -> list[tuple[str, object]]:
    if isinstance(value, dict):
        found = list(value.items())
        return found + [pair for item in value.values() for pair in _named(item)]
    if isinstance(value, list):
        return [pair for item in value for pair in _named(item)]
    return []


def _put(body: dict[str, Any], path: str, value: object) -> None:
    *parents, last = path.removeprefix("$.").removesuffix("[*]").split(".")
    for name in parents:
        inner = body.setdefault(name, {})
        body = inner if isinstance(inner, dict) else {}
    body[last] = value


def _routes(sources: Path) -> list[Any]:
    """The routes that the fixture of dlt's tests registers."""
    mock = ModuleType("requests_mock")
    mock.Mocker = _Mocker  # type: ignore[attr-defined]  # all that the fixture takes of it
    sys.modules.setdefault("requests_mock", mock)
    for name in ("tests.sources", "tests.sources.helpers", _HELPERS):
        sys.modules.setdefault(name, ModuleType(name))
    helpers = sources / "helpers/rest_client"
    for name in ("api_router", "paginators"):
        _load(f"{_HELPERS}.{name}", helpers / f"{name}.py")
    conftest = _load("dlt_conftest", sources / "rest_api/conftest.py")
    fixture = conftest.mock_api_server
    next(getattr(fixture, "__wrapped__", fixture)())
    return list(conftest.router.routes)


class _Mocker:
    """Takes the place of the mock of requests: the routes are served over HTTP instead."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End."""

    def register_uri(self, *_: object, **__: object) -> None:
        """Nothing: the routes are asked for from the router."""


def _load(name: str, path: Path) -> Any:  # noqa: ANN401  # a module of another project
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(name)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
