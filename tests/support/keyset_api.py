"""A list that can be asked for what changed since a time, in the order of the time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.small_api import SmallAPI, resource

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Row = dict[str, Any]

SIZE = 10


def moment(minute: float) -> str:
    """A date-time so many minutes after the first one."""
    hours, minutes = divmod(int(minute), 60)
    return f"2024-05-06T{hours:02}:{minutes:02}:{int(minute % 1 * 60):02}.000000Z"


def by_time(rows: Sequence[Row], page: int, *, descending: bool) -> list[Row]:
    """A page of a server that does as it is asked."""
    ordered = sorted(rows, key=lambda row: row["updated_at"], reverse=descending)
    return ordered[(page - 1) * SIZE : page * SIZE]


def nothing() -> None:
    """Nobody edits."""


class KeysetAPI(SmallAPI):
    """Rows 1, 2, 3, ... that changed minute by minute."""

    def __init__(self, rows: int, cut: Callable[..., list[Row]] = by_time) -> None:
        """Listen on a free port; `cut` makes a page of the rows that pass the filter."""
        super().__init__(self._answer)
        self.rows: list[Row] = [
            {"id": key, "updated_at": moment(key)} for key in range(1, rows + 1)
        ]
        self.cut = cut
        self.before_each: Callable[[], object] = nothing
        """Called before each response."""

    def touch(self, key: int, minute: float) -> None:
        """Let a row have changed at another time."""
        next(row for row in self.rows if row["id"] == key)["updated_at"] = moment(minute)

    def _answer(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        del path
        self.before_each()
        since = query.get("since", "")
        rows = [row for row in self.rows if row["updated_at"] >= since]
        descending = query.get("sort", "").startswith("-")
        page = self.cut(rows, int(query.get("page", 1)), descending=descending)
        return {"data": page, "matches": len(rows)}


def items_by_time(*, total: bool = False, size: int | None = None) -> dict[str, Any]:
    """The resource that reads it: whether it is told how many there are, and how many on a page."""
    paginator: dict[str, Any] = {"type": "page_number", "base_page": 1}
    if total:
        paginator["records_total_path"] = "matches"
    if size:
        paginator |= {"limit": size, "limit_param": "size"}
    incremental = {"cursor_path": "updated_at", "start_param": "since", "order_param": "sort"}
    properties = {
        "id": {"type": "integer"},
        "updated_at": {"type": "string", "format": "date-time"},
    }
    return resource(
        "items",
        schema={"properties": properties},
        paginator=paginator,
        incremental=incremental,
    )
