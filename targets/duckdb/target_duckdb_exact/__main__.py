"""Makes `python -m target_duckdb_exact` the same as `target-duckdb-exact`."""

from __future__ import annotations

from . import main

main()
