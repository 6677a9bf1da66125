"""dlt's REST API source: `extract` alone, or a whole pipeline that merges into DuckDB.

After an `extract` it prints the rows that dlt says it extracted.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dlt
from dlt.sources.rest_api import rest_api_source

if TYPE_CHECKING:
    from dlt.sources.rest_api.typing import RESTAPIConfig

STREAM = "private_offers"


def config(
    base_url: str, token: str, page_size: int, *, incremental: bool = False, lag: float = 0
) -> RESTAPIConfig:
    """Return the source as its documentation would write it for this API.

    Args:
        base_url: The API's.
        token: A bearer token for it.
        page_size: Records to ask for a page.
        incremental: Whether to ask for what changed since the last run.
        lag: By how many seconds the next run goes back behind the greatest time that came.
    """
    start: dict[str, Any] = {
        "cursor_path": "last_modified_at",
        "start_param": "last_modified_at_after",
        **({"lag": lag} if lag else {}),
    }
    return {
        "client": {
            "base_url": base_url,
            "auth": {"type": "bearer", "token": token},
            "paginator": {"type": "page_number", "base_page": 1, "total_path": None},
        },
        "resources": [
            {
                "name": STREAM,
                "primary_key": "id",
                "write_disposition": "merge",
                "endpoint": {
                    "path": STREAM,
                    "data_selector": "results",
                    "params": {"page_size": page_size},
                    **({"incremental": start} if incremental else {}),
                },
            }
        ],
    }


def main() -> None:
    """Extract, or load into DuckDB where `--database` is given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--page-size", type=int, required=True)
    parser.add_argument("--folder", required=True, help="for dlt's own files")
    parser.add_argument("--database", type=Path)
    parser.add_argument("--flat", action="store_true", help="nested values as JSON, load by JSONL")
    parser.add_argument("--incremental", action="store_true", help="ask for what changed since")
    parser.add_argument("--lag", type=float, default=0, help="seconds, with --incremental")
    arguments = parser.parse_args()
    asked = config(
        arguments.base_url,
        arguments.token,
        arguments.page_size,
        incremental=arguments.incremental,
        lag=arguments.lag,
    )
    source = rest_api_source(asked, name="benchmark")
    pipeline = dlt.pipeline(
        "benchmark",
        pipelines_dir=arguments.folder,
        destination=dlt.destinations.duckdb(str(arguments.database or ":memory:")),
        dataset_name="benchmark",
    )
    if arguments.database is not None:
        if arguments.flat:
            source.max_table_nesting = 0
            pipeline.run(source, loader_file_format="jsonl")
        else:
            pipeline.run(source)
        return
    info = pipeline.extract(source)
    metrics = [each for load in info.metrics.values() for each in load]
    tables = [each["table_metrics"] for each in metrics]
    rows = sum(table[STREAM].items_count for table in tables if STREAM in table)
    sys.stdout.write(f"{rows}\n")


if __name__ == "__main__":
    main()
