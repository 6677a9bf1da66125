"""target-duckdb, with every row of every batch in its table.

target-duckdb 0.8.0 writes a batch to a CSV file and has DuckDB guess what is in it. DuckDB since
1.1 may take the first row for a header: that row is lost, and the run still ends with success. Here
the `COPY` says exactly what the file is, and the number of rows that it loaded is compared with the
number that was to be loaded. Where they differ the run fails, before the state moves on.

Run it as `target-duckdb-exact`, with the configuration and the input of target-duckdb.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import target_duckdb
from target_duckdb.db_sync import DbSync

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from duckdb import DuckDBPyConnection

GUESSED = "WITH (new_line '\\r\\n')"
EXACT = (
    "(FORMAT csv, AUTO_DETECT false, HEADER false, DELIMITER '{delimiter}', QUOTE '{quote}', "
    "ESCAPE '{quote}', NULLSTR '', NEW_LINE '\\r\\n', PARALLEL false)"
)


class RowsLostError(RuntimeError):
    """A batch is not in the database as it should be."""


class ExactConnection:
    """A connection to DuckDB whose one `COPY` guesses nothing and counts its rows."""

    def __init__(self, connection: DuckDBPyConnection, options: str) -> None:
        """Take the connection to use and the options that the CSV file was written with."""
        self._connection = connection
        self._options = options
        self.copied: int | None = None

    def execute(self, query: str) -> DuckDBPyConnection:
        """Run a query as it is, unless it is the `COPY` of a batch."""
        exact = query.replace(GUESSED, self._options)
        result = self._connection.execute(exact)
        if exact != query:
            self.copied = int(result.fetchall()[0][0])
        return result


class ExactDbSync(DbSync):  # type: ignore[misc]  # target-duckdb has no type hints.
    """The writer of one stream's table, which loads a batch wholly or fails."""

    conn: Any

    def load_rows(self, records: Iterable[Mapping[str, Any]], count: int, temp_dir: str) -> None:
        """Merge a batch of `count` records into the table, or raise `RowsLostError`."""
        connection = self.conn
        self.conn = ExactConnection(
            connection, EXACT.format(delimiter=self.delimiter, quote=self.quotechar)
        )
        try:
            super().load_rows(records, count, temp_dir)
            copied = self.conn.copied
        finally:
            self.conn = connection
        if copied != count:
            stream = self.stream_schema_message["stream"]
            message = (
                f"Of a batch of {count} records of stream '{stream}', "
                f"{copied or 'none'} came through target-duckdb's COPY. Nothing that follows is "
                "loaded and the state stays where it was. target-duckdb or DuckDB has changed: "
                "install the versions that targets/duckdb/pyproject.toml names."
            )
            raise RowsLostError(message)


def main() -> None:
    """Run target-duckdb with the exact writer."""
    target_duckdb.DbSync = ExactDbSync
    target_duckdb.main()
