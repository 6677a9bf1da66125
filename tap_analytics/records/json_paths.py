"""What a JSONPath may find: one thing, items of one list, or of lists within others.

It is loaded where a path is more than keys: the parser is slow to load.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jsonpath_ng.ext.filter import Filter
from jsonpath_ng.ext.parser import parse
from jsonpath_ng.jsonpath import Child, Root, Slice, Wildcard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonpath_ng.jsonpath import JSONPath

_SEVERAL = re.compile(r"[*?:,]|\.\.")
_WHOLE_LIST = re.compile(r"(?!.*\.\.)[^*?:,]*\*[^*?:,]*")


def finds_several(path: str) -> bool:
    """Whether a path asks for any number of things, so that it may find none of them."""
    return _SEVERAL.search(path) is not None


def takes_a_part(path: str) -> bool:
    """Whether what a path finds may be a part of a list only, or of several lists."""
    return finds_several(path) and _WHOLE_LIST.fullmatch(path) is None


def lists_of(expression: JSONPath) -> Iterator[JSONPath]:
    """What leads to each list that a path selects items of, from the outside."""
    if isinstance(expression, Child):
        yield from lists_of(expression.left)
        if isinstance(expression.right, Wildcard | Slice | Filter):
            yield expression.left
    elif isinstance(expression, Wildcard | Slice | Filter):
        yield Root()


def tells_page_size(path: str) -> bool:
    """Whether what a path finds in a page shows how many items the page has."""
    if not finds_several(path):
        return True
    return ".." not in path and len([*lists_of(parse(path))]) == 1
