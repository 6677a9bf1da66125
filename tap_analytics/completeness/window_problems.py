"""What shows that a server does not heed the size of a window, or keeps no order."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_analytics.completeness.reading import Question, Response


def window_problem(
    question: Question,
    response: Response,
    places: Sequence[int],
    *,
    order_problem: str | None,
    at_start: bool,
    is_first: bool,
) -> str | None:
    """Why a window cannot be relied on; None where nothing speaks against it.

    Args:
        question: What was asked for.
        response: What came.
        places: Where its rows that the window before holds too, unchanged, stood there.
        order_problem: Why the order by key, where it is asked for, is not heeded.
        at_start: Whether it begins at the start of the table.
        is_first: Whether no window has counted yet.
    """
    rows, size = response.rows, question.size or 0
    asked = f"{size} records were asked for and {len(rows)} came"
    cut = len(rows) < size and _is_cut(response, at_start=at_start, is_first=is_first)
    problems = (
        (len(rows) > size, f"{asked}: the size is not heeded"),
        (cut, f"{asked}, and there may be more"),
        (len({row.key for row in rows}) < len(rows), "a response held a key twice"),
        (
            list(places) != sorted(places),
            "unchanged records changed places: the order is not fixed",
        ),
    )
    return next((problem for found, problem in problems if found), order_problem)


def _is_cut(response: Response, *, at_start: bool, is_first: bool) -> bool:
    """Whether a short response cannot be explained.

    The very first one tells the server's greatest size, if it says that more follows. At the
    start of the table it must say whether more follows, or be empty.
    """
    if response.more:
        return not (is_first and response.rows)
    return response.more is None and bool(response.rows) and at_start
