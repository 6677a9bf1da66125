"""Configurations in dlt's form, run through the tap and through dlt against one server."""

DLT_MISSING = "dlt is not installed: `uv sync --group bench` does so"
