"""Placeholders in the texts of a request, and what stands for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from tap_analytics.records.scalars import to_text

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")


def filled(value: T, values: Mapping[str, Any], *, typed: bool = False) -> T:
    """A value with its placeholders filled in, at any depth.

    Args:
        value: A path, parameters, headers or a body.
        values: What stands for each placeholder; None where nothing does: then what holds it is
            left out, and an object or a list in which nothing is left then: `{"updated_at": {}}`
            would be another question.
        typed: Whether a number that stands alone stays a number, as in JSON.

    Returns:
        A copy, as far as there are placeholders.
    """
    if not values:
        return value
    kept = _filled(value, values, typed)
    if kept is None and isinstance(value, dict | list | tuple):
        kept = value.__class__()
    return cast("T", kept)


def as_text(item: Any) -> str:  # noqa: ANN401  # any JSON
    """What stands for a placeholder in a text: a text or a number itself, else its JSON."""
    return to_text(item) if isinstance(item, bool | list | dict) else str(item)


def _filled(value: Any, values: Mapping[str, Any], typed: bool) -> Any:  # noqa: ANN401, FBT001  # any JSON
    if isinstance(value, str):
        if typed and value in values:
            return values[value]
        for placeholder, item in values.items():
            if placeholder in value:
                if item is None:
                    return None
                value = value.replace(placeholder, as_text(item))
        return value
    if isinstance(value, list | tuple):
        items = [(item, _filled(item, values, typed)) for item in value]
        # A text that is left out stays as null: what follows it would move up.
        left = [new for item, new in items if new is not None or not isinstance(item, dict | list)]
        is_left = any(new is not None or item is None for item, new in items)
        return left if is_left or not value else None
    if isinstance(value, dict):
        pairs = ((name, item, _filled(item, values, typed)) for name, item in value.items())
        kept = {name: new for name, item, new in pairs if new is not None or item is None}
        return kept if kept or not value else None
    return value
