"""What target-bigquery would create: the schema that it sends with a new table.

The target's own Python runs this, in its own environment. Schemas come in on standard input, by
stream: `{"schema": ..., "key_properties": [...]}`. Out goes, by stream, each column with its type.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from target_bigquery.core import (
    BigQueryTable,
    IngestionStrategy,
    SchemaResolverVersion,
)


def columns(schema: dict[str, Any], version: str) -> dict[str, str]:
    """Return the columns of the table that the target creates for a stream.

    Args:
        schema: The stream's schema.
        version: The target's setting `schema_resolver_version`.
    """
    table = BigQueryTable(
        name="stream",
        dataset="none",
        project="none",
        jsonschema=schema,
        ingestion_strategy=IngestionStrategy.DENORMALIZED,
        schema_resolver_version=SchemaResolverVersion(int(version)),
    )
    return {
        field.name: field.field_type.upper() + (" REPEATED" if field.mode == "REPEATED" else "")
        for field in table.get_resolved_schema()
    }


if __name__ == "__main__":
    streams = json.load(sys.stdin)
    made = {name: columns(stream["schema"], sys.argv[1]) for name, stream in streams.items()}
    json.dump(made, sys.stdout)
