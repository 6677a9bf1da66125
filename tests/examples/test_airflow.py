"""The Airflow example: its DAG, run by Airflow itself against the sandbox and PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from matrix.cells import Differences, compare, tables
from tap_analytics.sandbox import Sandbox
from tests.support import postgres
from tests.support.airflow import airflow_home
from tests.support.airflow.airflow_home import EXAMPLE, Airflow, airflow
from tests.support.harness import connected, sync

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(not airflow_home.installed(), reason=airflow_home.WHY_NOT),
    pytest.mark.skipif(not postgres.installed(), reason=postgres.MISSING),
]
ACCOUNTS = EXAMPLE / "connections.yml"
SCHEMAS = {"acme": "accounting", "globex": "marketplace"}
SMALL = dict.fromkeys(
    ("buyers", "listings", "contracts", "opportunities", "private_offers"), 60
) | {"bank_transactions": 130, "contacts": 250, "analytics_marketplace_disbursements": 60}


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    with postgres.running() as started:
        yield started


@pytest.fixture(scope="module")
def api() -> Iterator[Sandbox]:
    with Sandbox(rows=SMALL) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def home(
    tmp_path_factory: pytest.TempPathFactory, server: postgres.Server, api: Sandbox
) -> Airflow:
    made = airflow(tmp_path_factory.mktemp("airflow"), server, api, ACCOUNTS)
    made.prepare()
    return made


def wrong_cells(server: postgres.Server, api: Sandbox) -> dict[str, Differences]:
    """Return how PostgreSQL differs from what the tap reads from the source now, by table."""
    wrong = {}
    for schema, family in SCHEMAS.items():
        read = sync(connected(api, family))
        for name, table in tables(read.raw.splitlines()).items():
            found = compare(table, server.rows(schema, name))
            assert len(table.records) == len(api.rows(name))
            if found:
                wrong[name] = found
    return wrong


def states(run: dict[str, Any]) -> dict[str, str]:
    """Return the state of each task instance, by the connection's name."""
    return {task["name"] or task["id"]: task["state"] for task in run["tasks"]}


def test_three_connections_of_two_accounts_are_loaded_and_what_is_not_proven_alerts(
    home: Airflow, server: postgres.Server, api: Sandbox
) -> None:
    """Twice: with a record that has no key, then without it and with a refresh of what is stale."""
    api.alter("contacts", 200, remove=["ContactID"])
    run = home.test_dag()
    assert states(run) == {
        "acme_accounting.bank_transactions": "success",
        "acme_accounting.contacts": "success",
        "globex_marketplace.all": "success",
        "alert": "failed",
    }, run["log"][-5000:]
    assert run["state"] == "failed"
    assert "acme_accounting.contacts: contacts is not proven" in run["log"]
    assert "buyers is not proven" not in run["log"]
    assert {task["pool"] for task in run["tasks"] if task["id"] != "alert"} == {
        "acme_accounting",
        "globex_marketplace",
    }
    reports = [xcom for xcom in run["xcoms"] if xcom["key"] == "report"]
    assert {(x["task"], x["index"]) for x in reports} == {
        ("acme_accounting", 0),
        ("acme_accounting", 1),
        ("globex_marketplace", 0),
    }
    assert api.client_secret not in run["log"]

    api.delete("contacts", 200)
    api.delete("contacts", 100)
    changed = api.rows("contacts")[0]
    api.touch("contacts", changed["ContactID"], at="2020-01-01T00:00:00", IsSupplier=True)
    before = len(api.requests)
    run = home.test_dag({"full_refresh": True})
    assert run["state"] == "success", run["log"][-5000:]
    requests = api.requests[before:]
    # An incremental sync is not told of deleted records (docs/streams.md): that one alone is left.
    assert wrong_cells(server, api) == {"contacts": Differences(extra=1)}
    # Where a stream begins is what its first request asks for: later ones go on from there.
    filtered: dict[str, bool] = {}
    for request in requests:
        if request.stream in ("contacts", "bank_transactions"):
            since = "if-modified-since" in {name.lower() for name in request.headers}
            filtered.setdefault(request.stream, since)
    assert filtered == {"contacts": False, "bank_transactions": True}


def test_an_account_with_24_connections_is_planned_and_each_leaves_its_report(
    home: Airflow, tmp_path: Path
) -> None:
    """Some versions of Airflow failed from 16 mapped tasks on. The runs themselves are left out."""
    accounts = yaml.safe_load(ACCOUNTS.read_text(encoding="utf-8"))
    names = [f"tenant_{number}" for number in range(24)]
    accounts["accounts"]["globex_marketplace"]["connections"] = {name: {} for name in names}
    path = tmp_path / "connections.yml"
    path.write_text(yaml.safe_dump(accounts), encoding="utf-8")
    program = tmp_path / "meltano"
    program.write_text(
        '#!/bin/sh\necho \'{"streams": [{"name": "s", "verdict": "proven"}]}\' '
        '>"$TAP_ANALYTICS_REPORT_PATH"\n'
    )
    program.chmod(0o755)
    run = home.test_dag(CONNECTIONS_FILE=str(path), MELTANO_EXECUTABLE=str(program))
    assert run["state"] == "success", run["log"][-5000:]
    assert len(run["tasks"]) == 24 + 2 + 1
    assert len([xcom for xcom in run["xcoms"] if xcom["key"] == "report"]) == 24 + 2
    assert run["pools"] == {"default_pool": 128, "acme_accounting": 2, "globex_marketplace": 1}
