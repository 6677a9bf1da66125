"""Records that a JSONPath selects, and of what: only a list that is there and empty is an end.

It is loaded where a `data_selector` is more than keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsonpath_ng.exceptions import JSONPathError
from jsonpath_ng.ext.filter import Filter
from jsonpath_ng.ext.parser import parse
from jsonpath_ng.jsonpath import (
    Child,
    Descendants,
    Fields,
    Index,
    Root,
    Slice,
    This,
    Wildcard,
)

from tap_analytics.records.encoding import encode
from tap_analytics.records.json_paths import finds_several, lists_of, takes_a_part
from tap_analytics.rest.response.document import MISSING, JSONBody, RawRecords
from tap_analytics.rest.response.key_paths import ANYWHERE, ListIndex
from tap_analytics.rest.response.sign_names import Kind, plain_name
from tap_analytics.rest.response.signs import find_hints, find_signs, named_next

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from jsonpath_ng.jsonpath import JSONPath

    from tap_analytics.records.json import JSON


class Selection:
    """Selects the records of responses."""

    def __init__(self, path: str) -> None:
        """Compile a JSONPath."""
        expression = parse(path)
        self._find = expression.find
        self._several = finds_several(path)
        self._lists = [*lists_of(expression)] if self._several else []
        self.nested = len(self._lists) > 1
        """Whether records are in lists within the items of an outer one."""
        self.keys = tuple(_fixed_keys(expression))
        """What leads to the list that it selects from."""
        self._holders = [*_holders(self._lists)]
        self.selective = takes_a_part(path)
        """Whether records may be only a part of what a page holds, or of several lists."""

    def __call__(self, body: JSONBody) -> RawRecords | JSON:
        """The records of a response; or what stands in their place, `MISSING` where nothing does.

        Of one list, all that it holds is one page of the server's, whatever is selected of it.
        """
        whole = body.get(())
        found = _values(self._find(whole))
        one = found[0] if len(found) == 1 else None
        if not self._several:
            # Whatever stands there: null is an empty list, as where keys alone lead to it.
            return one if len(found) == 1 else found or MISSING
        records = one if isinstance(one, list) else found
        if not self._lists:
            return records if found else MISSING
        items = _items(_values(self._lists[0].find(whole)))
        if not isinstance(items, list):
            return items
        if records and not self.nested and records is found:
            return RawRecords(records, held=items)
        outer = [hash(repr(item)) for item in items] if self.nested or records else None
        if records:
            return RawRecords(records, outer=outer)
        # Lists within others, all empty: nobody knows which of them are cut into pages.
        inner = found or _values(self._lists[-1].find(whole)) if self.nested else found
        frame = bool(inner) and not any(inner)
        return RawRecords([], held=items or None, outer=outer, frame=frame)

    def cut_lists(self, body: JSONBody) -> Iterator[str]:
        """The names of what says that a list within an item of the outer one goes on elsewhere.

        As `pageInfo` of a connection in a connection of GraphQL does, Stripe's `has_more` of an
        invoice's lines, and the `total` of Jira's worklogs.
        """
        for holder, name in self._holders:
            for match in holder.find(body.get(())):
                if isinstance(match.value, dict):
                    yield from (f"{match.path}.{sign}" for sign in _cuts(match.value, name))


def keys_of(path: str) -> tuple[str, ...]:
    """The keys in front of what a JSONPath selects; none where it is no JSONPath."""
    try:
        return tuple(_fixed_keys(parse(path)))
    except JSONPathError:
        return ()


def _fixed_keys(expression: JSONPath) -> Iterator[str]:
    """The names and the places in front of the first step that may select several things."""
    for step in _steps(expression):
        if isinstance(step, Fields) and len(step.fields) == 1:
            yield step.fields[0]
        elif isinstance(step, Index) and len(step.indices) == 1:
            yield ListIndex(step.indices[0])
        else:
            if not isinstance(step, Wildcard | Slice | Filter):
                # It may lead to any depth: no name is known that leads to the list itself.
                yield ANYWHERE
            return


def _steps(expression: JSONPath) -> Iterator[JSONPath]:
    """The steps of a path, one after the other."""
    if isinstance(expression, Child | Descendants):
        yield from _steps(expression.left)
        yield from (
            (expression,) if isinstance(expression, Descendants) else _steps(expression.right)
        )
    elif not isinstance(expression, Root | This):
        yield expression


def _holders(lists: Sequence[JSONPath]) -> Iterator[tuple[JSONPath, str]]:
    """What leads to the objects that hold the inner lists, and the names of these in them.

    A record that holds one itself is none: its fields are no signs.
    """
    for inner in lists[1:]:
        holder, field = (inner.left, inner.right) if isinstance(inner, Child) else (None, None)
        if isinstance(holder, Child) and isinstance(holder.right, Fields):
            is_record = holder.right.fields == (_RECORD,)
            if isinstance(field, Fields) and not is_record:
                yield holder, field.fields[0]


def _cuts(holder: Mapping[str, JSON], name: str) -> Iterator[str]:
    """What in an object says that its list of that name is not whole."""
    found = holder.get(name)
    items = len(found) if isinstance(found, list) else 0
    beside = JSONBody(encode({key: value for key, value in holder.items() if key != name}))
    has_size = any(hint.size for hint in find_hints(beside, ()))
    for sign in find_signs(beside, {}, ()):
        if sign.kind is Kind.TOTAL:
            # Where no size stands beside it, it may be an amount.
            cut = sign.value > items and (has_size or plain_name(sign.path[-1]) == _COUNT)
        else:
            is_next = sign.kind is Kind.CURSOR and named_next(sign.path)
            cut = sign.value is not False and (sign.kind is Kind.MORE or is_next)
        if cut:
            yield sign.name


_COUNT = "totalcount"
_RECORD = "node"
"""What connections of GraphQL call their records."""


def matches(path: str) -> Callable[[JSONBody], list[JSON]]:
    """A function that finds all values which a JSONPath names."""
    find = parse(path).find
    return lambda body: _values(find(body.get(())))


def holder(path: str) -> Callable[[JSONBody], Mapping[str, JSON]]:
    """A function that finds the members of the object which holds what a JSONPath names first."""
    find = parse(path).find

    def found(body: JSONBody) -> Mapping[str, JSON]:
        match = next(iter(find(body.get(()))), None)
        while match is not None:
            match = match.context
            if match is not None and isinstance(match.value, dict):
                return dict(match.value)
        return {}

    return found


def _values(matches: list[Any]) -> list[JSON]:
    return [match.value for match in matches]


def _items(lists: list[JSON]) -> JSON:
    """The items of all lists, or of objects in their place; what stands there where it is none."""
    items: list[JSON] = []
    for each in lists:
        if isinstance(each, list):
            items += each
        elif isinstance(each, dict):
            items += each.values()
        else:
            return each
    return items if lists else MISSING
