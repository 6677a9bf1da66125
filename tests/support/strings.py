"""The texts in a JSON value."""

from __future__ import annotations

from typing import Any


def strings(value: Any) -> list[str]:  # noqa: ANN401  # any JSON
    """Every text in a JSON value, keys among them."""
    if isinstance(value, dict):
        return [text for key, item in value.items() for text in (key, *strings(item))]
    if isinstance(value, list):
        return [text for item in value for text in strings(item)]
    return [value] if isinstance(value, str) else []
