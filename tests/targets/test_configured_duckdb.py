"""Declared resources end to end: every paginator and every write disposition, into DuckDB."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb

from tap_analytics.sandbox import Sandbox
from tests.support.declarations import SOURCE_OF, SOURCES, entry
from tests.support.harness import by_token, sync
from tests.support.targets import load
from tests.support.warehouse import differences, expected, stored

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 25
CHILD: dict[str, Any] = {
    "name": "contracts_of_buyers",
    "primary_key": "id",
    "write_disposition": "replace",
    "endpoint": {
        "path": "/buyers/{buyer_id}/contracts",
        "data_selector": "results",
        "params": {"buyer_id": {"type": "resolve", "resource": "offset_of_a_total", "field": "id"}},
    },
}


def test_every_paginator_and_disposition_arrives_row_by_row_and_cell_by_cell(
    tmp_path: Path,
) -> None:
    """Twice, as every hour does: what is appended with a hash for a key does not double."""
    resources = [
        *(entry(name, schema=None, write_disposition="merge") for name in SOURCE_OF),
        {**entry("one_page", schema=None, write_disposition="replace"), "name": "replaced"},
        {**entry("numbered", schema=None, write_disposition="append"), "name": "with_a_key"},
        {
            "name": "events",
            "write_disposition": "append",
            "endpoint": {"path": "/v2/events", "data_selector": "events"},
        },
        CHILD,
    ]
    streams = {"events", "contracts", *SOURCES}
    with Sandbox(rows=dict.fromkeys(streams, ROWS)) as api:
        config = by_token(api)
        outcome = sync({**config, "resources": resources})
        assert outcome.error is None
        known = {row["id"] for row in api.rows("buyers")}
        children = {r["id"] for r in api.rows("contracts") if r["buyer_id"] in known}
    messages = [json.loads(line) for line in outcome.raw.splitlines()]
    for _ in range(2):
        assert load(tmp_path, messages, batch_size_rows=10).returncode == 0
    names = {resource["name"] for resource in resources}
    schemas = {m["stream"]: m for m in messages if m["type"] == "SCHEMA"}
    assert schemas.keys() == names
    for name in names - {CHILD["name"]}:
        (key,) = schemas[name]["key_properties"]
        schema = {**schemas[name]["schema"], "required": [key]}
        sent = [m["record"] for m in messages if m["type"] == "RECORD" and m["stream"] == name]
        rows = stored(tmp_path / "rows.duckdb", name, key)
        assert len(rows) == ROWS, name
        assert differences(rows, expected(sent, schema)) == [], name
    with duckdb.connect(str(tmp_path / "rows.duckdb"), read_only=True) as connection:
        found = connection.execute("SELECT _offset_of_a_total_id, id FROM contracts_of_buyers")
        pairs = found.fetchall()
    assert {key for _, key in pairs} == children
    assert len(pairs) == len(children)
    assert {buyer for buyer, _ in pairs} <= known
