"""The programs that load into a database: pipes of a tap and a target, Meltano, and dlt."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from benchmarks import counting, programs
from benchmarks.checkout import HERE, Checkout, tap_command, write_json
from benchmarks.data import STREAM, TOKEN
from benchmarks.measure import Peer
from tests.support.postgres import Server

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.measure import Source

OURS_TO_DUCKDB = "tap-analytics, target-duckdb"
DLT_TO_DUCKDB = "dlt pipeline"
DLT_FLAT_TO_DUCKDB = "dlt pipeline, nested values as JSON, loaded by JSONL"
MELTANO = "meltano run tap-analytics target-duckdb"
MELTANO_BEFORE = "meltano run tap-analytics target-duckdb, before"
POSTGRES = "tap-analytics, target-postgres"
POSTGRES_SETTINGS: dict[str, dict[str, Any]] = {
    POSTGRES: {},
    f"{POSTGRES}, not validating": {"validate_records": False},
    f"{POSTGRES}, recommended": {
        "validate_records": False,
        "add_record_metadata": False,
        "activate_version": False,
    },
    f"{POSTGRES}, not validating, use_copy": {"validate_records": False, "use_copy": True},
}
"""What target-postgres is told by each of its peers: docs/targets.md says what each costs."""
POSTGRES_RECOMMENDED = f"{POSTGRES}, recommended"

_DUCKDB = "data.duckdb"
_SCHEMA = "benchmark"
_TARGET_DUCKDB = str(HERE.root / "targets" / "duckdb")


def ours_to_duckdb() -> Peer:
    """Return the tap piped into target-duckdb, as the project's Meltano file runs it."""
    module = f"sys.path.insert(0, {_TARGET_DUCKDB!r}); import target_duckdb_exact as target"
    target = [*HERE.python, "-c", f"import sys; {module}; target.main()"]

    def commands(source: Source, folder: Path) -> list[list[str]]:
        config = {"path": str(folder / _DUCKDB), "default_target_schema": "main"}
        path = write_json(folder / "target.json", config)
        return [tap_command(source, folder, {}), [*target, "--config", path]]

    return Peer(OURS_TO_DUCKDB, commands, _rows_in_duckdb, ("tap_analytics.tap", "target_duckdb"))


def dlt_to_duckdb(label: str, *options: str) -> Peer:
    """Return dlt's whole pipeline, merging into DuckDB."""

    def commands(source: Source, folder: Path) -> list[list[str]]:
        database = str(folder / _DUCKDB)
        return [[*programs.dlt_command(source, folder), "--database", database, *options]]

    return Peer(label, commands, _rows_in_duckdb, ("dlt", "duckdb"))


def meltano(label: str, checkout: Checkout = HERE) -> Peer:
    """Return `meltano run` in a checkout, with the plugins that its Meltano file names.

    Its first run, which warms up, installs them. The state of the run before is not looked at.
    """
    name = f"meltano-{hashlib.sha256(str(checkout.root).encode()).hexdigest()[:8]}"

    def commands(source: Source, folder: Path) -> list[list[str]]:
        variables = {
            "MELTANO_SYS_DIR_ROOT": folder.parent / name,
            "TAP_ANALYTICS_BASE_URL": source.base_url,
            "TAP_ANALYTICS_ACCESS_TOKEN": TOKEN,
            "TAP_ANALYTICS_API": "marketplace",
            "TAP_ANALYTICS_READ_BY": "pages",
            "TAP_ANALYTICS_PAGE_SIZE": source.page_size,
            "TAP_ANALYTICS__SELECT": json.dumps([f"{STREAM}.*"]),
            "TARGET_DUCKDB_PATH": folder / _DUCKDB,
        }
        given = [f"{name}={value}" for name, value in variables.items()]
        command = [str(checkout.programs / "meltano"), "--environment=prod", "run"]
        command += ["--full-refresh", "tap-analytics", "target-duckdb"]
        return [["env", "-C", str(checkout.root), *given, *command]]

    return Peer(label, commands, _rows_in_duckdb, ("meltano", "duckdb"))


def ours_to_postgres(label: str) -> Peer:
    """Return the tap piped into meltanolabs-target-postgres, with the settings of its label."""
    module = "from target_postgres.target import TargetPostgres as target"
    target = [*HERE.python, "-c", f"{module}; target.cli()"]

    def commands(source: Source, folder: Path) -> list[list[str]]:
        server = source.database
        if server is None:
            message = "A scenario with target-postgres needs `into_postgres`."
            raise RuntimeError(message)
        server.execute(f"DROP SCHEMA IF EXISTS {_SCHEMA} CASCADE")
        config = {**server.settings(), "default_target_schema": _SCHEMA, **POSTGRES_SETTINGS[label]}
        path = write_json(folder / "target.json", config)
        return [tap_command(source, folder, {}), [*target, "--config", path]]

    def count(folder: Path) -> int:
        port = json.loads((folder / "target.json").read_text(encoding="utf-8"))["port"]
        return Server(port).count(_SCHEMA, STREAM)

    return Peer(label, commands, count, ("tap_analytics.tap", "target_postgres"))


def _rows_in_duckdb(folder: Path) -> int:
    """Count the rows in the run's database."""
    return counting.table_rows(folder / _DUCKDB, STREAM)
