"""What an answer says about the whole is believed only where it can be so."""

from __future__ import annotations

import pytest

from tap_analytics.rest.response.document import JSONBody
from tap_analytics.rest.response.extractor import RecordExtractor


@pytest.mark.parametrize(
    ("declared", "total"),
    [
        *(("0", 0), ("12", 12), ('"12"', 12), (str(2**63 - 1), 2**63 - 1)),
        *(("-1", None), ("true", None), ("null", None), ("12.5", None), ('"many"', None)),
        *(
            ('"%s"' % ("9" * 5000), None),
            (str(2**63), None),
            ('"99999999999999999999"', None),
            ("[]", None),
            ("{}", None),
        ),
    ],
)
def test_a_total_is_a_whole_number_of_rows_or_none(declared: str, total: int | None) -> None:
    """Some servers answer -1 where they do not count: any reading would be enough for that."""
    extractor = RecordExtractor("rows", total_path="meta.total", page_count_path="meta.total")
    said = extractor.page_info(
        JSONBody(b'{"rows": [], "meta": {"total": %s}}' % declared.encode()), 0
    )
    assert (said.total, said.page_count) == (total, total)


def test_what_is_not_said_is_none() -> None:
    said = RecordExtractor("rows", total_path="meta.total").page_info(JSONBody(b'{"rows": []}'), 0)
    assert (said.total, said.page_count, said.has_next) == (None, None, None)
