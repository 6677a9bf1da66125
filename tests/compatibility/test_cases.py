"""Every configuration is read as it is: each record, once."""

from __future__ import annotations

import pytest

from tests.compatibility.cases import CASES
from tests.compatibility.endpoints import respond
from tests.compatibility.reading import by_stream, run_tap
from tests.compatibility.server import serving


@pytest.mark.parametrize("name", CASES)
def test_a_configuration_in_dlts_form_is_read_as_it_is(name: str) -> None:
    case = CASES[name]
    with serving(respond) as server:
        outcome = run_tap(server, case.config)
    assert outcome.error is None, outcome.log
    found = by_stream(outcome)
    assert {stream: len(records) for stream, records in found.items()} == case.counts
    for records in found.values():
        assert len({str(record) for record in records}) == len(records)
