"""The names of the settings that declare resources."""

from __future__ import annotations

RESOURCE_SETTINGS = ("resources", "resource_defaults", "client")
"""Each has a JSON Schema of its own, in `config/resources/schema.json`."""
