"""The Airflow example on Celery: what a killed worker leaves, and how far workers add up.

`.ci/airflow celery` runs this. Redis, PostgreSQL, Airflow's scheduler, DAG processor and API server
and two workers run on this machine, each worker with a Meltano project and a system directory of
its own, as on two machines. It ends with exit code 1 where a cell is wrong.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
import yaml

from matrix.cells import compare, tables
from tap_analytics.sandbox import Sandbox
from tests.support import postgres
from tests.support.airflow.airflow_home import Airflow, airflow, copy_project
from tests.support.airflow.processes import (
    answers,
    cpu_seconds,
    free_port,
    kill_tree,
    redis,
    runs,
    started,
    wait_for,
)
from tests.support.harness import connected, sync

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

BIG, SMALL = "bank_transactions", "contacts"
MINUTES = 60
ENDED = """
    SELECT count(*) FROM dag_run
    WHERE dag_id = 'many_connections' AND state IN ('success', 'failed')"""
SYNCS = """
    SELECT task_instance.state, try_number, extract(epoch FROM task_instance.start_date)::float,
        extract(epoch FROM task_instance.end_date)::float
    FROM task_instance WHERE task_id <> 'alert' AND run_id = (
        SELECT run_id FROM dag_run WHERE dag_id = 'many_connections' ORDER BY id DESC LIMIT 1)"""


@dataclass
class Cluster:
    """A running Airflow with its workers."""

    airflow: Airflow
    server: postgres.Server
    logs: Path
    stack: ExitStack
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def add_worker(self, name: str) -> None:
        """Start a worker with a Meltano project and a temporary directory of its own."""
        home = self.logs / name
        home.mkdir()
        environment = {
            **self.airflow.environment,
            "MELTANO_PROJECT_ROOT": str(copy_project(home / "project")),
            "TMPDIR": str(home),
        }
        command = [os.environ["AIRFLOW_PYTHON"], "-m", "airflow", "celery", "worker"]
        command += ["--celery-hostname", name, "--concurrency", "1", "--skip-serve-logs"]
        command += ["--pid", str(home / "pid")]
        worker = self.stack.enter_context(started(name, command, environment, self.logs))
        log = self.logs / f"{name}.log"
        wait_for(f"worker {name}", lambda: b" ready." in log.read_bytes(), 5 * MINUTES)
        self.workers[name] = worker

    def query(self, query: LiteralString) -> list[tuple[Any, ...]]:
        """Ask Airflow's database."""
        with psycopg.connect(self.server.url("airflow")) as connection:
            return connection.execute(query).fetchall()

    def ended(self) -> int:
        """Return how many runs of the DAG have ended."""
        ((count,),) = self.query(ENDED)
        return int(count)

    def run(self) -> float:
        """Run the DAG, and return the seconds from its first task's start to its last one's end."""
        before = self.ended()
        self.airflow.command("dags", "trigger", "many_connections")
        wait_for("the DAG run", lambda: self.ended() > before, 20 * MINUTES)
        syncs = self.query(SYNCS)
        return float(max(end for *_, end in syncs) - min(start for *_, start, _ in syncs))

    def tries(self) -> list[tuple[str, int]]:
        """Return state and number of tries of the last run's task instances."""
        return [(state, tries) for state, tries, *_ in self.query(SYNCS)]


@contextmanager
def cluster(accounts: Path, server: postgres.Server, api: Sandbox) -> Iterator[Cluster]:
    """Start everything but the workers."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory()))
        broker, port = stack.enter_context(redis()), free_port()
        made = airflow(
            home / "airflow",
            server,
            api,
            accounts,
            AIRFLOW__CORE__EXECUTOR="CeleryExecutor",
            AIRFLOW__CORE__EXECUTION_API_SERVER_URL=f"http://127.0.0.1:{port}/execution/",
            AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION="false",
            AIRFLOW__CELERY__BROKER_URL=f"redis://127.0.0.1:{broker}/0",
            AIRFLOW__CELERY__RESULT_BACKEND=server.url("airflow", "db+postgresql"),
            # What follows makes the loss of a worker known after seconds instead of minutes.
            AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT="20",
            AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL="5",
            AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL="2",
            SCHEDULE="",
            TARGET_POSTGRES_BATCH_SIZE_ROWS="1000",
        )
        made.prepare()
        program = [os.environ["AIRFLOW_PYTHON"], "-m", "airflow"]
        for name, options in {
            "api-server": ["--port", str(port), "--workers", "1"],
            "dag-processor": [],
            "scheduler": [],
        }.items():
            stack.enter_context(started(name, [*program, name, *options], made.environment, home))
        found = Cluster(made, server, home, stack)
        try:
            wait_for("the API server", lambda: answers(port), 5 * MINUTES)
            serialized = "SELECT 1 FROM serialized_dag WHERE dag_id = 'many_connections'"
            wait_for("the DAG", lambda: bool(found.query(serialized)), 5 * MINUTES)
            yield found
        except (TimeoutError, AssertionError):
            for log in sorted(home.glob("*.log")):
                say(f"== {log.name}\n{log.read_text(errors='replace')[-2000:]}")
            raise


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def write_accounts(path: Path, connections: dict[str, Any], slots: int) -> None:
    """Write a connections.yml with one account."""
    account = {"api": "accounting", "schema": "acme", "slots": slots, "requests_per_minute": 60_000}
    text = yaml.safe_dump({"accounts": {"acme": {**account, "connections": connections}}})
    path.write_text(text, encoding="utf-8")


def kill_while_loading(records: int) -> int:
    """Kill a worker in the middle of a load; return how many cells are wrong in the end."""
    with (
        TemporaryDirectory() as folder,
        postgres.running() as server,
        # With a delay the load lasts long enough to be met half-way.
        Sandbox(rows={BIG: records, SMALL: 1}, delay=2.0) as api,
    ):
        accounts = Path(folder) / "connections.yml"
        settings = {"page_size": 1000}
        write_accounts(accounts, {BIG: {"select": [f"{BIG}.*"], "settings": settings}}, slots=1)
        with cluster(accounts, server, api) as found:
            for name in ("one", "two"):
                found.add_worker(name)
            found.airflow.command("dags", "trigger", "many_connections")
            third = records // 3
            wait_for(
                "half the load", lambda: third < server.count("acme", BIG) < records, 5 * MINUTES
            )
            (loading,) = [n for n, w in found.workers.items() if runs(w.pid, "target-postgres")]
            killed = kill_tree(found.workers.pop(loading).pid)
            half, killed_at = server.count("acme", BIG), time.monotonic()
            say(f"killed: worker {loading}, {killed} processes; {half} of {records} records loaded")
            wait_for("the DAG run", lambda: found.ended() > 0, 15 * MINUTES)
            say(f"the run ended {time.monotonic() - killed_at:.0f} s later: {found.tries()}")
            assert 0 < half < records
            ((state, tries),) = found.tries()
            assert (state, tries > 1) == ("success", True)
        read = sync(connected(api, "accounting", page_size=1000), BIG)
        table = tables(read.raw.splitlines())[BIG]
        assert len(table.records) == records
        wrong = compare(table, server.rows("acme", BIG))
        cells = records * len(table.schema["properties"])
        say(f"{cells} cells of {records} records compared; different: {wrong or 'none'}")
        return len(wrong.missing) + wrong.extra + sum(wrong.changed.values())


def measure(connections: int, records: int) -> None:
    """Load the same connections with one worker and with two, each with one task at a time."""
    with (
        TemporaryDirectory() as folder,
        postgres.running() as server,
        Sandbox(rows={SMALL: records, BIG: 1}) as api,
    ):
        accounts = Path(folder) / "connections.yml"
        each = {"select": [f"{SMALL}.*"]}
        write_accounts(
            accounts, {f"tenant_{n}": each for n in range(connections)}, slots=connections
        )
        with cluster(accounts, server, api) as found:
            for name in ("one", "two"):
                found.add_worker(name)
                before = sum(cpu_seconds(worker.pid) for worker in found.workers.values())
                seconds = found.run()
                after = sum(cpu_seconds(worker.pid) for worker in found.workers.values())
                states = {state for state, _ in found.tries()}
                assert states == {"success"}, found.tries()
                each_cpu, load = (after - before) / connections, os.getloadavg()[0]
                say(
                    f"{len(found.workers)} worker(s): {connections} connections with {records}"
                    f" records each in {seconds:.0f} s: {connections * 3600 / seconds:.0f} an hour,"
                    f" {each_cpu:.1f} CPU seconds each; load average {load:.1f};"
                    f" databases: {database_sizes(server)}"
                )


def database_sizes(server: postgres.Server) -> str:
    """Return how big the databases of Airflow and Meltano are."""
    query = "SELECT datname, pg_database_size(datname) FROM pg_database WHERE datname = ANY(%s)"
    with psycopg.connect(server.url()) as connection:
        found = connection.execute(query, [["airflow", "meltano"]]).fetchall()
    return ", ".join(f"{name} {size / 1e6:.1f} MB" for name, size in found)


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(prog=".ci/airflow celery", description=__doc__)
    parser.add_argument("--only", choices=("kill", "measure"), help="only one of the two")
    parser.add_argument("--records", type=int, default=20_000, help="of the load that is killed")
    parser.add_argument("--connections", type=int, default=12, help="to measure with")
    options = parser.parse_args()
    if options.only != "kill":
        measure(options.connections, 1_000)
    if options.only != "measure" and kill_while_loading(options.records):
        sys.exit(1)


if __name__ == "__main__":
    main()
