"""Django REST framework, edited while it is read: nothing is lost, whatever way it is read in.

It is started where `REAL_SERVERS` names the folder in which it is installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
import yaml

from tests.support.compatibility.real_servers import DJANGO_PAGES, running, why_absent
from tests.support.harness import Outcome, sync
from tests.support.init_resource import ask

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

RUNS, QUIET_RUNS = 4, 2


class Django:
    """The server, what it was asked for, and what has come."""

    def __init__(self, base_url: str) -> None:
        """Nothing has been read."""
        self.base_url = base_url
        self.held: dict[int, str] = {}
        self.state: Any = None

    def get(self, path: str, **parameters: object) -> Any:  # noqa: ANN401  # JSON
        """Ask the server for something."""
        response = requests.get(f"{self.base_url}/{path}/", params=parameters, timeout=30)  # type: ignore[arg-type]
        return response.json()

    def run(self, entry: dict[str, Any]) -> Outcome:
        """Read what has changed, an hour later."""
        self.get("advance", seconds=3600)
        config = {"base_url": self.base_url, "resources": [entry], "concurrency": 1}
        outcome = sync(config, "items", state=self.state)
        self.state = outcome.state or self.state
        self.held |= {record["id"]: record["name"] for record in outcome.records("items")}
        return outcome

    def lost(self) -> set[int]:
        """The rows that never came as they are."""
        return {
            row["id"] for row in self.get("rows")["rows"] if self.held.get(row["id"]) != row["name"]
        }


@pytest.mark.parametrize(
    ("read_by", "verdict", "most"),
    [("keyset", "proven", 1.1), ("windows", "proven", 1.2), ("pages", None, 4.0)],
)
@pytest.mark.parametrize("edits", [0, 1])
def test_a_live_table_of_django_loses_nothing(
    tmp_path: Path, read_by: str, verdict: str | None, most: float, edits: int
) -> None:
    """One edit a page, before the server counts or between the count and the rows."""
    if reason := why_absent("django"):
        pytest.skip(reason)
    with running("django", tmp_path) as base_url:
        given = ("--path", "/api/items/", "--name", "items")
        (entry,) = yaml.safe_load(ask(tmp_path, {"base_url": base_url}, *given).stdout)["resources"]
        # `auto` shows that the server orders by time; whoever names `keyset` vouches for it.
        entry["key_order_param"] = "ordering"
        entry["read_by"] = "auto" if read_by == "keyset" else read_by
        django = Django(base_url)
        django.get("edits", number=edits)
        live = [django.run(entry).stream("items") for _ in range(RUNS)]
        django.get("edits", number=0)
        quiet = [django.run(entry).stream("items") for _ in range(QUIET_RUNS)]
        assert django.lost() == set()
    requests_of_runs = [report["requests"] for report in live]
    print(read_by, edits, requests_of_runs, [report["verdict"] for report in live])  # noqa: T201
    assert {report["read_by"] for report in live} == {read_by}
    assert {report["verdict"] for report in quiet} == {"proven"}
    if verdict or not edits:
        assert {report["verdict"] for report in live} == {"proven"}
    assert requests_of_runs[0] <= most * DJANGO_PAGES
