"""What target-snowflake would create: its own statement for a table, caught before it is sent.

The target's own Python runs this, in its own environment. Schemas come in on standard input, by
stream: `{"schema": ..., "key_properties": [...]}`. Out goes, by stream, each column with its type.
"""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

import sqlalchemy
from target_snowflake.connector import SnowflakeConnector

if TYPE_CHECKING:
    from sqlalchemy.sql.ddl import DDLElement

CONFIG = {"account": "none", "user": "none", "password": "none", "database": "NONE"}
COLUMN = re.compile(r"^\t(?!PRIMARY KEY)(\"[^\"]+\"|\w+) ([A-Z_]+(?:\([\d, ]+\))?)", re.MULTILINE)


class Unconnected(SnowflakeConnector):
    """The connector, whose statements are kept and go nowhere."""

    def __init__(self) -> None:
        """Keep the statements of an engine that has no server."""
        self.statements: list[str] = []
        super().__init__(CONFIG)

    def create_engine(self) -> Any:  # noqa: ANN401 -- SQLAlchemy's mock has another class
        """Return an engine that keeps each statement."""

        def keep(statement: DDLElement, *_: object, **__: object) -> None:
            self.statements.append(str(statement.compile(dialect=engine.dialect)))

        engine = sqlalchemy.create_mock_engine("snowflake://none:none@none/none", keep)
        return engine


def columns(schema: dict[str, Any], keys: list[str]) -> dict[str, str]:
    """Return the columns of the table that the target creates for a stream."""
    connector = Unconnected()
    names = {name: connector.format_identifier(name) for name in schema["properties"]}
    conformed = {names[name]: value for name, value in schema["properties"].items()}
    connector.create_empty_table(
        "STREAM", {"properties": conformed}, primary_keys=[names[key] for key in keys]
    )
    return dict(COLUMN.findall(connector.statements[-1]))


if __name__ == "__main__":
    streams = json.load(sys.stdin)
    made = {
        name: columns(stream["schema"], stream["key_properties"])
        for name, stream in streams.items()
    }
    json.dump(made, sys.stdout)
