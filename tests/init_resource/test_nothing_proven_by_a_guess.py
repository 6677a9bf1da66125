"""What `init-resource` writes down, pasted as it is, makes no run call a part of a list proven."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.asked_entry import TABLE, Asked, before, of_size
from tests.support.compatibility.server import Response

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.asked_entry import Cut, Rows


def after_in_header(rows: Rows, query: dict[str, str]) -> Response:
    """Coinbase Exchange's way: `CB-AFTER`."""
    page = before(rows, {**query, "before": query.get("after", "9999")})[:100]
    return Response(page, headers={"CB-AFTER": str(page[-1]["id"])} if page else {})


def by_version(rows: Rows, query: dict[str, str]) -> object:
    """Lightspeed X-Series' way: the highest version of a page leads on."""
    newer = [row for row in rows if row["id"] > int(query.get("after", 0))]
    page = newer[: of_size(query, "page_size", 100)]
    return {"data": page, "version": {"max": page[-1]["id"] if page else None}}


SHORTENED: dict[str, tuple[Cut, tuple[str, ...]]] = {
    "at the usual size": (before, ()),
    "at a size of the user's own": (before, ("--param", "limit=17")),
    "with a header that nobody knows": (after_in_header, ()),
    "with a member that nobody knows": (by_version, ()),
}


@pytest.mark.parametrize("name", SHORTENED)
def test_a_list_that_was_seen_shortened_is_not_said_to_be_one_page(
    tmp_path: Path, name: str
) -> None:
    cut, arguments = SHORTENED[name]
    asked = Asked(tmp_path, cut, *arguments)
    assert "paginator" not in asked.endpoint
    assert asked.read < len(TABLE)
    assert asked.verdict == (asked.read, "not proven")
    assert "look how the API goes on" in asked.text


@pytest.mark.parametrize("told", [{}, {"next": None}])
def test_a_list_that_fits_one_page_today_is_not_said_to_fit_one_for_ever(
    tmp_path: Path, told: dict[str, None]
) -> None:
    def capped(rows: Rows, query: dict[str, str]) -> object:
        seen = int(query.get("seen", 0))
        following = {"next": f"/rows?seen={seen + 100}" if len(rows) > seen + 100 else None}
        return {"data": rows[seen : seen + 100], **(told and following)}

    asked = Asked(tmp_path, capped, now=TABLE[:7])
    assert "paginator" not in asked.endpoint
    # What tells nothing of more is not proven; what does is followed.
    assert asked.verdict == ((330, "proven") if told else (100, "not proven"))
    assert Asked(tmp_path, capped, now=TABLE[:7], then=TABLE[:7]).verdict == (7, "proven")


def test_an_address_among_the_attributes_of_xml_turned_to_json_is_followed(tmp_path: Path) -> None:
    def lightspeed(rows: Rows, query: dict[str, str]) -> object:
        start, size = int(query.get("after", 0)), of_size(query, "limit", 100)
        more = f"/rows?limit={size}&after={start + size}"
        attributes = {"next": more if start + size < len(rows) else "", "previous": ""}
        return {"@attributes": attributes, "Sale": rows[start : start + size]}

    asked = Asked(tmp_path, lightspeed)
    assert asked.endpoint["paginator"]["next_url_path"] == "$['@attributes']['next']"
    assert asked.verdict == (len(TABLE), "proven")


Number = int | None


def counted(name: str, others: int = 0, most: Number = None, *, pages: bool = False) -> Cut:
    """A list by offset, or by page's number, with counts of which one is wrong."""

    def respond(rows: Rows, query: dict[str, str]) -> object:
        size = of_size(query, "limit", 20)
        number = int(query.get("page", 1))
        start = (number - 1) * size if pages else int(query.get("offset", 0))
        count = min(len(rows) + others, most or len(rows) + others)
        return {"data": rows[start : start + size], "meta": {name: count}}

    return respond


@pytest.mark.parametrize("pages", [False, True])
def test_a_total_that_is_too_low_does_not_end_a_reading(tmp_path: Path, pages: bool) -> None:  # noqa: FBT001  # a parameter
    asked = Asked(tmp_path, counted("total", most=100, pages=pages))
    assert not {"total_path", "records_total_path"} & {*asked.endpoint["paginator"]}
    assert "`meta.total` ends elsewhere than the list does, and is not named" in asked.text
    assert asked.verdict == (len(TABLE), "proven")


@pytest.mark.parametrize("pages", [False, True])
def test_a_total_that_fits_is_named(tmp_path: Path, pages: bool) -> None:  # noqa: FBT001  # a parameter
    asked = Asked(tmp_path, counted("total", pages=pages))
    name = "records_total_path" if pages else "total_path"
    assert asked.endpoint["paginator"][name] == "meta.total"
    assert asked.verdict == (len(TABLE), "proven")


@pytest.mark.parametrize("pages", [False, True])
def test_of_two_totals_the_one_that_the_filter_leaves_is_named(
    tmp_path: Path,
    pages: bool,  # noqa: FBT001  # a parameter
) -> None:
    """Directus' way: `total_count` counts the whole collection."""

    def directus(rows: Rows, query: dict[str, str]) -> object:
        body: Any = counted("total_count", 5, pages=pages)(rows, query)
        return {**body, "meta": {**body["meta"], "filter_count": len(rows)}}

    asked = Asked(tmp_path, directus, then=TABLE)
    name = "records_total_path" if pages else "total_path"
    assert asked.endpoint["paginator"][name] == "meta.filter_count"
    assert asked.read == len(TABLE)


def test_a_total_of_what_the_filter_leaves_out_is_not_named(tmp_path: Path) -> None:
    asked = Asked(tmp_path, counted("total_count", 5))
    assert "total_path" not in asked.endpoint["paginator"]
    assert asked.verdict == (len(TABLE), "not proven")
    assert len(asked.reasons) == 1, "the sign alone speaks against it"


def test_a_server_that_gives_its_last_page_for_any_behind_it_has_its_count_named(
    tmp_path: Path,
) -> None:
    def clamping(rows: Rows, query: dict[str, str]) -> object:
        size = of_size(query, "limit", 20)
        pages = -(-len(rows) // size)
        number = min(int(query.get("page", 1)), pages)
        return {"data": rows[(number - 1) * size : number * size], "pages": pages}

    asked = Asked(tmp_path, clamping)
    assert asked.endpoint["paginator"]["total_path"] == "pages"
    assert asked.verdict == (len(TABLE), "proven")


def test_a_number_of_pages_of_another_size_does_not_end_a_reading(tmp_path: Path) -> None:
    def miscounted(rows: Rows, query: dict[str, str]) -> object:
        size, number = of_size(query, "limit", 100), int(query.get("page", 1))
        return {"data": rows[(number - 1) * size : number * size], "pages": 4}

    asked = Asked(tmp_path, miscounted)
    assert "total_path" not in asked.endpoint["paginator"]
    assert asked.read == len(TABLE)


def test_what_says_that_a_query_was_cut_off_is_no_flag_of_more_pages(tmp_path: Path) -> None:
    """GitHub's search ran out of time on some page, and not on another."""

    def search(rows: Rows, query: dict[str, str]) -> object:
        size, number = of_size(query, "limit", 20), int(query.get("page", 1))
        page = rows[(number - 1) * size : number * size]
        return {"items": page, "incomplete_results": number == 1}

    asked = Asked(tmp_path, search)
    assert "has_more_path" not in asked.endpoint["paginator"]
    assert asked.read == len(TABLE)


def test_a_number_of_the_users_own_that_chooses_another_list_is_no_page(tmp_path: Path) -> None:
    """Each shop has a list of its own, which is capped; shop 1 is the usual one."""

    def of_shop(rows: Rows, query: dict[str, str]) -> object:
        shop = int(query.get("shop", 1))
        own = [row for row in rows if row["id"] % 3 == shop % 3] if shop in {1, 2} else []
        return own[: min(of_size(query, "limit", 50), 50)]

    asked = Asked(tmp_path, of_shop, "--param", "shop=1")
    assert asked.endpoint["params"] == {"shop": "1"}
    assert "paginator" not in asked.endpoint
    assert asked.verdict == (50, "not proven")


def one_at_a_time(rows: Rows, query: dict[str, str]) -> Response:
    """Discord's way: one member where nobody asks for more, and `after` leads on."""
    size = of_size(query, "limit", 1)
    if not 1 <= size <= 1000:
        return Response({"message": "Invalid Form Body"}, 400)
    return Response([row for row in rows if row["id"] > int(query.get("after", 0))][:size])


@pytest.mark.parametrize("usual", [1, 35])
def test_a_list_that_is_longer_where_more_is_asked_for_is_asked_for_more(
    tmp_path: Path, usual: int
) -> None:
    """No full page has 1 or 35 records: a run would take them for all."""

    def respond(rows: Rows, query: dict[str, str]) -> Response:
        return one_at_a_time(rows, {"limit": str(usual), **query})

    asked = Asked(tmp_path, respond)
    assert asked.endpoint["params"] == {"limit": 100}
    assert asked.verdict == (100, "not proven")
    asked = Asked(tmp_path, respond, now=TABLE[:80], then=TABLE[:80])
    assert asked.verdict == (80, "proven")
    asked = Asked(tmp_path, respond, now=TABLE[:1], then=TABLE[:1])
    assert "params" not in asked.endpoint
    assert asked.verdict == (1, "proven")


def test_pages_of_one_record_are_asked_for_at_a_usual_size(tmp_path: Path) -> None:
    """OpenFDA's way: one record where nobody asks for more, and 404 behind the last."""

    def openfda(rows: Rows, query: dict[str, str]) -> Response:
        start, size = int(query.get("skip", 0)), of_size(query, "limit", 1)
        page = rows[start : start + size]
        counts = {"results": {"skip": start, "limit": size, "total": len(rows)}}
        error = {"error": {"code": "NOT_FOUND"}}
        return Response({"meta": counts, "results": page} if page else error, 200 if page else 404)

    asked = Asked(tmp_path, openfda)
    assert asked.endpoint["paginator"] == {
        "type": "offset",
        "limit": 100,
        "limit_param": "limit",
        "offset_param": "skip",
        "total_path": "meta.results.total",
    }
    assert asked.verdict == (len(TABLE), "proven")


def test_a_size_that_the_api_refuses_is_not_proposed(tmp_path: Path) -> None:
    """Spotify's way: not more than 50."""

    def spotify(rows: Rows, query: dict[str, str]) -> Response:
        start, size = int(query.get("offset", 0)), of_size(query, "limit", 20)
        if not 1 <= size <= 50:
            return Response({"error": {"status": 400, "message": "Invalid limit"}}, 400)
        return Response({"items": rows[start : start + size], "total": len(rows)})

    asked = Asked(tmp_path, spotify)
    assert asked.endpoint["paginator"]["limit"] == 50
    assert asked.verdict == (len(TABLE), "proven")


@pytest.mark.parametrize("least", [0, 1])
def test_offsets_that_are_counted_from_1_begin_there(tmp_path: Path, least: int) -> None:
    """SCIM's way; some servers take 0 for 1, and others refuse it."""

    def scim(rows: Rows, query: dict[str, str]) -> Response:
        asked_for, size = int(query.get("startIndex", 1)), of_size(query, "count", 20)
        if asked_for < least:
            return Response({"status": "400"}, 400)
        start = max(0, asked_for - 1)
        page = rows[start : start + size]
        counts = {"totalResults": len(rows), "itemsPerPage": len(page), "startIndex": start + 1}
        return Response({**counts, "Resources": page})

    asked = Asked(tmp_path, scim)
    assert asked.endpoint["paginator"] == {
        "type": "offset",
        "limit": 100,
        "limit_param": "count",
        "offset_param": "startIndex",
        "offset": 1,
        "total_path": "totalResults",
    }
    assert asked.verdict == (len(TABLE), "proven")


def test_a_list_beside_the_records_is_not_taken_for_them(tmp_path: Path) -> None:
    """JSON:API has related resources beside the records, of which there are often more."""

    def compound(rows: Rows, query: dict[str, str]) -> object:
        size, number = of_size(query, "page[size]", 20), int(query.get("page[number]", 1))
        page = rows[(number - 1) * size : number * size]
        included = [{"id": f"{row['id']}-{each}"} for row in page for each in (1, 2)]
        following = f"/rows?page[number]={number + 1}&page[size]={size}"
        more = number * size < len(rows)
        return {"data": page, "included": included, "links": {"next": following if more else None}}

    asked = Asked(tmp_path, compound)
    assert asked.endpoint["data_selector"] == "data"
    assert "# likely: by its name no list that stands beside the records; there are " in asked.text
    assert asked.verdict == (len(TABLE), "proven")


def test_the_list_that_is_called_like_the_resource_is_taken_for_its_records(
    tmp_path: Path,
) -> None:
    """Discourse has the authors of its topics beside them, of whom there are more."""

    def discourse(rows: Rows, query: dict[str, str]) -> object:
        start = int(query.get("page", 0)) * 30
        page, users = rows[start : start + 30], [{"id": number} for number in range(900, 941)]
        return {"users": users, "topic_list": {"per_page": 30, "topics": page}}

    asked = Asked(tmp_path, discourse, "--name", "topics")
    assert asked.endpoint["data_selector"] == "topic_list.topics"
    assert asked.verdict == (len(TABLE), "proven")
