"""The names of the settings that declare resources, and what an entry may change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

RESOURCE_SETTINGS = ("resources", "resource_defaults", "client", "auth")
"""Each has a JSON Schema of its own, in `config/resources/schema.json`."""


class BuiltInStream(Struct, frozen=True):
    """What a configuration is checked against where an entry has a built-in stream's name."""

    api: str
    path: str
    fields: Callable[[], Collection[str]]
    """The fields of its schema, read where they are needed."""
