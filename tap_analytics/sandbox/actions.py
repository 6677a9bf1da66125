"""Every action that a rule can have: its arguments, how often it happens, and what it does."""

from __future__ import annotations

from typing import NamedTuple


class Action(NamedTuple):
    """What an action does, the arguments that it needs and may have, whether it happens once."""

    does: str
    needs: frozenset[str]
    takes: frozenset[str]
    once: bool


def _once(does: str, needs: str = "", takes: str = "") -> Action:
    return Action(does, frozenset(needs.split()), frozenset(takes.split()), once=True)


def _standing(does: str, needs: str = "", takes: str = "") -> Action:
    return Action(does, frozenset(needs.split()), frozenset(takes.split()), once=False)


_EDIT = "delete touch alter insert fields remove rename at late after between"

_TIMING = {
    "slow": _once(
        "The response takes `seconds` longer; `late`: the data is read first.", "seconds", "late"
    ),
    "hold": _once("The data is read only when page `until` has been served.", "until"),
    "edit": _once(
        "Records change before the page is read; `after`: after it; `between`: after the records "
        "are counted and before they are read (the other arguments are those of an edit).",
        takes=_EDIT,
    ),
}
_FAULTS = {
    "status": _once(
        "A response with status `code` (999 too), as this API words it.",
        "code",
        "retry_after problem body reason",
    ),
    "drop": _once("The connection is closed without a response."),
    "redirect": _once("301 to the same place with a slash, or `to`.", takes="to"),
    "truncate": _once("The body is cut (`keep`: the share), its length agrees.", takes="keep"),
    "short_body": _once(
        "Less is sent than declared (`keep`: the share); after `seconds` the connection ends.",
        takes="keep seconds",
    ),
    "bad_gzip": _once("The body is said to be gzip and is not."),
    "error_200": _once("An error document with status 200."),
    "records": _once("The list of records is `missing`, `null`, `empty` or an `object`.", "how"),
    "envelope_status": _once("Accounting: `Status` is `ERROR`, or `value`.", takes="value"),
}
_HOSTILE = {
    "inject": _once("The first record has a `field` with `json`, as it is.", "field json"),
    "deep_json": _once("The body is a list in a list, `depth` (100,000) deep.", takes="depth"),
    "headers": _once(
        "The response has these `values` as headers; one that is null is left out (`Date` too).",
        "values",
    ),
    "content_encoding": _once("The body is said to be encoded as `name`; it is plain.", "name"),
    "gzip_bomb": _once(
        "The JSON is followed by `megabytes` of spaces, compressed `layers` times.",
        "megabytes",
        "layers",
    ),
    "gzip_without_checksum": _once("The body is gzip without its last 8 bytes."),
    "large_body": _once("The JSON is followed by `megabytes` of spaces.", "megabytes"),
    "bad_chunk": _once("A chunk is said to be `size` long (hexadecimal text).", "size"),
    "slow_body": _once(
        "The body comes at `bytes_per_second` (1), for `seconds` at most.",
        "seconds",
        "bytes_per_second",
    ),
    "slow_headers": _once(
        "The headers come at `bytes_per_second` (1), for `seconds` at most.",
        "seconds",
        "bytes_per_second",
    ),
    "endless_continue": _once("`100 Continue` again and again for `seconds`.", "seconds"),
}
_STANDING = {
    "omit": _standing("The envelope lacks these `keys`.", "keys"),
    "declare": _standing("A `key` of the envelope has this `value`.", "key value"),
    "cap": _standing("Pages have at most `size` records, whatever is asked.", "size"),
    "ignore_page_size": _standing("The page size is the usual one, or `size`.", takes="size"),
    "past_end": _standing("Past the last page: `404` or `empty`.", "how"),
    "ignore_page": _standing("Every page is the first."),
    "ignore_since": _standing("There is no filter by modification time."),
    "exclusive": _standing("The filter leaves equal times out."),
    "since_zone": _standing("Start values are taken for times `hours` later.", "hours"),
    "since_resolution": _standing(
        "The filter compares whole `seconds`, or times in `full` (a header with a fraction too).",
        "how",
    ),
    "ignore_order": _standing(
        "The order that is asked for is ignored: served by `key`, by `insertion`, or as usual.",
        takes="by",
    ),
    "ignore_direction": _standing("The order is ascending, whatever is asked."),
    "refuse_order": _standing(
        "A request that names an order, or one `by` this field, gets `code` (400).", takes="by code"
    ),
    "vary_ties": _standing("Records with equal times stand in another order each time."),
    "foreign_links": _standing("Links lead to another host."),
}

ACTIONS = {**_TIMING, **_FAULTS, **_HOSTILE, **_STANDING}
