"""What the command line hands in: files and the environment, read, or refused in a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from singer_sdk.configuration._dict_config import parse_environment_config

from tap_analytics.exceptions import TapError

if TYPE_CHECKING:
    from collections.abc import Mapping

_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})


class UnreadableError(TapError):
    """A file that was named on the command line cannot be used."""


def read_object(path: str, what: str) -> dict[str, Any]:
    """The JSON object in a file.

    Args:
        path: The file.
        what: What the file is to the reader, such as "configuration".

    Raises:
        UnreadableError: There is no such file, or no JSON object in it.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        message = f"The {what} file {path} cannot be read: {reason}. Look at its path."
        raise UnreadableError(message) from error
    return json_object(text, f"The {what} file {path}")


def json_object(text: str, named: str) -> dict[str, Any]:
    """The JSON object in a text.

    Args:
        text: What was read.
        named: How the sentence begins that refuses it.

    Raises:
        UnreadableError: It is none; the sentence shows where, and nothing of the text.
    """
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        message = (
            f"{named} is no JSON: {error.msg} at line {error.lineno}, column {error.colno}. "
            "Correct it there."
        )
        # The cause would carry the whole text, secrets and all.
        raise UnreadableError(message) from None
    if not isinstance(value, dict):
        message = f"{named} holds no JSON object: it must begin with {{ and end with }}."
        raise UnreadableError(message)
    return value


def reject_state_message(value: dict[str, Any], named: str) -> None:
    """Refuse a whole STATE message where its value belongs: its bookmarks would not be seen.

    Raises:
        UnreadableError: It is one.
    """
    if "bookmarks" not in value and isinstance(value.get("value"), dict):
        message = f"{named} holds a whole STATE message: keep only what stands under its `value`."
        raise UnreadableError(message)


def from_environment(schema: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """The settings in the environment, and in a `.env` file where the SDK finds one.

    The SDK ends in a traceback where a number is none, takes any odd word for false, and knows no
    fractions: so it only finds the texts. One that is not what the schema says stays text, and
    then fails the same check as a wrong value in a file. Empty text is no value.

    Args:
        schema: The settings as JSON Schema.
        prefix: What the names of the variables begin with.
    """
    kinds = {name: entry.get("type", "string") for name, entry in schema["properties"].items()}
    texts = {"properties": {name: {"type": "string"} for name in kinds}}
    found = parse_environment_config(texts, prefix)
    return {name: _as(kinds[name], text) for name, text in found.items() if text.strip()}


def _as(kinds: str | list[str], text: str) -> Any:  # noqa: ANN401  # whatever the schema says
    word = text.strip().lower()
    if "boolean" in kinds and word in _TRUE | _FALSE:
        return word in _TRUE
    if "string" in kinds or "boolean" in kinds:
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
