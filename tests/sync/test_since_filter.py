"""A since filter that takes a start value for a later time hides records: that is found out."""

from __future__ import annotations

import pytest

from tests.support.live_table import live_table

DAY = 24


@pytest.mark.parametrize("concurrency", [1, 4])
def test_keyset_reading_goes_on_where_the_response_before_ended(concurrency: int) -> None:
    with live_table(rows=250, concurrency=concurrency) as table:
        table.api.fault("since_zone", stream="buyers", hours=30 * DAY)
        run = table.run()
        assert run.report["read_by"] == "pages"
        assert run.said("a record does not come when it is asked for since its own time")
        assert run.report["verdict"] == "proven", "all that there is was asked for, by pages"
        assert table.lost() == set()
