"""The table of one stream: created, changed when the schema changes, and loaded batch by batch."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import duckdb
from target_duckdb.db_sync import stream_name_to_dict
from target_duckdb.logger import get_logger

from .exceptions import RowsLostError, TargetError
from .identifiers import checked, excerpt, folded, literal, quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from .columns import Column, Columns
    from .database import Database
    from .lines import Dialect

BATCH = quoted("temp", "main", "batch")
"""Where a batch waits to be merged. It is temporary: a kill leaves nothing of it behind."""
COPY = (
    "COPY {table} FROM {file} (FORMAT csv, AUTO_DETECT false, HEADER false, "
    "DELIMITER {delimiter}, QUOTE {quote}, ESCAPE {quote}, NULLSTR '', NEW_LINE '\\r\\n', "
    "PARALLEL false)"
)
"""Says exactly what the file is: DuckDB guesses nothing, least of all a header."""


class Table:
    """Where the records of one stream go."""

    def __init__(
        self,
        database: Database,
        config: Mapping[str, Any],
        stream: str,
        columns: Columns,
        dialect: Dialect,
    ) -> None:
        """Name the table as target-duckdb does.

        Raises:
            NameRefusedError: DuckDB cannot have a table of this name.
            TargetError: The configuration does not say in which schema the table is.
        """
        self._database = database
        self._stream = excerpt(stream)
        self._columns = columns
        self._dialect = dialect
        parts = stream_name_to_dict(stream)
        schema = _schema(config, parts["schema_name"])
        if not schema:
            message = (
                f"No schema is set for stream {self._stream}: neither 'default_target_schema' nor "
                "'schema_mapping' names one."
            )
            raise TargetError(message)
        name = checked(parts["table_name"], f"The table of stream {self._stream}")
        name = name.replace(".", "_").replace("-", "_").lower()
        self._schema = quoted(database.catalog, schema)
        self._name = quoted(database.catalog, schema, name)
        self.identity = (folded(schema), name)

    def prepare(self) -> None:
        """Create the table, or add the columns that it lacks.

        A column of another type is kept under a name with the time in it, and a new one is added.

        Raises:
            TargetError: DuckDB refuses.
        """
        stamp = time.strftime("%Y%m%d_%H%M")
        try:
            with self._transaction():
                self._run(f"CREATE SCHEMA IF NOT EXISTS {self._schema}")
                self._run(self._create("CREATE TABLE IF NOT EXISTS", self._name))
                present = {folded(row[0]): row[1] for row in self._run(f"DESCRIBE {self._name}")}
                for column in self._columns.all:
                    kind = present.get(column.name)
                    if kind is not None and kind.lower() == column.type:
                        continue
                    if kind is not None:
                        self._set_aside(column, _free_name(f"{column.name}_{stamp}", present))
                    self._run(f"ALTER TABLE {self._name} ADD COLUMN {column.clause}")
        except duckdb.Error as error:
            raise self._refused(error, "the table") from error

    def load(self, rows: Collection[str]) -> None:
        """Merge a batch into the table, wholly or not at all.

        Args:
            rows: The lines of the batch's rows, no two of them with one key.

        Raises:
            RowsLostError: Not every row came through.
            TargetError: DuckDB refuses the rows.
        """
        get_logger("target_duckdb").info(
            "Loading %d rows of stream %s into %s.", len(rows), self._stream, excerpt(self._name)
        )
        try:
            self._run(self._create("CREATE OR REPLACE TEMP TABLE", BATCH))
            copied = self._copy(rows)
            if copied != len(rows):
                raise self._lost(copied, len(rows), "came through DuckDB's COPY")
            with self._transaction():
                merged = self._merge()
                if merged < len(rows):
                    raise self._lost(merged, len(rows), "reached the table")
            self._run(f"DROP TABLE {BATCH}")
        except (duckdb.Error, OSError, UnicodeError) as error:
            raise self._refused(error, "rows") from error

    def delete_flagged(self) -> None:
        """Delete the rows that the tap has marked as deleted at the source."""
        try:
            self._run(f"DELETE FROM {self._name} WHERE _sdc_deleted_at IS NOT NULL")  # noqa: S608 -- quoted
        except duckdb.Error as error:
            raise self._refused(error, "a deletion") from error

    def _run(self, statement: str) -> list[tuple[Any, ...]]:
        return self._database.execute(statement)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Keep all that happens within, or nothing of it."""
        self._run("BEGIN")
        try:
            yield
        except BaseException:
            self._run("ROLLBACK")
            raise
        self._run("COMMIT")

    def _set_aside(self, column: Column, old: str) -> None:
        """Give a column of another type another name, so that a new one can take its place."""
        get_logger("target_duckdb").info(
            "Column %s of stream %s is now of type %s: what it held stays in %s.",
            excerpt(column.name),
            self._stream,
            column.type,
            excerpt(old),
        )
        names = f"{quoted(column.name)} TO {quoted(old)}"
        self._run(f"ALTER TABLE {self._name} RENAME COLUMN {names}")

    def _create(self, verb: str, table: str) -> str:
        parts = [column.clause for column in self._columns.all]
        if self._columns.key:
            keys = ", ".join(quoted(column.name) for column in self._columns.key)
            parts.append(f"PRIMARY KEY ({keys})")
        return f"{verb} {table} ({', '.join(parts)})"

    def _copy(self, rows: Collection[str]) -> int:
        file: Path = self._database.folder / "batch.csv"
        with file.open("w", encoding="utf-8", newline="") as text:
            text.writelines(rows)
        ((copied,),) = self._run(
            COPY.format(
                table=BATCH,
                file=literal(str(file)),
                delimiter=literal(self._dialect.delimiter),
                quote=literal(self._dialect.quote),
            )
        )
        file.unlink()
        return int(copied)

    def _merge(self) -> int:
        """Write the batch over the rows that have its keys, add the others, return how many."""
        names = [quoted(column.name) for column in self._columns.all]
        keys = [quoted(column.name) for column in self._columns.key]
        # All SQL here is made of quoted names.
        insert = f"INSERT INTO {self._name} ({', '.join(names)}) SELECT s.* FROM {BATCH} s"  # noqa: S608
        if not keys:
            return int(self._run(insert)[0][0])
        same = " AND ".join(f"s.{key} = t.{key}" for key in keys)
        others = [name for name in names if name not in keys]
        # A table of nothing but keys has nothing to change: its known rows are written once more.
        changes = ", ".join(f"{name} = s.{name}" for name in others or keys[:1])
        update = f"UPDATE {self._name} AS t SET {changes} FROM {BATCH} s WHERE {same}"  # noqa: S608
        updated = int(self._run(update)[0][0])
        missing = f"{insert} LEFT JOIN {self._name} t ON {same} WHERE t.{keys[0]} IS NULL"
        return updated + int(self._run(missing)[0][0])

    def _lost(self, rows: int, of: int, what: str) -> RowsLostError:
        return RowsLostError(
            f"A batch of stream {self._stream} is not wholly loaded: {rows} of {of} rows {what}. "
            "Nothing of it is in the table, nothing that follows is loaded, and the state stays "
            "where it was. DuckDB has changed: install the versions that "
            "target-duckdb-exact was tested with."
        )

    def _refused(self, error: Exception, what: str) -> TargetError:
        return TargetError(
            f"DuckDB cannot take {what} of stream {self._stream}: {excerpt(str(error), 300)}. "
            "Nothing that follows is loaded, and the state stays where it was."
        )


def _schema(config: Mapping[str, Any], named: str | None) -> str | None:
    mapping = config.get("schema_mapping") or {}
    if named in mapping:
        schema = mapping[named].get("target_schema")
    else:
        schema = (config.get("default_target_schema") or "").strip()
    return str(schema) if schema else None


def _free_name(wanted: str, taken: Mapping[str, str]) -> str:
    number, free = 1, wanted
    while free in taken:
        number += 1
        free = f"{wanted}_{number}"
    return free
