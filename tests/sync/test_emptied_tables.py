"""Keyset reading of a table whose rows are deleted while it is read."""

from __future__ import annotations

import pytest

from tests.support.keyset_api import KeysetAPI, items_by_time


@pytest.mark.parametrize("total", [True, False])
@pytest.mark.parametrize("kept", [0, 5])
@pytest.mark.parametrize("requests", range(6))
def test_a_table_that_is_emptied_is_read_to_its_end(
    requests: int, kept: int, *, total: bool
) -> None:
    def empty() -> None:
        if len(api.asked) > requests:
            del api.rows[kept:]

    with KeysetAPI(60) as api:
        api.before_each = empty
        report = api.read(items_by_time(total=total), verify="warn").stream("items")
    assert (report["read_by"], report["verdict"]) == ("keyset", "proven")
    assert len(api.asked) <= requests + 8


@pytest.mark.parametrize("requests", range(2))
def test_what_changed_since_the_bookmark_may_be_deleted(requests: int) -> None:
    with KeysetAPI(30) as api:
        items = items_by_time(total=True)
        state = api.read(items).state
        began = len(api.asked)
        for key in range(20, 31):
            api.touch(key, 100 + key)

        def delete() -> None:
            # What the bookmark knows goes, too.
            if len(api.asked) > began + requests:
                del api.rows[19:]

        api.before_each = delete
        report = api.read(items, state=state).stream("items")
    assert (report["read_by"], report["verdict"]) == ("keyset", "proven")
