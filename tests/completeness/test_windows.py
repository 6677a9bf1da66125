"""Reading by windows: which are asked for, what joins them, and when it gives up."""

from __future__ import annotations

import pickle
from itertools import product
from random import Random
from typing import TYPE_CHECKING

import msgspec
import pytest

from tap_analytics.completeness.key_order import KeyOrder
from tap_analytics.completeness.reading import Outcome, Question, Response, Row
from tap_analytics.completeness.windows import MET, Windows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Literal

MIX = {"change": 6, "insert": 3, "delete": 1}


def response(names: str, *, more: bool | None = True, keys: Sequence[object] = ()) -> Response:
    """Rows such as `"A B*"`: a star is another version."""
    rows = [Row(ord(name[0]), len(name), None) for name in names.split()]
    return Response(rows=rows, more=more, keys=keys or [name[0] for name in names.split()])


def ask(reading: Windows) -> Question:
    (question,) = reading.questions()
    assert reading.questions() == (), "it is on its way"
    return question


def take(reading: Windows, names: str, *, more: bool | None = True) -> list[bool]:
    return list(reading.receive(ask(reading), response(names, more=more)))


def vouched(size: int = 4, overlap: int = 1, *, offsets: bool = True) -> Windows:
    return Windows(size, by_key=False, offsets=offsets, overlap=overlap)


def quiet(
    count: int, page_size: int, *, offsets: bool = False, says_more: bool = True
) -> tuple[Windows, int, list[int]]:
    """Read a table that nobody edits; the reading, its requests and what it sent."""
    reading = Windows(page_size, offsets=offsets)
    table, sent, requests = range(count), [], 0
    while questions := reading.questions():
        (question,) = questions
        requests += 1
        size = question.size or 0
        start = (question.page - 1) * size if question.offset is None else question.offset
        rows = table[::-1] if question.order == "descending" else table
        found = rows[start : start + size]
        more = start + size < count if says_more else None
        marks = reading.receive(
            question, Response([Row(key, 0, None) for key in found], more, list(found))
        )
        sent += [key for key, mark in zip(found, marks, strict=True) if mark]
    return reading, requests, sent


def live(  # noqa: PLR0913  # what a table is like
    count: int,
    size: int,
    edits: int,
    seed: int,
    *,
    mix: Mapping[str, int] = MIX,
    new_keys: Literal["last", "any"] = "last",
    says: Literal["total", "more", "nothing"] = "more",
    cut_by: Callable[[int], float] | None = None,
) -> tuple[Windows, int, set[int]]:
    """Read a table of so many rows with so many edits between requests.

    Args:
        count: How many rows there are in the beginning.
        size: The most rows of a page.
        edits: How many happen between two requests.
        seed: Of the random choices.
        mix: How often each kind of edit happens.
        new_keys: Whether a new row has the greatest key, or any.
        says: What the server declares.
        cut_by: The order in which the server cuts a page, which it then sorts by key as asked; None
            for a server that sorts all rows by key first.

    Returns:
        The reading, its requests, and the keys that were there throughout and did not come.
    """
    random = Random(seed)  # noqa: S311  # the same edits in each run of the test
    table = dict.fromkeys(range(0, 1000 * count, 1000), 0)
    throughout, came, requests = set(table), set[int](), 0
    reading = Windows(size, offsets=True)
    while questions := reading.questions():
        (question,) = questions
        descends = question.order == "descending"
        keys = sorted(table, key=cut_by, reverse=descends and cut_by is None)
        start = question.offset or 0
        found = keys[start : start + (question.size or 0)]
        found.sort(reverse=descends)
        rows = [Row(key, table[key], None) for key in found]
        more = start + len(found) < len(keys) if says != "nothing" else None
        total = len(keys) if says == "total" and descends else 0
        marks = reading.receive(question, Response(rows, more, list(found), total=total))
        came.update(key for key, mark in zip(found, marks, strict=True) if mark)
        requests += 1
        assert requests < 100, "it does not end"
        for kind in random.choices(list(mix), list(mix.values()), k=edits):
            key = random.choice(list(table))
            if kind == "delete":
                del table[key]
            elif kind == "change":
                table[key] = requests
            else:
                last = max(table)
                # No key comes back.
                between = random.randrange(last) // 1000 * 1000 + random.randrange(1, 1000)
                table[last + 1 if new_keys == "last" else between] = requests
    return reading, requests, (throughout & set(table)) - came


@pytest.mark.parametrize(("offsets", "most"), [(False, 590), (True, 520)])
@pytest.mark.parametrize("says_more", [True, False])
def test_500_pages_at_rest_take_less_than_a_fifth_more_requests(
    *, offsets: bool, most: int, says_more: bool
) -> None:
    reading, requests, sent = quiet(50_000, 100, offsets=offsets, says_more=says_more)
    assert reading.outcome is not None
    assert reading.outcome.proven
    assert reading.may_activate_version
    assert requests <= most
    assert sorted(sent) == list(range(50_000)), "each record once"
    assert sent[:100] + sent[200:] == list(range(49_900)), "the last ones behind the first window"


@pytest.mark.parametrize("edits", [0, 1, 20])
@pytest.mark.parametrize("seed", range(3))
def test_30_live_pages_take_at_most_a_fifth_more_requests_all_included(
    edits: int, seed: int
) -> None:
    reading, requests, missing = live(3000, 100, edits, seed)
    assert reading.outcome is not None
    assert reading.outcome.proven
    assert requests <= 1.2 * 30
    assert missing == set()


@pytest.mark.parametrize("says", ["total", "more", "nothing"])
@pytest.mark.parametrize("new_keys", ["last", "any"])
@pytest.mark.parametrize("edits", [1, 5, 20])
def test_a_live_table_of_a_page_or_two_is_proven_in_few_requests(
    edits: int, new_keys: Literal["last", "any"], says: Literal["total", "more", "nothing"]
) -> None:
    """Its pages by both orders share rows, and some of these come and go between the two."""
    counts = (101, 103, 110, 150, 199) if says == "nothing" else (50, 99, 100, 101, 110, 150, 199)
    for count, seed in product(counts, range(3)):
        reading, requests, missing = live(count, 100, edits, seed, new_keys=new_keys, says=says)
        assert reading.outcome is not None
        assert reading.outcome.proven, (count, seed, reading.outcome.reason)
        assert requests <= 8
        assert missing == set()


def test_rows_that_are_deleted_between_the_two_orders_do_not_show_that_none_is_heeded() -> None:
    for count, seed in product((100, 101, 105, 150), range(3)):
        reading, _, missing = live(count, 100, 2, seed, mix={"delete": 1}, new_keys="any")
        assert reading.outcome is not None
        assert reading.outcome.proven, (count, seed, reading.outcome.reason)
        assert missing == set()


CUT_BY: dict[str, Callable[[int], float]] = {
    "newest first": lambda key: -key,
    "by insertion": lambda key: key,
    "by no order that shows": lambda key: hash((key, 7)),
}


@pytest.mark.parametrize("cut_by", CUT_BY)
@pytest.mark.parametrize("count", [12, 130, 300])
@pytest.mark.parametrize("mix", [{"insert": 1}, {"delete": 1}, MIX], ids=str)
def test_a_server_that_sorts_each_page_by_itself_is_found_out(
    cut_by: str, count: int, mix: Mapping[str, int]
) -> None:
    """What edits shift into a page, or out of it, looks like the end of the table."""
    size = 8 if count == 12 else 100
    declares: tuple[Literal["total", "more", "nothing"], ...] = ("total", "more", "nothing")
    for says, edits, seed in product(declares, (0, 1, size // 25), range(2)):
        reading, requests, missing = live(
            count, size, edits, seed, mix=mix, says=says, cut_by=CUT_BY[cut_by]
        )
        assert reading.outcome is not None
        assert not (reading.outcome.proven and missing)
        if size == 100 and cut_by != "by insertion":
            assert requests <= 3
        assert requests < 30


def test_what_is_remembered_does_not_grow_with_the_table() -> None:
    small, large = (len(pickle.dumps(quiet(rows, 100)[0])) for rows in (2_000, 20_000))
    assert large < 1.5 * small


def test_one_response_that_holds_everything_is_proven_when_it_comes_once_more() -> None:
    reading = Windows(4)
    # Its count may have left out a row.
    marks = [take(reading, "B A", more=False) for _ in range(2)]
    assert marks == [[True, True], [False, False]]
    assert reading.outcome is not None
    assert reading.outcome.proven
    assert reading.may_activate_version
    assert reading.questions() == ()


def test_windows_share_rows_and_a_page_number_with_a_size_makes_the_start() -> None:
    reading = vouched(offsets=False)
    take(reading, "A B C D")
    assert ask(reading) == Question(page=2, size=3)
    assert reading.may_activate_version is False


def test_an_offset_makes_the_start_exactly() -> None:
    reading = vouched()
    take(reading, "A B C D")
    assert ask(reading) == Question(size=4, offset=3)


def test_every_question_asks_since_the_same_date_time() -> None:
    since = "2026-01-01T00:00:00.000000Z"
    reading = Windows(4, since=since, overlap=1)
    first = ask(reading)
    assert (first.since, first.order, first.trial) == (since, "ascending", True)
    reading.receive(first, response("A B C D"))
    opposite = ask(reading)
    assert (opposite.since, opposite.order, opposite.trial) == (since, "descending", True)
    reading.receive(opposite, response("Z Y X W"))
    second = ask(reading)
    assert (second.since, second.order, second.trial) == (since, "ascending", False)


def test_a_shared_row_is_sent_again_only_if_it_changed() -> None:
    reading = vouched(overlap=2)
    take(reading, "A B C D")
    assert take(reading, "C D* E F") == [False, True, True, True]


def test_without_an_unchanged_shared_row_it_steps_back_by_twice_as_much() -> None:
    reading = vouched(size=8, overlap=2)
    take(reading, "A B C D E F G H")
    second = ask(reading)
    assert second.offset == 6
    assert not any(reading.receive(second, response("G* H* I J K L M N")))
    third = ask(reading)
    assert third.offset == 4
    marks = reading.receive(third, response("E F G* H* I J K L"))
    assert list(marks) == [False, False, True, True, True, True, True, True]
    assert ask(reading).offset == 10, "from the end of the window that counted"


def test_the_start_of_the_table_needs_no_anchor() -> None:
    reading = vouched(overlap=2)
    take(reading, "A B C D")
    take(reading, "C* D* E F")
    assert ask(reading).offset == 0


def test_no_word_on_more_and_the_last_row_again_is_the_end() -> None:
    reading = vouched()
    outcomes = []
    for names in ("A B C D", "D E", "E"):
        take(reading, names, more=None)
        outcomes.append(reading.outcome and reading.outcome.proven)
    assert outcomes == [None, None, True], "a short response alone is no end"


@pytest.mark.parametrize("more", [False, None])
def test_behind_a_last_window_that_shares_nothing_with_the_end_the_end_is_asked_for_again(
    *, more: bool | None
) -> None:
    reading = Windows(2, offsets=True, overlap=1)
    take(reading, "A B")
    assert take(reading, "E D") == [True, True]
    # E and D go. A row comes to the front between count and selection: C, then last, is cut off.
    take(reading, "A B", more=more)
    if more is None:
        take(reading, "B", more=more)
    last = ask(reading)
    assert last.order == "descending"
    assert list(reading.receive(last, response("C B"))) == [True, False]
    assert reading.outcome == Outcome(proven=True, reason=MET)


def test_where_the_end_that_is_asked_for_again_shares_nothing_either_it_steps_back() -> None:
    reading = Windows(4, offsets=True, overlap=1)
    take(reading, "A B C D")
    take(reading, "H G F E")
    take(reading, "D E* F* G*")
    take(reading, "G* H*", more=False)
    assert take(reading, "I H** G** F**") == [True] * 4
    assert reading.outcome is None
    assert ask(reading).offset == 4


def test_a_row_of_the_end_that_changed_is_sent_and_again_when_it_changes_back() -> None:
    reading = Windows(4, offsets=True, overlap=1)
    take(reading, "A B C D")
    take(reading, "H G F E")
    assert take(reading, "D E* F* G*") == [False, True, True, True]
    assert take(reading, "F G* X Y") == [True, False, True, True]
    assert reading.outcome is None


def test_more_rows_declared_than_up_to_the_end_that_was_met_lead_on_to_the_last_window() -> None:
    reading = Windows(4, offsets=True, overlap=1)
    take(reading, "A B C D")
    first = ask(reading)
    opposite = msgspec.structs.replace(response("G F E D"), total=8)
    reading.receive(first, opposite)
    assert reading.outcome is None
    take(reading, "D E F G", more=False)
    assert ask(reading).order == "descending"


def test_a_table_that_is_edited_may_have_fewer_rows_than_were_declared() -> None:
    reading = Windows(4, offsets=True, overlap=2)
    take(reading, "A B C D")
    opposite = msgspec.structs.replace(response("H G F E"), total=9)
    reading.receive(ask(reading), opposite)
    take(reading, "C D* E F")
    assert reading.outcome == Outcome(proven=True, reason=MET)


def test_an_empty_table_is_proven() -> None:
    reading = vouched()
    take(reading, "", more=None)
    assert reading.outcome is not None
    assert reading.outcome.proven


def test_a_greatest_size_of_the_server_is_learned_from_the_first_response() -> None:
    reading = vouched(size=9)
    take(reading, "A B C D")
    assert ask(reading) == Question(size=4, offset=3)


@pytest.mark.parametrize(
    ("windows", "more", "reason"),
    [
        (["A B C D E"], True, "4 records were asked for and 5 came: the size is not heeded"),
        (["A B C D", "D E"], True, "4 records were asked for and 2 came, and there may be more"),
        (["A B"], None, "4 records were asked for and 2 came, and there may be more"),
        ([""], True, "4 records were asked for and 0 came, and there may be more"),
        (["A B A C"], True, "a response held a key twice"),
        (
            ["A B C D", "D C E F"],
            True,
            "unchanged records changed places: the order is not fixed",
        ),
        (["A"], True, "pages of 1 records are too short to overlap"),
    ],
)
def test_it_falls_back_where_the_server_does_not_heed(
    *, windows: list[str], more: bool | None, reason: str
) -> None:
    reading = vouched()
    for names in windows:
        marks = take(reading, names, more=more)
    assert reading.outcome is not None
    assert reading.outcome.fall_back
    assert not reading.outcome.proven
    assert reading.outcome.reason == reason
    assert reading.questions() == ()
    assert not reading.may_activate_version
    if "too short" not in reason:
        assert not any(marks)


def test_a_server_that_sends_the_same_page_again_and_again_is_given_up() -> None:
    reading = vouched()
    for _ in range(40):
        if reading.outcome is None:
            take(reading, "A B C D")
    assert reading.outcome is not None
    assert reading.outcome.fall_back


def test_rows_that_change_in_every_response_are_given_up() -> None:
    reading, versions = vouched(), 0
    while reading.outcome is None:
        versions += 1
        question = ask(reading)
        start = question.offset or 0
        rows = [Row(key, versions, None) for key in range(start, start + 4)]
        reading.receive(question, Response(rows, more=True))
        assert versions < 100
    assert reading.outcome.fall_back


def test_an_order_that_the_server_refuses_falls_back() -> None:
    for opposite in (False, True):
        reading = Windows(4, overlap=1)
        if opposite:
            take(reading, "A B C D")
        reading.receive(ask(reading), Response(refused=True))
        assert reading.outcome is not None
        assert reading.outcome.reason == "the server refuses the order by key"
        assert reading.outcome.fall_back


@pytest.mark.parametrize(
    "opposite",
    [
        pytest.param("A B C D", id="it is the same page: the order is ignored"),
        pytest.param("Z", id="too few records to show anything"),
        pytest.param("Z X Y W", id="it does not descend"),
        pytest.param("", id="it is empty"),
    ],
)
def test_an_opposite_order_that_shows_nothing_falls_back(opposite: str) -> None:
    reading = Windows(4, overlap=1)
    take(reading, "A B C D")
    take(reading, opposite)
    assert reading.outcome is not None
    assert reading.outcome.fall_back
    assert "opposite" in reading.outcome.reason


def test_keys_that_do_not_ascend_in_a_later_window_fall_back() -> None:
    reading = Windows(4, offsets=True, overlap=1)
    take(reading, "A B C D")
    take(reading, "Z Y X W")
    take(reading, "D F E G")
    assert reading.outcome is not None
    assert reading.outcome.reason == "keys do not ascend: the order by key is not heeded"
    assert reading.outcome.fall_back


@pytest.mark.parametrize(
    ("first", "last"),
    [
        pytest.param([2, 9, 10], [300, 200, 100], id="numbers"),
        pytest.param(["2", "9", "10"], ["300", "200", "100"], id="numbers as text"),
        pytest.param(["10", "2", "9"], ["97", "96", "95"], id="digits as text"),
        pytest.param(["B", "a", "b"], ["z", "y", "x"], id="by code points"),
        pytest.param(["a", "B", "c"], ["Z", "y", "X"], id="without case"),
        pytest.param(["a-b", "a_c", "ad"], ["z", "y-y", "x_x"], id="letters and digits alone"),
    ],
)
def test_text_ascends_by_any_collation_that_explains_every_response(
    first: list[object], last: list[object]
) -> None:
    order = KeyOrder()
    assert order.ascend(first)
    assert order.descend(last)
    assert order.follow(last, first[-1:])
    assert order.is_behind(last[-1:], first[-1:])
    assert not order.is_behind(last[-1:], last[-1:])
    assert order.ascend(last[::-1])
    assert not order.ascend(last), "what was ascending cannot be descending as well"


@pytest.mark.parametrize("keys", [[1, "a"], [None, 1], [True, 2], [["a"]], ["c", "a", "b"]])
def test_keys_that_no_collation_explains_do_not_ascend(keys: list[object]) -> None:
    assert not KeyOrder().ascend(keys)
