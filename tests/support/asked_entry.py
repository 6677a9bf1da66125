"""An entry that `init-resource` writes of a small server, and what a run of it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from tests.support.compatibility.server import Request, Response, serving
from tests.support.harness import sync
from tests.support.init_resource import ask

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Rows = list[dict[str, Any]]
    Cut = Callable[[Rows, dict[str, str]], object]
    """What a server responds of a table to a query: a body, or a response."""

TABLE = [{"id": number, "name": f"n{number}"} for number in range(1, 331)]


class Asked:
    """An entry that was asked for, and what a run of it reads."""

    def __init__(
        self, tmp_path: Path, cut: Cut, *arguments: str, now: Rows = TABLE, then: Rows = TABLE
    ) -> None:
        """Ask while the table is as it is now, and read it as it is then."""
        table = now

        def respond(request: Request) -> Response:
            body = cut(table, request.query)
            return body if isinstance(body, Response) else Response(body)

        with serving(respond) as server:
            connection = {"base_url": server.base_url}
            ended = ask(tmp_path, connection, "--path", "/rows", *arguments)
            assert ended.exit_code == 0, ended.output
            self.text = ended.stdout
            (entry,) = yaml.safe_load(ended.stdout)["resources"]
            self.endpoint: dict[str, Any] = entry["endpoint"]
            table = then
            self._outcome = sync({**connection, "resources": [entry]})
        self._part = self._outcome.stream(entry["name"])
        self.read = len({str(record) for record in self._outcome.records(entry["name"])})
        self.reasons: list[str] = self._part["reasons"]

    @property
    def verdict(self) -> tuple[int, str]:
        """How many records were read, and what the run calls them."""
        return self.read, self._part["verdict"]


def of_size(query: dict[str, str], name: str, usual: int) -> int:
    return int(query.get(name, usual))


def before(rows: Rows, query: dict[str, str]) -> Rows:
    """Trello's way: what was made before the record that the client has seen last."""
    newest = [row for row in reversed(rows) if row["id"] < int(query.get("before", 2**31))]
    return newest[: of_size(query, "limit", 50)]
