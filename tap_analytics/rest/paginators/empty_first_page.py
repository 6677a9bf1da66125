"""Whether the cursor of a first page without records leads on, and by which parameter.

Servers that filter a page after they have cut it have such first pages. Elsewhere the cursor is
there to ask again later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from tap_analytics.rest.response.signs import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tap_analytics.rest.paginators.paginator import LearnedPage, PageKey
    from tap_analytics.rest.response.signs import Sign


class Behind(Struct):
    """What the trials have shown."""

    param: str | None = None
    """The parameter that leads on; None where none does."""

    page: LearnedPage | None = None
    """The page that it leads to."""

    is_open: bool = False
    """Whether nobody knows if records follow: no parameter leads on, and none to an end."""


def says_end(signs: Sequence[Sign]) -> bool:
    """Whether an empty page says that nothing follows, whatever cursor or link it has."""
    return any(
        sign.value is False and sign.kind is not Kind.CURSOR and not sign.tells_of_query
        for sign in signs
    )


def look_behind(
    token: PageKey,
    params: Iterable[str],
    ask: Callable[[str, PageKey], LearnedPage | None],
    *,
    may_end: Callable[[str], bool],
) -> Behind:
    """Try one parameter after the other until one leads on.

    One leads on where records come by it, or where the empty page that it brings has another cursor
    and the first page, asked for again, has its own: then the parameter has moved it. An empty page
    without a cursor is an end only where another parameter does nothing, for an API may take each
    that it does not know for a filter.

    Args:
        token: The cursor of the first page.
        params: The parameters.
        ask: Asks for the page of a cursor by a parameter, None for the first page; None where the
            server refuses it.
        may_end: Whether an empty page that a parameter brings may be the end.
    """
    ended, unheeded, moves_by_itself = 0, 0, False
    for param in params:
        page = ask(param, token)
        if page is not None and page.info.records:
            return Behind(param, page)
        following = token if page is None else page.info.next_page_token
        if following == token:
            unheeded += 1
        elif following is None:
            ended += may_end(param)
        elif not moves_by_itself:
            again = ask(param, None)
            if again is not None and again.info.next_page_token == token:
                return Behind(param, page)
            moves_by_itself = True
    return Behind(is_open=moves_by_itself or not (ended == 1 and unheeded))
