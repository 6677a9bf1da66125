"""Do keys come in the order of the keys? Numbers, and text by several collations.

A server sorts text by a collation that it does not name. A few ways to sort cover what databases
do; those that a response contradicts are dropped. While one is left, the keys ascend in the
server's own order as far as can be seen. An order that none of them explains is not believed.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def _as_number(key: object) -> Any:  # noqa: ANN401  # whatever can be compared
    if isinstance(key, str):
        return int(key)
    if isinstance(key, (int, float, Decimal)) and not isinstance(key, bool):
        return key
    raise TypeError


def _by_code_points(key: object) -> str:
    if isinstance(key, str):
        return key
    raise TypeError


def _without_case(key: object) -> str:
    return _by_code_points(key).casefold()


def _letters_and_digits(key: object) -> str:
    return "".join(filter(str.isalnum, _without_case(key)))


_SORTS: tuple[Callable[[object], Any], ...] = (
    _as_number,
    _by_code_points,
    _without_case,
    _letters_and_digits,
)


class KeyOrder:
    """The ways to sort that explain every response so far."""

    def __init__(self) -> None:
        """All of them, before the first response."""
        self._sorts = _SORTS

    def ascend(self, keys: Sequence[object]) -> bool:
        """Whether these keys, distinct ones, ascend; remembers by which ways."""
        return self._keep(lambda sort: _ascend(_values(sort, keys), strictly=False))

    def descend(self, keys: Sequence[object]) -> bool:
        """Whether these keys descend; remembers by which ways."""
        return self._keep(lambda sort: _ascend(_values(sort, keys[::-1]), strictly=True))

    def follow(self, keys: Sequence[object], last: Sequence[object], *, but: int = 0) -> bool:
        """Whether keys come behind the last one of those before; remembers by which ways.

        Args:
            keys: The keys.
            last: The last key before; where there was none, all come behind it.
            but: So many of them may come before it.
        """

        def explains(sort: Callable[[object], Any]) -> bool:
            values, bound = _values(sort, keys), _values(sort, last)
            if values is None or bound is None:
                return False
            return [value < least for least in bound for value in values].count(True) <= but

        return self._keep(explains)

    def is_behind(self, keys: Sequence[object], last: Sequence[object]) -> bool:
        """Whether a key comes behind another one, by any way that is left."""
        return any(
            (_values(sort, keys) or []) > (_values(sort, last) or []) for sort in self._sorts
        )

    def _keep(self, explains: Callable[[Callable[[object], Any]], bool]) -> bool:
        self._sorts = tuple(filter(explains, self._sorts))
        return bool(self._sorts)


def _ascend(values: Sequence[Any] | None, *, strictly: bool) -> bool:
    if values is None:
        return False
    if strictly:
        return all(one < next_one for one, next_one in pairwise(values))
    return all(one <= next_one for one, next_one in pairwise(values))


def _values(sort: Callable[[object], Any], keys: Sequence[object]) -> list[Any] | None:
    """What to compare; None where this way to sort does not fit the keys."""
    try:
        return [sort(key) for key in keys]
    except (TypeError, ValueError):
        return None
