"""An Airflow of one's own for the example: its settings, its database, and runs of its DAGs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests.support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_analytics.sandbox import Sandbox
    from tests.support.postgres import Server

EXAMPLE = ROOT / "examples" / "airflow"
NEEDED = ("AIRFLOW_PYTHON", "MELTANO_EXECUTABLE", "MELTANO_PROJECT_ROOT")
"""What `.ci/airflow` sets: where it has installed the two environments."""
WHY_NOT = "needs Airflow in an environment of its own: `.ci/airflow` installs it and runs this"
# It signs the tokens between Airflow's parts. Less than 64 bytes are too few for HS512.
SECRET = "0123456789abcdef" * 4


def installed() -> bool:
    """Return whether `.ci/airflow` runs this."""
    return all(os.environ.get(name) for name in NEEDED)


@dataclass
class Airflow:
    """One Airflow: a home directory and the environment variables that are its settings."""

    home: Path
    environment: dict[str, str]

    def run(self, *arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
        """Run Airflow's Python; return what it wrote."""
        return subprocess.run(
            [os.environ["AIRFLOW_PYTHON"], *arguments],
            env={**self.environment, **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def command(self, *arguments: str | Path) -> str:
        """Run a command of Airflow, which must succeed; return what it wrote."""
        run = self.run("-m", "airflow", *arguments)
        assert run.returncode == 0, run.stdout
        return run.stdout

    def prepare(self) -> None:
        """Make the database and the pools, as the example's compose.yaml does."""
        self.command("db", "migrate")
        pools = self.home / "pools.json"
        accounts = self.run(EXAMPLE / "dags" / "accounts.py")
        pools.write_text(accounts.stdout, encoding="utf-8")
        self.command("pools", "import", pools)

    def test_dag(self, conf: Mapping[str, Any] | None = None, **more: str) -> dict[str, Any]:
        """Run the DAG in one process; return its state, its tasks, its XComs and its log."""
        out = self.home / "run.json"
        out.unlink(missing_ok=True)
        script = Path(__file__).with_name("run_dag.py")
        run = self.run(script, json.dumps(conf or {}), str(out), **more)
        assert out.exists(), run.stdout[-5000:]
        what: dict[str, Any] = json.loads(out.read_bytes())
        return {**what, "log": run.stdout}


def connections(server: Server, sandbox: Sandbox, accounts: Path) -> dict[str, str]:
    """Return the Airflow connections that the example asks for, as environment variables."""
    described = yaml.safe_load(accounts.read_text(encoding="utf-8"))["accounts"]
    found = {
        f"AIRFLOW_CONN_{name.upper()}": json.dumps(
            {
                "conn_type": "http",
                "host": sandbox.base_url,
                "login": sandbox.client_id,
                "password": sandbox.client_secret,
                "extra": {"token_url": sandbox.token_url(account["api"])},
            }
        )
        for name, account in described.items()
    }
    warehouse = {
        "conn_type": "postgres",
        "host": server.host,
        "port": server.port,
        "login": server.user,
        "password": server.password,
        "schema": server.database,
    }
    return {**found, "AIRFLOW_CONN_WAREHOUSE": json.dumps(warehouse)}


def airflow(
    home: Path, server: Server, sandbox: Sandbox, accounts: Path, **settings: str
) -> Airflow:
    """Return an Airflow whose own and Meltano's databases are on this server."""
    home.mkdir(parents=True, exist_ok=True)
    server.create_database("airflow")
    server.create_database("meltano")
    # What the project's own environment says of Python must not reach the other ones.
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(
            ("AIRFLOW__", "PYTHON", "VIRTUAL_ENV", "TAP_", "TARGET_", "COVERAGE")
        )
    }
    environment = {
        **inherited,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(EXAMPLE / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": server.url("airflow", "postgresql+psycopg2"),
        "AIRFLOW__API_AUTH__JWT_SECRET": SECRET,
        "CONNECTIONS_FILE": str(accounts),
        "PYTHONPATH": str(EXAMPLE / "dags"),
        "PATH": f"{Path(os.environ['AIRFLOW_PYTHON']).parent}:{os.environ['PATH']}",
        "MELTANO_DATABASE_URI": server.url("meltano", "postgresql+psycopg"),
        "TMPDIR": str(home),
        "RETRY_DELAY_SECONDS": "1",
        "NO_COLOR": "1",
        **connections(server, sandbox, accounts),
        **settings,
    }
    return Airflow(home, environment)


def copy_project(to: Path) -> Path:
    """Copy the installed Meltano project, as another machine would have it."""
    source = Path(os.environ["MELTANO_PROJECT_ROOT"])
    shutil.copytree(source, to, symlinks=True)
    return to
