"""An API of a few lists: a function makes each response from a path and the parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.harness import Outcome, sync
from tests.support.json_server import JSONServer

if TYPE_CHECKING:
    from collections.abc import Callable

    Answer = Callable[[str, dict[str, str]], Any]
    """From a decoded path and the parameters to what `JSONServer` sends."""


class SmallAPI(JSONServer):
    """Answers with what a function makes of a path and its parameters."""

    def __init__(self, answer: Answer) -> None:
        """Listen on a free port."""
        super().__init__()
        self.answer = answer

    def respond(self, path: str, query: dict[str, str]) -> Any:  # noqa: ANN401  # any JSON
        """What the function returns for a request."""
        return self.answer(path, query)

    def read(
        self,
        *resources: dict[str, Any],
        state: dict[str, Any] | None = None,
        catalog: dict[str, Any] | None = None,
        **settings: Any,  # noqa: ANN401  # any setting
    ) -> Outcome:
        """Read these resources once, one request after the other."""
        config = {"base_url": self.url, "resources": [*resources], "concurrency": 1, **settings}
        return sync(config, state=state, catalog=catalog)


def resource(name: str, path: str | None = None, **parts: Any) -> dict[str, Any]:  # noqa: ANN401  # any part
    """A resource of one page of records under `data`, with these parts and its endpoint's."""
    own = {"primary_key", "schema", "write_disposition", "include_from_parent", "table_name"}
    entry = {"primary_key": "id"} | {key: parts.pop(key) for key in own & parts.keys()}
    entry = {key: value for key, value in entry.items() if value is not None}
    usual = {"path": path or f"/{name}", "data_selector": "data", "paginator": "single_page"}
    return {"name": name, **entry, "endpoint": usual | parts}


def child(name: str, path: str, field: str, **parts: Any) -> dict[str, Any]:  # noqa: ANN401  # any part
    """A resource that is read for each record of `parents`, with a field of it for `{it}`."""
    params = {"it": {"type": "resolve", "resource": "parents", "field": field}}
    return resource(name, path, params=params, **parts)
