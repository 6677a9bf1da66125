"""A pipeline that is killed at any instant loses nothing."""

from __future__ import annotations

import pytest

from tests.support import postgres
from tests.support.kills import database_of, kill_again_and_again


@pytest.mark.dear
@pytest.mark.parametrize("kind", ["postgres", "duckdb"])
@pytest.mark.slow
def test_a_hundred_kills_lose_no_row(kind: str) -> None:
    if kind == "postgres" and not postgres.installed():
        pytest.skip(postgres.MISSING)
    with database_of(kind) as database:
        result = kill_again_and_again(database, 100)
    assert result.kills.total() >= 100
    assert result.half_loaded * 2 >= result.kills.total()
    assert result.lost == 0
    # The SDK's target drains in its signal handler, where it may wait for itself: upstream.md.
    assert result.hangs == 0 or kind == "postgres"
