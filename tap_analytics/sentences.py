"""What a schema library finds wrong with settings, said in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_analytics.resources.sentences import _sentences

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jsonschema import Draft202012Validator


def shape_problems(
    validator: Draft202012Validator, settings: Mapping[str, Any]
) -> dict[tuple[str | int, ...], list[str]]:
    found: dict[tuple[str | int, ...], list[str]] = {}
    for error in validator.iter_errors(settings):
        path = tuple(error.absolute_path)
        sentences = found.setdefault(path, [])
        sentences.extend(text for text in _sentences(error) if text not in sentences)
    return found
