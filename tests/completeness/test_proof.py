"""The verdict on a pass, rule by rule. docs/completeness.md names these tests beside the rules."""

from __future__ import annotations

import re
from itertools import compress
from typing import TYPE_CHECKING

import pytest

from tap_analytics.completeness.observed_pass import RepeatedPageError
from tap_analytics.completeness.page_facts import PageObservation, may_be_full
from tap_analytics.completeness.proof import CompletenessProof
from tests.support.paths import DOCS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_analytics.completeness.verdict import Verdict

DOCUMENT = DOCS / "completeness.md"


class Course:
    """Passes over one stream, a page a second, unless told otherwise."""

    def __init__(
        self,
        *,
        enabled: bool = True,
        changes_come_again: bool = False,
        page_size: int | None = None,
    ) -> None:
        """Begin with nothing read."""
        self.proof = CompletenessProof(
            enabled=enabled, changes_come_again=changes_come_again, page_size=page_size
        )
        self.sent: list[str] = []

    def read(
        self,
        *pages: str,
        totals: Sequence[int | None] = (),
        counts: Sequence[int | None] = (),
        times: Sequence[tuple[float, float]] = (),
        young: str = "",
        end: str = "an empty page",
        bounded: bool = False,
    ) -> Verdict:
        """A pass over pages of rows such as `"A B*"`: a star is a version, `young` certain of none.

        A letter of `young` is a row that may have come after the pass began.
        """
        self.begin(*pages, totals=totals, counts=counts, times=times, young=young)
        return self.proof.verdict(end, bounded=bounded)

    def begin(
        self,
        *pages: str,
        totals: Sequence[int | None] = (),
        counts: Sequence[int | None] = (),
        times: Sequence[tuple[float, float]] = (),
        young: str = "",
    ) -> None:
        """A pass that is not over yet."""
        self.sent = []
        self.proof.begin()
        for number, rows in enumerate(page.split() for page in pages):
            left, came = times[number] if times else (number, number + 0.5)
            total = totals[number] if totals else None
            count = counts[number] if counts else None
            missing = bool(counts) and count is None
            self.proof.page(fact(number, left, came, rows, total, count, not_found=missing))
            certain = [row[0] not in young for row in rows]
            news = self.proof.rows([ord(row[0]) for row in rows], [*map(hash, rows)], certain)
            self.sent += compress(rows, news)


def fact(
    number: int,
    left: float,
    came: float,
    rows: list[str],
    total: int | None = None,
    count: int | None = None,
    *,
    not_found: bool = False,
) -> PageObservation:
    digest = hash(tuple(rows))
    return PageObservation(number, left, came, len(rows), digest, total, count, not_found=not_found)


ALL = "ABCDEFGH"


def test_rule_1_an_end_that_the_user_set_is_no_end_of_the_source() -> None:
    verdict = Course().read("A B", totals=[2], end="`maximum_page`", bounded=True)
    assert verdict.reasons == ("`maximum_page` ended it before the source did",)


def test_rule_2_a_page_that_comes_twice_ends_the_reading() -> None:
    with pytest.raises(RepeatedPageError):
        Course().read("A B", "C D", "A B", totals=[6, 6, 6])


def test_rule_2_empty_pages_are_not_the_same_page() -> None:
    assert Course().read("A B", "", "", totals=[2, 2, 2]).proven


CHANGED = "the declared total changed while pages were read"
CONFLICT = "1 keys came twice with different contents"


@pytest.mark.parametrize("times", [(), [(0, 1), (2, 4), (3, 5)]])
@pytest.mark.parametrize("totals", [[4, 3, 3], [4, 5, 5], [4, 4, 5]])
def test_rule_3_a_total_that_changed_is_no_condition(
    totals: list[int], times: list[tuple[float, float]]
) -> None:
    assert Course().read("A B", "C D", "E", totals=[4, 5, 5], times=times).proven
    verdict = Course().read("A B", "C", "", totals=totals, times=times)
    assert verdict.reasons == ("pass 1 read 3 records where 4 were declared", CHANGED)


def test_rule_3_a_number_of_pages_that_changed_is_a_word_too() -> None:
    verdict = Course().read("A B", "C", totals=[4, 4], counts=[3, 2])
    assert verdict.reasons == ("pass 1 read 3 records where 4 were declared", CHANGED)


def test_rule_3_a_declared_page_that_is_missing_is_told_where_records_are() -> None:
    assert Course().read("A B", "C D", "", totals=[4, 4, 4], counts=[3, 3, None]).proven
    verdict = Course().read("A B", "C D", "", totals=[5, 5, 5], counts=[3, 3, None])
    assert verdict.reasons == (
        "pass 1 read 4 records where 5 were declared",
        "a page was not there that the responses before it had declared",
    )


def test_rule_4_one_after_the_other_the_last_copy_of_a_key_is_the_newest() -> None:
    assert Course().read("A B", "A* C", totals=[3, 3]).proven


def test_rule_4_requests_in_flight_may_leave_an_older_copy_as_the_last() -> None:
    course = Course()
    times = [(0, 1), (2, 4), (3, 5)]
    verdict = course.read("A B", "C D", "A* E", totals=[5, 5, 5], times=times)
    assert verdict.reasons == (CONFLICT,)
    again = course.read("A B", "C D", "A* E", totals=[5, 5, 5], times=times)
    assert again.reasons == (CONFLICT,), "in a later pass as well"


def test_rule_4_is_no_condition_where_a_change_is_left_to_the_next_run() -> None:
    times = [(0, 1), (2, 4), (3, 5)]
    course = Course(changes_come_again=True)
    assert course.read("A B", "C D", "A* E", totals=[5, 5, 5], times=times).proven


def test_rule_4_a_key_with_two_contents_is_told_where_records_are_missing() -> None:
    verdict = Course().read("A B", "A* C", totals=[4, 4])
    assert verdict.reasons == ("pass 1 read 3 records where 4 were declared", CONFLICT)


def test_rule_4_the_same_contents_twice_are_a_harmless_shift() -> None:
    verdict = Course().read("A B", "B C", totals=[3, 4])
    assert verdict.proven
    assert verdict.duplicates == 1


def test_rule_5_fewer_keys_than_declared_are_too_few() -> None:
    verdict = Course().read("A B", "D", totals=[4, 4])
    assert verdict.reasons == ("pass 1 read 3 records where 4 were declared",)


def test_rule_5_holds_for_a_single_page() -> None:
    assert Course().read("A", totals=[2]).reasons == (
        "pass 1 read 1 records where 2 were declared",
    )


def test_rule_5_more_keys_than_were_ever_declared_are_no_total_of_theirs() -> None:
    """Such as the number of a page's own records, by which any reading would be enough."""
    course = Course()
    verdict = course.read("A B", "C D", totals=[2, 2])
    assert verdict.reasons == ("pass 1 read 4 records where no more than 2 were ever declared",)
    assert course.read("A B", "C D", totals=[2, 2]).proven, "a second reading settles it"


def test_a_total_below_what_came_is_treated_as_none_where_answers_overlapped() -> None:
    course = Course()
    course.begin("A B", "C D", "E", totals=[2, 2, 2], times=IN_FLIGHT, young=ALL)
    assert course.proof.page_to_recheck() == 2
    course.proof.rechecked(fact(2, 6, 7, ["E"]), is_last=False)
    course.proof.verdict("an empty page")
    assert course.read("A B", "C D", "E", totals=[2, 2, 2], times=IN_FLIGHT, young=ALL).proven


def test_rule_6_a_new_row_does_not_stand_in_for_one_that_was_lost() -> None:
    """[A B][C D]: A is deleted and E inserted behind D between the pages; C is never seen."""
    course = Course()
    verdict = course.read("A B", "D E", totals=[4, 4], young="E")
    assert not verdict.proven
    assert "only 3 were certainly there when 4 were declared" in verdict.reasons[0]
    again = course.read("B C", "D E", totals=[4, 4], young="E")
    assert again.proven
    assert course.sent == ["C"]


def test_rule_6_rows_of_an_earlier_pass_were_there_before_the_next() -> None:
    course = Course()
    assert not course.read("A B", "C D", totals=[4, 4], young=ALL).proven
    assert course.read("A B", "C D", totals=[4, 4], young=ALL).proven
    assert course.sent == []


def test_rule_6_recently_changed_rows_that_were_read_before_the_pass_are_certain() -> None:
    """Too young to be certain by their time, they are by having been read before page 1."""
    course = Course()
    assert not course.read("A B", "C D", totals=[4, 4], young="CD").proven
    course = Course()
    assert [course.proof.row_before(ord(name), hash(name)) for name in "CD"] == [True, True]
    assert course.read("A B", "C D", totals=[4, 4], young="CD").proven
    assert course.sent == ["A", "B"], "what the list sent is not sent again"


def test_rule_6_a_new_row_stands_in_for_none_that_the_list_before_the_pass_held() -> None:
    course = Course()
    course.proof.row_before(ord("C"), hash("C"))
    verdict = course.read("A B", "D E", totals=[4, 4], young="CE")
    assert "only 3 were certainly there" in verdict.reasons[0]


def test_a_row_of_the_list_goes_out_again_only_if_it_changed() -> None:
    course = Course()
    course.read("A B", "C", totals=[4, 4])
    listed = [course.proof.row_before(ord(name[0]), hash(name)) for name in ("C", "B*", "D")]
    assert listed == [False, True, True]
    course.read("A B*", "C D*", totals=[4, 4])
    assert course.sent == ["D*"]


def test_rule_7_a_row_of_the_list_that_the_pass_does_not_meet_did_not_vanish() -> None:
    course = Course()
    course.read("A B", "C", young=ALL)
    course.proof.row_before(ord("Z"), hash("Z"))
    assert course.read("A B", "C", young=ALL).proven


def test_rule_7_without_a_total_a_second_reading_confirms_the_first() -> None:
    course = Course()
    first = course.read("A B", "C D", "", young=ALL)
    assert first.reasons == ()
    assert first.second_pass == (
        "no total is declared, so the second pass has to find every record of the first"
    )
    assert course.read("C A", "B D", "", young=ALL).proven, "whatever the order of the second"


def test_rule_7_rows_may_come_between_the_readings() -> None:
    course = Course()
    course.read("A B", "C", young=ALL)
    assert course.read("A B", "C D", young=ALL).proven
    assert course.sent == ["D"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(["A B", "D"], ["B C", "D"], id="a row vanished between them"),
        pytest.param(["A B", "B C"], ["A B", "B C"], id="a row came twice in the first"),
        pytest.param(["A B", "C", "D"], ["A B", "C D"], id="its pages are no equal slices"),
        pytest.param(["A", "B C"], ["A B", "C"], id="a page is longer than the first"),
    ],
)
def test_rule_7_is_not_satisfied_when(first: list[str], second: list[str]) -> None:
    course = Course()
    course.read(*first, young=ALL)
    assert not course.read(*second, young=ALL).proven


@pytest.mark.parametrize(
    ("second", "young", "proven"),
    [
        pytest.param(["A B", ""], "", True, id="another first page, of certain rows, is no longer"),
        pytest.param(["A B C", ""], "", False, id="a longer one came: there was place for more"),
        pytest.param(["A D", "B"], "D", False, id="a new row: this one may be cut, too"),
    ],
)
def test_rule_7_a_first_page_that_may_be_cut_shows_how_many_rows_stand_before_the_second_when(
    second: list[str], young: str, *, proven: bool
) -> None:
    """[A B C] with place for three, counted when there were two: what was counted ends the page."""
    course = Course(page_size=3)
    assert not course.read("A B", "", young="A B").proven
    assert course.read(*second, young=young).proven is proven


def test_rule_7_a_promised_page_that_is_missing_is_no_place_behind_which_there_is_nothing() -> None:
    """Such as one whose address has expired: the second pass misses C by a shift of its own."""
    course = Course(page_size=2)
    course.read("A B", "", counts=[2, None])
    assert not course.read("A B", "D E", "").proven
    assert course.read("A B", "C D", "E").proven, (
        "the second pass promised nothing that was missing"
    )


@pytest.mark.parametrize(
    ("course", "counts", "young"),
    [
        pytest.param(Course(page_size=2), (), "A B", id="it holds what was asked for"),
        pytest.param(Course(page_size=3), (2, 2, 2), "A B", id="another page is declared"),
        pytest.param(Course(page_size=3), (), "", id="all its rows are certain"),
    ],
)
def test_rule_7_a_first_page_is_not_cut_where(
    course: Course, counts: Sequence[int], young: str
) -> None:
    course.read("A B", "C", "", counts=counts, young=young)
    assert course.read("A B", "C", "", counts=counts, young=young).proven


IN_FLIGHT = [(0, 1), (4, 5), (2, 4.5)]


@pytest.mark.parametrize(
    ("third", "comes_again", "proven"),
    [("A B|D", True, True), ("A B|E", True, False), ("A B|D", False, False)],
)
def test_rule_7_two_passes_together_may_find_all_of_the_one_before_them(
    *, third: str, comes_again: bool, proven: bool
) -> None:
    """D was there all the time, though the second pass has missed it, and C, though the third."""
    course = Course(changes_come_again=comes_again)
    course.read("A B", "C D", "", young="A B C D")
    assert not course.read("A B", "C", young="A B C").proven
    assert course.read(*third.split("|"), young=third.replace("|", " ")).proven == proven


@pytest.mark.parametrize(
    ("second", "before", "comes_again", "proven"),
    [
        pytest.param("A|B|E", 5, True, True, id="they are A B D E: D came in the third"),
        pytest.param("A|E", 5, True, False, id="B may have been gone"),
        pytest.param("A|B|E", 1, True, False, id="another declared fewer than were read by then"),
        pytest.param("A|B|E", 5, False, False, id="no bookmark leaves changes to the next run"),
    ],
)
def test_rule_8_all_passes_together_know_the_rows_of_one_response_where(
    second: str, before: int, *, comes_again: bool, proven: bool
) -> None:
    """[A B C D E], C goes before page 3, which counts 4; then D changes, X comes first, and goes.

    Of both further passes a row is missing, as another goes while they read.
    """
    course = Course(changes_come_again=comes_again)
    first = course.read(
        *["A", "B", "D", "D*", "E"], totals=[5, before, 4, 5, 5], times=seconds(0, 5)
    )
    assert not first.proven
    pages = second.split("|")
    assert not course.read(*pages, totals=[4] * len(pages), times=seconds(10, 3)).proven
    third = course.read("A", "D", totals=[3, 3], times=seconds(20, 2))
    assert third.proven is proven
    assert third.distinct == (4 if proven else 2), "what the last response declares is held to all"


def seconds(begin: int, pages: int) -> list[tuple[float, float]]:
    """A request each second, one after the other."""
    return [(begin + page, begin + page + 0.5) for page in range(pages)]


def test_rule_7_a_row_that_came_after_the_last_page_was_read_fills_no_place_before_it() -> None:
    """[A B][C Z][E]: page 3 = E; X is inserted before C; page 2 = X C. Twice so: Z is lost."""
    course = Course()
    pages = "A B", "X C", "E"
    course.read(*pages, times=IN_FLIGHT, young=ALL + "X")
    third = [(left + 10, came + 10) for left, came in IN_FLIGHT]
    assert not course.read(*pages, times=third, young=ALL + "X").proven


def test_rule_7_rows_older_than_the_pass_were_there_whatever_the_order_of_answers() -> None:
    course = Course()
    course.read("A B", "C D", "E", times=IN_FLIGHT)
    assert course.proof.page_to_recheck() is None
    assert course.read("A B", "C D", "E", times=IN_FLIGHT).proven


def test_the_last_page_is_asked_for_once_more_where_answers_came_out_of_order() -> None:
    course = Course()
    course.begin("A B", "C D", "E", times=IN_FLIGHT, young=ALL)
    assert course.proof.page_to_recheck() == 2
    course.proof.rechecked(fact(2, 6, 7, ["E"]), is_last=False)
    course.proof.verdict("an empty page")
    assert course.read("A B", "C D", "E", times=IN_FLIGHT, young=ALL).proven


@pytest.mark.parametrize(
    ("first", "again"),
    [
        pytest.param(["A B", "C D", "E"], "F", id="it holds other rows"),
        pytest.param(["A B", "C D", "E"], "E F", id="it holds more rows"),
        pytest.param(["A B", "C D", "E F"], "E F", id="it is full and not said to be the last"),
    ],
)
def test_asking_once_more_settles_nothing_when(first: list[str], again: str) -> None:
    course = Course()
    course.begin(*first, times=IN_FLIGHT, young=ALL)
    course.proof.rechecked(fact(2, 6, 7, again.split()), is_last=False)
    course.proof.verdict("the page count")
    assert not course.read(*first, times=IN_FLIGHT, young=ALL).proven


def test_nothing_is_asked_for_again_where_a_total_or_the_order_of_answers_settles_it() -> None:
    course = Course()
    course.begin("A B", "C", times=[(0, 1), (2, 3)], young=ALL)
    assert course.proof.page_to_recheck() is None
    course.begin("A B", "C D", "E", totals=[5, 5, 5], times=IN_FLIGHT, young=ALL)
    assert course.proof.page_to_recheck() is None


def test_one_response_that_cannot_be_full_is_one_moment() -> None:
    assert Course(page_size=3).read("A B", young=ALL).proven
    assert Course().read("A B", young=ALL).proven, "no server is taken to cap pages at two"
    assert Course(page_size=2).read("").proven


def test_a_single_page_that_may_be_full_is_proven_where_its_rows_are_certainly_old() -> None:
    assert Course(page_size=2).read("A B").proven
    course = Course(page_size=2)
    verdict = course.read("A B", young="B")
    assert not verdict.proven
    assert verdict.reasons == (
        "the one page of pass 1 may be full, and was another when asked for again",
    )


@pytest.mark.parametrize(
    ("again", "is_last", "proven"),
    [
        (["A", "B"], True, True),
        (["A", "B"], False, False),
        (["A", "C"], True, False),
    ],
)
def test_a_single_page_that_may_be_full_is_settled_by_another_request(
    again: list[str], *, is_last: bool, proven: bool
) -> None:
    course = Course(page_size=2)
    course.begin("A B", young=ALL)
    assert course.proof.page_to_recheck() == 0
    course.proof.rechecked(fact(0, 1, 2, again), is_last=is_last)
    assert course.proof.verdict("`next` is null").proven is proven


def test_a_single_page_that_was_not_settled_shows_nothing_by_being_found_again() -> None:
    """The page lacked C; the second pass finds all of the page again, and misses C as well."""
    course = Course(page_size=2)
    course.read("A B", young="B")
    assert not course.read("A B", "", young="B").proven


def test_the_last_of_several_pages_that_may_be_full_is_settled_by_another_request() -> None:
    """[A B][C D]: X was pushed off the last page by D, which came when the rows were counted."""
    course = Course(page_size=2)
    course.begin("A B", "C D", young="CD")
    assert course.proof.page_to_recheck() == 1
    course.proof.rechecked(fact(1, 5, 6, ["C", "D"]), is_last=True)
    course.proof.verdict("`next` is null")
    assert course.read("A B", "C D").proven


def test_a_last_page_that_changed_since_shows_nothing_by_being_found_again() -> None:
    course = Course(page_size=2)
    course.begin("A B", "C D", young="CD")
    assert course.proof.page_to_recheck() == 1
    course.proof.rechecked(fact(1, 5, 6, ["D", "X"]), is_last=True)
    course.proof.verdict("`next` is null")
    assert not course.read("A B", "C D").proven
    assert course.read("A B", "C D").proven, "the second pass settled it"


def test_a_last_page_that_is_shorter_or_old_needs_no_other_request() -> None:
    for pages, young in ((("A B", "C"), ALL), (("A B", "C D"), "AB"), (("A B", "C D", ""), ALL)):
        course = Course(page_size=2)
        course.begin(*pages, young=young)
        assert course.proof.page_to_recheck() is None


@pytest.mark.parametrize(
    ("records", "largest", "full"),
    [
        (0, 0, False),
        (7, 0, True),
        (9, 0, False),
        (10, 0, True),
        (37, 0, True),
        (37, 37, True),
        (37, 38, False),
    ],
)
def test_a_server_may_cap_pages_at_any_number(records: int, largest: int, *, full: bool) -> None:
    assert may_be_full(records, 7 if records == 7 else 1000, largest) is full


@pytest.mark.parametrize(("records", "full"), [(10, True), (16, True), (75, True), (37, False)])
def test_a_list_without_pages_is_doubted_at_round_numbers(records: int, *, full: bool) -> None:
    assert may_be_full(records, None, only_page=True) is full


def test_a_page_is_not_full_where_a_larger_one_has_come() -> None:
    many = " ".join("ABCDEFGHIJKL")
    course = Course(page_size=100)
    course.begin(many, young=ALL)
    assert course.proof.page_to_recheck() == 0
    assert course.proof.largest_page == 12
    proof = CompletenessProof(page_size=100, largest_page=13)
    proof.begin()
    proof.page(fact(0, 1, 2, many.split()))
    proof.rows(range(12), [0] * 12, [False] * 12)
    assert proof.page_to_recheck() is None


def test_only_what_is_new_or_changed_goes_out_again() -> None:
    course = Course()
    course.read("A B", "C", totals=[4, 4])
    assert course.sent == ["A", "B", "C"]
    course.read("A B*", "C D", totals=[4, 4])
    assert course.sent == ["B*", "D"]
    course.read("A B*", "C D", totals=[4, 4])
    assert course.sent == []


def test_without_the_proof_everything_goes_out_and_nothing_is_remembered() -> None:
    course = Course(enabled=False)
    verdict = course.read("A B", "A B*")
    assert not verdict.proven
    assert course.sent == ["A", "B", "A", "B*"]
    assert course.proof.page_to_recheck() is None
    assert course.proof.row_before(1, 2), "the list before a pass goes out too"
    assert course.proof.row_before(1, 2)


def test_without_the_proof_a_server_that_ignores_the_page_is_noticed() -> None:
    with pytest.raises(RepeatedPageError):
        Course(enabled=False).read("A B", "A B")


def test_the_document_names_a_test_for_every_rule() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    rules = re.findall(r"^\| (\d) \|.*`(test_\w+)` \|$", text, re.MULTILINE)
    assert [number for number, _ in rules] == list("12345678")
    for number, name in rules:
        assert name in globals()
        assert name.startswith(f"test_rule_{number}_")
