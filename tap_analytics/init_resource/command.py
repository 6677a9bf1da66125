"""Ask an API about a resource, and print an entry for the setting `resources`."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import click
import requests
from singer_sdk.exceptions import ConfigValidationError

from tap_analytics.config.resources import parse_resources
from tap_analytics.config.settings import Settings
from tap_analytics.exceptions import TapError
from tap_analytics.init_resource.entry import ResourceEntry
from tap_analytics.init_resource.order_trial import UNNAMED, propose_order
from tap_analytics.init_resource.paginator_detector import PaginatorDetector
from tap_analytics.init_resource.proposals import (
    find_records,
    is_integer,
    propose_key,
    propose_replication_key,
)
from tap_analytics.init_resource.requests import TrialRequests
from tap_analytics.records.added_fields import ADDITIONAL_PROPERTIES
from tap_analytics.records.inference import infer
from tap_analytics.records.names import listed, several, shown
from tap_analytics.records.plain_lines import LONGEST_MESSAGE
from tap_analytics.streams.configured import FAMILIES, configured_streams
from tap_analytics.streams.discovery import NOTHING, sample
from tap_analytics.streams.registry import built_in_streams, by_name, of_api

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tap_analytics.client import AnalyticsStream
    from tap_analytics.init_resource.proposals import Proposal
    from tap_analytics.init_resource.requests import TrialResponse
    from tap_analytics.rest.paginator import Paginator
    from tap_analytics.tap import TapAnalytics

PLACE = ("endpoint",)
MOST_LISTS = 20
"""So many lists of a response are named."""


class CannotTellError(TapError):
    """What the API responds does not suffice to write an entry."""


def command(tap_class: type[TapAnalytics]) -> click.Command:
    """The command line of `init-resource`.

    Args:
        tap_class: The tap, whose settings say how to connect.
    """

    @click.command(help=__doc__)
    @click.option(
        "--config",
        multiple=True,
        callback=tap_class.read_config,
        help="A configuration file, or ENV; the environment where none is given.",
    )
    # Meltano hands these to whatever it invokes of a tap.
    @click.option("--catalog", "--state", hidden=True, multiple=True, expose_value=False)
    @click.option("--path", required=True, help="The resource's path, such as /v1/invoices.")
    @click.option("--name", help="The stream's name; the last word of the path where not given.")
    @click.option("--api", type=click.Choice([name for name in FAMILIES if name]))
    @click.option("--data-selector", help="Where the records are, where that is not plain.")
    @click.option("--page-size", type=click.IntRange(min=1), help="Records to ask for a page.")
    @click.option("--param", multiple=True, metavar="KEY=VALUE", help="A parameter to send.")
    @click.option("--format", "as_", type=click.Choice(["yaml", "json"]), default="yaml")
    def init_resource(  # noqa: PLR0913, PLR0917  # one for each option
        config: dict[str, Any],
        path: str,
        name: str | None,
        api: str | None,
        data_selector: str | None,
        page_size: int | None,
        param: Sequence[str],
        as_: str,
    ) -> None:
        tap = None
        try:
            # Whoever has set either knows which streams are read besides.
            alone = config.pop("resources", None) is None and config.get("api") is None
            entry = _begun(path, name, api, param)
            # With the resource, so that an open API needs no credentials.
            tap = tap_class(config={**config, **entry.setting()})
            _ask(tap, entry, data_selector, page_size)
            if alone and api:
                entry.leave_out(stream.name for stream in of_api(api))
            click.echo(entry.as_yaml() if as_ == "yaml" else json.dumps(entry.setting(), indent=2))
        except ConfigValidationError as error:
            problems = [shown(problem, LONGEST_MESSAGE) for problem in error.errors]
            raise click.ClickException("\n".join(problems)) from None
        except TapError as error:
            raise click.ClickException(shown(str(error), LONGEST_MESSAGE)) from None
        finally:
            if tap is not None:
                tap.run.close()

    return init_resource


def _begun(path: str, name: str | None, api: str | None, param: Sequence[str]) -> ResourceEntry:
    """The entry as far as the command line says it."""
    path, _, query = path.partition("?")
    entry = ResourceEntry(name or _name_of(path))
    if entry.name in by_name():
        message = (
            f"`{entry.name}` is a built-in stream: an entry in `resources` says only what is to "
            "differ from it. For a stream of its own give it another name with --name."
        )
        raise CannotTellError(message)
    if api:
        entry.set((), "api", api)
    entry.set(PLACE, "path", path)
    if params := dict([*parse_qsl(query), *map(_pair, param)]):
        entry.set(PLACE, "params", params)
    return entry


def _ask(
    tap: TapAnalytics, entry: ResourceEntry, data_selector: str | None, page_size: int | None
) -> None:
    """Ask the API, and write down what it says and how sure that is."""
    stream = _stream(tap, entry)
    own = requests.Request(
        "GET", stream.get_url(None), headers=stream.http_headers, params=dict(stream.params)
    )
    asker = TrialRequests(
        tap.run.http_client, stream.name, own, stream.policy, stream.stats, stream.own_auth
    )
    click.echo(f"Asking {stream.path} for a first page ...", err=True)
    first = asker.ask({})
    selector = _say_selector(entry, first, data_selector)
    click.echo("Finding out how it pages ...", err=True)
    numbers = {key: int(value) for key, value in stream.params.items() if str(value).isdecimal()}
    detector = PaginatorDetector(asker, selector, first, numbers)
    own_paginator = stream.paginator if entry.get((), "api") else None
    _say_paginator(entry, detector, own_paginator, page_size)
    click.echo("Reading a sample ...", err=True)
    _say_fields(entry, tap)


def _say_paginator(
    entry: ResourceEntry,
    detector: PaginatorDetector,
    known: Paginator | None,
    page_size: int | None,
) -> None:
    """The API's own paginator is kept where it leads on."""
    if known is not None and (reason := detector.keeps(known)):
        reason = f"the API's own paginator: {reason}"
        if page_size is None:
            entry.comment(PLACE, f"certain: {reason}")
        else:
            entry.set(PLACE, "paginator", {"limit": page_size}, "certain", reason)
        return
    found = detector.paging(page_size)
    if found.paginator is None:
        entry.comment(PLACE, f"{found.confidence}: no paginator: {found.reason}")
        return
    entry.set(PLACE, "paginator", found.paginator, found.confidence, found.reason)
    # What the paginator sends by itself is no parameter of the user's own any more.
    for key in ("page_param", "limit_param", "offset_param", "cursor_param"):
        entry.drop((*PLACE, "params"), found.paginator.get(key))


def _stream(
    tap: TapAnalytics, entry: ResourceEntry, schema: dict[str, Any] = NOTHING
) -> AnalyticsStream:
    """The stream of an entry as far as it has been written.

    Raises:
        CannotTellError: It cannot be a stream.
    """
    parsed = parse_resources(entry.setting(), built_in_streams())
    if parsed.problems:
        raise CannotTellError(" ".join(parsed.problems))
    made = configured_streams(Settings(resources=parsed.resources))
    stream_class = next(found for found in made if found.name == entry.name)
    return stream_class(tap, schema=schema)


def _say_selector(entry: ResourceEntry, first: TrialResponse, wanted: str | None) -> str:
    lists = find_records(first.body)
    names = listed([selector for selector, _ in lists], MOST_LISTS) or "none"
    selector = wanted or (lists[0][0] if lists else None)
    records = first.records(selector) if selector else None
    if selector is None or records is None:
        message = (
            f"{entry.name}: the response has no list of objects"
            f"{f' at `{wanted}`' if wanted else ''}; it has these: {names}. "
            "Look at --path, and at --data-selector."
        )
        raise CannotTellError(message)
    if not records:
        message = (
            f"{entry.name}: the list at `{selector}` is empty, so there is nothing to learn from. "
            "Ask for a part that has records (--param), or for another list (--data-selector); "
            f"the response has these: {names}."
        )
        raise CannotTellError(message)
    if wanted:
        confidence, reason = "certain", "as it was given"
    elif len(lists) == 1:
        confidence, reason = "certain", "the one list of objects in the response"
    else:
        confidence, reason = (
            "guess",
            f"the longest of the lists of objects in the response: {names}",
        )
    entry.set(PLACE, "data_selector", selector, confidence, reason)
    return selector


def _say_fields(entry: ResourceEntry, tap: TapAnalytics) -> None:
    """The keys and the schema, by a sample that is read the way the entry says."""
    stream = _stream(tap, entry)
    size = tap.settings.sample_size
    records = list(islice(sample(stream, {}), size))
    key = propose_key(records, entry.name)
    schema = infer(records, key.fields)
    # Every stream has this one: it says nothing of the resource.
    schema["properties"].pop(ADDITIONAL_PROPERTIES, None)
    if key.field:
        value = key.field if len(key.fields) == 1 else [*key.fields]
        entry.set((), "primary_key", value, key.confidence, key.reason)
        entry.set((), "write_disposition", "merge")
    else:
        entry.comment(
            (), f"{key.confidence}: {key.reason}; each record gets a `_row_hash` as its key"
        )
        entry.set((), "write_disposition", "append")
    _say_replication(entry, stream, propose_replication_key(records, schema))
    _say_order(entry, tap, schema)
    reason = f"inferred from {several(len(records), 'record')}"
    confidence = "certain" if len(records) < size else "likely"
    # One record shows no more than its own types.
    confidence = "guess" if len(records) == 1 else confidence
    reason = reason.removesuffix("s") if len(records) == 1 else reason
    entry.set((), "schema", schema, confidence, reason)


def _say_replication(entry: ResourceEntry, stream: AnalyticsStream, proposal: Proposal) -> None:
    field, reason = proposal.field, proposal.reason
    known = stream.replication_key
    if known and field == known:
        told = {
            where: value
            for where in ("start_param", "start_header")
            if (value := getattr(stream, where))
        }
        entry.set(
            PLACE,
            "incremental",
            {"cursor_path": field, **told},
            "likely",
            f"the API's own way, and {reason}",
        )
    elif known:
        entry.comment((), f"no record has `{known}`, by which this API tells of changes")
        entry.set((), "write_disposition", "replace")
    elif field and proposal.confidence != "guess":
        entry.set(PLACE, "incremental", {"cursor_path": field}, proposal.confidence, reason)
    elif field:
        entry.comment(PLACE, f"incremental: {{cursor_path: {field}}}  # a guess: {reason}")
    else:
        entry.comment(PLACE, f"no `incremental`: {reason}")


def _say_order(entry: ResourceEntry, tap: TapAnalytics, schema: dict[str, Any]) -> None:
    """The order by modification time, and the filter, which keyset reading needs."""
    place, key = PLACE, "incremental"
    known = entry.get(place, key)
    if known is None:
        return
    if is_integer(schema["properties"].get(known["cursor_path"], {})):
        entry.note(place, key, f"no order was tried: it is a number; {UNNAMED}")
        return

    def stream_with(incremental: Mapping[str, Any]) -> AnalyticsStream:
        entry.set(place, key, incremental)
        return _stream(tap, entry, schema)

    proposal = propose_order(stream_with, known)
    entry.set(place, key, {**known, **proposal.settings})
    for note in proposal.notes:
        entry.note(place, key, note)


def _name_of(path: str) -> str:
    words = [word for word in path.partition("?")[0].split("/") if word and "{" not in word]
    name = re.sub(r"\W", "_", words[-1] if words else "", flags=re.ASCII).lower()
    return f"_{name}" if name[:1].isdigit() else name


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        message = f"--param '{shown(text)}' must look like KEY=VALUE."
        raise CannotTellError(message)
    return name, value
