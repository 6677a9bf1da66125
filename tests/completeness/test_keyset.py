"""Keyset reading, response by response."""

from __future__ import annotations

import msgspec

from tap_analytics.completeness.instants import MICROSECOND, SECOND, before
from tap_analytics.completeness.keyset import KeysetReading
from tap_analytics.completeness.reading import Outcome, Response, Row


def at(second: int, day: int = 1) -> str:
    return f"2024-01-{day:02}T00:00:{second:02}.000000Z"


def response(*seconds: int, more: bool | None = True, refused: bool = False) -> Response:
    rows = [Row(second, second, at(second)) for second in seconds]
    return Response(rows=rows, more=more, refused=refused, sent_at=at(0, 2), dated=at(0, 2))


def answer(reading: KeysetReading, given: Response) -> list[bool]:
    (question,) = reading.questions()
    return list(reading.receive(question, given))


def test_a_response_that_is_the_whole_rest_takes_one_request_and_no_order() -> None:
    reading = KeysetReading(at(1), bookmark=at(1))
    assert answer(reading, response(3, 1, 2, more=False)) == [True] * 3
    assert reading.outcome is not None
    assert reading.outcome.proven
    assert reading.checkpoint == at(3)


def whole(*rows: str) -> Response:
    """A response that says that it is the whole rest: `Y` came when it was asked for."""
    times = {"A": at(1), "C": at(3), "Y": at(0, 2)}
    found = [Row(ord(row), ord(row), times[row]) for row in rows]
    return Response(rows=found, more=False, sent_at=at(0, 2), dated=at(0, 2))


def test_a_new_record_may_have_pushed_an_old_one_off_the_whole_rest_so_it_is_asked_for_again() -> (
    None
):
    """Two were counted, then Y came first: C is where no count reaches."""
    reading = KeysetReading()
    assert answer(reading, whole("Y", "A")) == [True, True]
    assert answer(reading, whole("Y", "A", "C")) == [False, False, True]
    assert reading.outcome is not None
    assert reading.outcome.proven


def test_a_whole_rest_to_which_new_records_come_all_the_time_is_left_to_counting_passes() -> None:
    reading = KeysetReading()
    for new in "VWXYZ":
        row = Row(ord(new), ord(new), at(0, 2))
        answer(reading, Response(rows=[row], more=False, sent_at=at(0, 2), dated=at(0, 2)))
    assert reading.outcome is not None
    assert reading.outcome.fall_back
    assert not reading.outcome.lasting


def test_many_records_in_their_order_show_that_what_is_pushed_off_is_new() -> None:
    reading = KeysetReading()
    old = [Row(second, second, at(second)) for second in range(7)]
    rows = [*old, Row(9, 9, at(0, 2))]
    answer(reading, Response(rows=rows, more=False, sent_at=at(0, 2), dated=at(0, 2)))
    assert reading.outcome is not None
    assert reading.outcome.proven


def test_no_bookmark_goes_out_before_the_order_is_shown() -> None:
    reading = KeysetReading(at(1), bookmark=at(1))
    answer(reading, response(1, 2, 3, 4))
    assert reading.checkpoint == at(1)
    answer(reading, response(9, 8, 7, 6))
    assert reading.checkpoint == at(4)
    (question,) = reading.questions()
    assert question.since == "2024-01-01T00:00:03.999999Z"


def test_a_refused_order_falls_back_to_counting_passes() -> None:
    reading = KeysetReading()
    (question,) = reading.questions()
    assert question.trial
    reading.receive(question, response(refused=True))
    assert reading.outcome is not None
    assert reading.outcome.fall_back
    assert reading.outcome.since is None


def test_an_order_that_is_not_reversed_falls_back() -> None:
    reading = KeysetReading()
    answer(reading, response(1, 2, 3, 4))
    answer(reading, response(1, 2, 3, 4))
    assert reading.outcome is not None
    assert reading.outcome.fall_back
    assert reading.checkpoint is None


def test_what_fits_a_page_by_the_time_of_the_reverse_is_asked_for_as_the_whole_rest() -> None:
    """What stood behind the first page was deleted between the two: that is no disorder."""
    reading = KeysetReading()
    answer(reading, response(1, 2, 3, 4))
    answer(reading, response(4, 3, 2, 1, more=False))
    (question,) = reading.questions()
    assert (question.order, question.page) == ("ascending", 1)
    assert list(reading.receive(question, response(1, 2, 3, 4, more=False))) == [False] * 4
    assert reading.outcome == Outcome(proven=True, reason="the first response is the whole rest")
    assert reading.checkpoint == at(4)


def test_a_server_that_sorts_only_the_newest_page_is_found_out_by_what_stands_behind_it() -> None:
    """Its newest page in both orders differs by what was edited between the two."""

    def newest(*edited: int, descending: bool) -> Response:
        rows = [Row(second, 0, at(second)) for second in range(5 + len(edited), 11)]
        rows += [Row(key, 1, at(key, 3)) for key in edited]
        rows = rows[::-1] if descending else rows
        return Response(rows=rows, more=True, sent_at=at(0, 2), dated=at(0, 2))

    for behind in ([1, 2, 3, 4], []):
        reading = KeysetReading()
        answer(reading, newest(descending=False))
        answer(reading, newest(21, 22, 23, 24, descending=True))
        (question,) = reading.questions()
        assert (question.order, question.page, question.aside) == ("ascending", 2, True)
        assert not any(reading.receive(question, response(*behind, more=False)))
        assert reading.order_is_shown is not bool(behind)
        if behind:
            assert reading.outcome is not None
            assert reading.outcome.fall_back
            assert reading.outcome.reason.startswith("page 2 has older records than page 1")


def test_records_of_the_first_response_show_the_filter_where_all_behind_it_were_edited() -> None:
    reading = KeysetReading()
    answer(reading, response(1, 2, 3, 4))
    answer(reading, response(9, 8, 7, 6))
    new = [Row(second, 1, at(second, 3)) for second in (1, 2)]
    answer(reading, Response(rows=new, more=False, sent_at=at(0, 2), dated=at(0, 2)))
    (question,) = reading.questions()
    assert question.since == before(at(1), MICROSECOND)
    reading.receive(question, response(1, 2, 3))
    assert reading.outcome is not None
    assert reading.outcome.proven


def test_a_record_without_a_time_falls_back_unless_the_response_is_the_whole_rest() -> None:
    row = Row(1, 1, None)
    reading = KeysetReading()
    answer(reading, Response(rows=[row], more=True, sent_at=at(0, 2), dated=at(0, 2)))
    assert reading.outcome is not None
    assert reading.outcome.fall_back
    whole = KeysetReading()
    given = Response(rows=[row], more=False, sent_at=at(0, 2), dated=at(0, 2))
    assert answer(whole, given) == [True]
    assert whole.outcome is not None
    assert whole.outcome.proven


def test_an_end_date_ends_the_reading_and_moves_no_bookmark() -> None:
    reading = KeysetReading(at(1), bookmark=at(1), end=at(4))
    answer(reading, response(1, 2, 3, 4))
    answer(reading, response(9, 8, 7, 6))
    assert reading.outcome is not None
    assert reading.outcome.proven
    assert reading.checkpoint == at(1)


def test_ties_on_more_than_fifty_pages_are_left_to_counting_passes_from_there_on() -> None:
    reading = KeysetReading(at(1), bookmark=at(1), trust_order=True)
    answer(reading, response(1, 2))
    key = 100
    while reading.outcome is None:
        key += 2
        rows = [Row(key, key, at(2)), Row(key + 1, key + 1, at(2))]
        answer(reading, Response(rows=rows, more=True))
    assert reading.outcome.fall_back
    assert reading.outcome.since == at(2)
    assert reading.checkpoint == at(2)


def test_a_filter_in_whole_seconds_is_asked_a_whole_second_earlier() -> None:
    assert before("2024-01-01T00:00:10.500000Z", SECOND) == "2024-01-01T00:00:09.000000Z"
    assert before("0001-01-01T00:00:00.000000Z", SECOND) == "0001-01-01T00:00:00.000000Z"


def test_pages_that_only_show_where_parts_begin_are_neither_counted_nor_kept() -> None:
    """What is kept of them would grow with the table: a page of rows for each part."""
    reading = KeysetReading(width=2)
    (question,) = reading.questions()
    reading.receive(question, msgspec.structs.replace(response(1, 2), pages=200))
    asked = reading.questions()
    borders = [question for question in asked if question.page > 1]
    assert borders
    assert all(question.aside and question.repeats for question in borders)
