"""Paths of keys, and how they are written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    Path = tuple[str, ...]

_KEY_PATH = re.compile(r"[\w-]+(\.[\w-]+)*")
ANYWHERE = "*"
"""Stands for whatever a JSONPath leads through from there on."""

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


class ListIndex(str):
    """The place of an item in a list, as one of the keys of a path: `0` of `data[0].rows`."""

    __slots__ = ()


def key_path(path: str) -> Path | None:
    """The keys that a path consists of; None where it is a JSONPath that asks for more."""
    keys = path.removeprefix("$").removeprefix(".").removesuffix("[*]")
    if not keys:
        return ()
    return tuple(keys.split(".")) if _KEY_PATH.fullmatch(keys) else None


def spelled(path: Sequence[str]) -> str:
    """The path of some keys as a selector: `a.b`, or a JSONPath where it must be."""
    if all(_PLAIN_KEY.fullmatch(name) for name in path):
        return ".".join(path) or "$"
    return "$" + "".join(map(_in_brackets, path))


def _in_brackets(key: str) -> str:
    if isinstance(key, ListIndex):
        return f"[{key}]"
    quoted = key.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{quoted}']"
