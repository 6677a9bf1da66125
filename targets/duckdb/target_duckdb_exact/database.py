"""The database of a run: opened, cleared of what a killed run left, and closed to everything else.

What a stream's name or a field's name says is quoted wherever it stands in SQL. Should that ever
fail, the second wall stands here: the connection reads and writes no file but the database and the
batches of this run, and attaches and installs nothing.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from target_duckdb import validate_config
from target_duckdb.logger import get_logger

from .exceptions import TargetError
from .identifiers import excerpt, literal, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from duckdb import DuckDBPyConnection

_FOLDER = "target-duckdb-exact-"
_OTHER_SYSTEM = re.compile("[A-Za-z_][A-Za-z_0-9]+:")
"""How a path begins that is no file of this machine, such as `md:`; not a drive's letter."""
_LEFT_BEHIND = "tmp_[0-9a-f]{8}_[0-9a-f]{4}_4[0-9a-f]{3}_[89ab][0-9a-f]{3}_[0-9a-f]{12}"
"""What target-duckdb calls the table of a batch: `tmp_` and a random UUID (version 4)."""


@dataclass(frozen=True, slots=True)
class Database:
    """An open database, and where the files of its batches go."""

    connection: DuckDBPyConnection
    catalog: str
    folder: Path

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows."""
        return self.connection.execute(statement).fetchall()


@contextmanager
def opened(config: Mapping[str, Any]) -> Iterator[Database]:
    """Open the database that a configuration of target-duckdb names.

    Args:
        config: The configuration.

    Yields:
        The database, which is closed at the end.

    Raises:
        TargetError: The configuration is wrong, or the database cannot be opened.
    """
    problems = validate_config(config)
    if problems:
        raise TargetError(" ".join(problems))
    path = str(config.get("path", config.get("filepath")))
    token = config.get("token")
    try:
        connection = duckdb.connect(f"{path}?token={token}" if token else path)
    except duckdb.Error as error:
        message = f"DuckDB cannot open {excerpt(path, 300)}: {excerpt(str(error), 300)}"
        raise TargetError(message) from None
    try:
        with _folder(config, path) as folder:
            ((own,),) = connection.execute("SELECT current_database()").fetchall()
            catalog = config.get("database") or config.get("dbname") or own
            database = Database(connection, str(catalog), folder)
            _set_up(database, config.get("settings", {}), path)
            yield database
    finally:
        connection.close()


def _set_up(database: Database, settings: Mapping[str, Any], path: str) -> None:
    for name, value in settings.items():
        database.execute(f"SET {quoted(name)} = {literal(str(value))}")
    if _OTHER_SYSTEM.match(path):
        # Others may be writing there at this moment, and its files are not for us to judge.
        return
    _drop_left_behind(database)
    if "enable_external_access" not in settings:
        database.execute(f"SET allowed_directories = [{literal(str(database.folder))}]")
        database.execute("SET enable_external_access = false")


def _drop_left_behind(database: Database) -> None:
    """Drop the tables of batches that target-duckdb was killed in.

    Only one process can have the file open, so that nobody is using them; the next run brings
    their rows again, for no state was let out behind them.
    """
    found = database.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() "  # noqa: S608
        "AND schema_name = current_schema() "
        f"AND regexp_full_match(table_name, {literal(_LEFT_BEHIND)})"
    )
    for (table,) in found:
        database.execute(f"DROP TABLE {quoted(table)}")
    if found:
        get_logger("target_duckdb").info(
            "Dropped %d tables of batches that a killed run left behind.", len(found)
        )


@contextmanager
def _folder(config: Mapping[str, Any], path: str) -> Iterator[Path]:
    """Make a folder that only this user can read, and remove those of killed runs."""
    parent = Path(config.get("temp_dir") or tempfile.gettempdir()).resolve()
    prefix = _FOLDER
    if not _OTHER_SYSTEM.match(path) and path != ":memory:":
        # Its owner had the database open, which nobody but this process has now.
        prefix += f"{hashlib.sha256(str(Path(path).resolve()).encode()).hexdigest()[:16]}-"
        for left_behind in parent.glob(f"{prefix}*"):
            shutil.rmtree(left_behind, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=parent) as folder:
        yield Path(folder)
