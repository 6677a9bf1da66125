"""What the command line names: JSON files and the environment."""

from __future__ import annotations

import os
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dotenv import find_dotenv, load_dotenv

from tap_analytics.config.json_text import decode
from tap_analytics.exceptions import TapError
from tap_analytics.records.names import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tap_analytics.records.json import JSON, JSONObject

_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})


class UnreadableError(TapError):
    """A file that was named on the command line cannot be used."""


def read_object(path: str, what: str) -> JSONObject:
    """Read a file that holds a JSON object.

    Args:
        path: The file.
        what: What the file holds, such as "configuration", for the message.

    Returns:
        The object.

    Raises:
        UnreadableError: There is no such file, or no JSON object in it.
    """
    source = f"The {what} file {shown(path, 200)}"
    return json_object(read_text(Path(path).read_bytes, source), source)


def read_text(read: Callable[[], bytes], source: str) -> str:
    """Read UTF-8 text, whatever the locale of the machine; a byte-order mark is left out.

    Args:
        read: Returns what the file holds.
        source: The file, as the beginning of a message.

    Raises:
        UnreadableError: It cannot be read, or holds something else.
    """
    try:
        return read().decode("utf-8-sig")
    except OSError as error:
        raise _unreadable(source, f"{error.strerror}. Check its path.") from error
    except UnicodeDecodeError as error:
        raise _unreadable(source, "it is not UTF-8 text. Save it as UTF-8.") from error
    except ValueError as error:
        raise _unreadable(source, "its path cannot be one. Check it.") from error


def _unreadable(source: str, reason: str) -> UnreadableError:
    return UnreadableError(f"{source} cannot be read: {reason}")


def read_settings(paths: Iterable[str]) -> tuple[JSONObject, UnreadableError | None]:
    """Read files with settings; a later one replaces the settings of an earlier one.

    Args:
        paths: The files.

    Returns:
        The settings of all files that can be read, and why the first other one cannot.
    """
    settings: JSONObject = {}
    unreadable = None
    for path in paths:
        try:
            settings |= read_object(path, "configuration")
        except UnreadableError as error:
            unreadable = unreadable or error
    return settings, unreadable


def json_object(text: str, source: str) -> JSONObject:
    """Decode a JSON object.

    Args:
        text: What was read.
        source: Where it was read, as the beginning of a message.

    Returns:
        The object.

    Raises:
        UnreadableError: The text is no JSON object. The message names the line and the column,
            and quotes nothing of the text.
    """
    if not text.strip():
        message = f"{source} is empty: it must hold a JSON object, at least {{}}."
        raise UnreadableError(message)
    try:
        value = decode(text)
    except ValueError as error:
        message = f"{source} is {error}. Correct it there."
        raise UnreadableError(message) from None
    if not isinstance(value, dict):
        message = f"{source} holds no JSON object: it must begin with {{ and end with }}."
        raise UnreadableError(message)
    return value


def check_input(kind: str, value: Mapping[str, JSON], source: str) -> None:
    """Refuse a state or a catalog that nothing can work with.

    Args:
        kind: `state` or `catalog`.
        value: What was read.
        source: Where it was read, as the beginning of a message.

    Raises:
        UnreadableError: It has another shape, or is a whole STATE message: the SDK would ignore
            the bookmarks in it.
    """
    if kind == "state" and "bookmarks" not in value and isinstance(value.get("value"), dict):
        message = f"{source} holds a whole STATE message: keep only what its key `value` holds."
        raise UnreadableError(message)
    # Loaded where it is needed: a run without these files starts sooner.
    from tap_analytics.config.input_files import shape_problems  # noqa: PLC0415

    if problems := shape_problems(kind, value):
        message = f"{source} is no {kind} that the tap can use: {' '.join(problems)}"
        raise UnreadableError(message)


def read_environment(schema: Mapping[str, Any], prefix: str) -> JSONObject:
    """Read the settings in the environment, and in the nearest `.env` file.

    It is looked for in the working directory and in the folders above it; then, as the SDK does, in
    the folder of this module and above. Its variables replace others of the same name.

    Args:
        schema: The settings as JSON Schema.
        prefix: What the names of the variables begin with.

    Returns:
        The settings that have a value. A text that does not fit its type in the schema stays a
        text: the validation refuses it as it refuses a wrong value in a file.

    Raises:
        UnreadableError: The `.env` file cannot be read.
    """
    if path := find_dotenv(usecwd=True) or find_dotenv():
        text = read_text(Path(path).read_bytes, f"The file {shown(path, 200)}")
        load_dotenv(stream=StringIO(text), override=True)
    types = {name: entry.get("type", "string") for name, entry in schema["properties"].items()}
    texts = {name: os.environ.get(_variable(prefix, name), "") for name in types}
    # A misspelt name is kept, so that the validation can say so. Meltano's own begin with another
    # underscore.
    texts |= {
        name: text
        for variable, text in os.environ.items()
        if (name := variable.removeprefix(prefix).lower()) not in types
        and variable.startswith(prefix)
        and not name.startswith("_")
    }
    return {
        name: _typed(text, types.get(name, "string"))
        for name, text in texts.items()
        if text.strip()
    }


def _variable(prefix: str, name: str) -> str:
    return prefix + name.upper().replace("-", "_")


def _typed(text: str, types: str | list[str]) -> JSON:
    """The value of a setting in the environment."""
    word = text.strip().lower()
    if "boolean" in types and word in _TRUE | _FALSE:
        return word in _TRUE
    if "string" in types or "boolean" in types:
        return text
    try:
        return decode(text)
    except ValueError:
        return text
