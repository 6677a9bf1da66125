"""Ask an API about a resource, and print an entry for the setting `resources`."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Any

import click
import requests
from singer_sdk.exceptions import ConfigValidationError

from tap_analytics.config.resources import parse_resources
from tap_analytics.config.settings import Settings
from tap_analytics.exceptions import TapError
from tap_analytics.init_resource.entry import ResourceEntry
from tap_analytics.init_resource.order_trial import propose_order
from tap_analytics.init_resource.paginator_detector import PaginatorDetector
from tap_analytics.init_resource.proposals import find_records, propose_key, propose_replication_key
from tap_analytics.init_resource.requests import TrialRequests
from tap_analytics.records.added_fields import ADDITIONAL_PROPERTIES
from tap_analytics.records.inference import infer
from tap_analytics.records.names import listed, shown
from tap_analytics.records.plain_lines import LONGEST_MESSAGE
from tap_analytics.streams.configured import FAMILIES, configured_streams
from tap_analytics.streams.discovery import NOTHING, sample
from tap_analytics.streams.registry import built_in_streams, by_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tap_analytics.client import AnalyticsStream
    from tap_analytics.init_resource.proposals import Proposal
    from tap_analytics.init_resource.requests import TrialResponse
    from tap_analytics.records.json import JSON
    from tap_analytics.tap import TapAnalytics

DEFAULT_LIMIT = 100
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
    def init_resource(config: dict[str, Any], as_: str, **wanted: JSON) -> None:
        tap = None
        try:
            config.pop("resources", None)
            tap = tap_class(config=config)
            found = _found(tap, **wanted)
            click.echo(found.as_yaml() if as_ == "yaml" else json.dumps(found.setting(), indent=2))
        except ConfigValidationError as error:
            problems = [shown(problem, LONGEST_MESSAGE) for problem in error.errors]
            raise click.ClickException("\n".join(problems)) from None
        except TapError as error:
            raise click.ClickException(shown(str(error), LONGEST_MESSAGE)) from None
        finally:
            if tap is not None:
                tap.run.close()

    return init_resource


def _found(
    tap: TapAnalytics,
    *,
    path: str,
    name: str | None,
    api: str | None,
    data_selector: str | None,
    page_size: int | None,
    param: Sequence[str],
) -> ResourceEntry:
    """Ask the API, and write down what it says and how sure that is."""
    entry = ResourceEntry(name or _name_of(path))
    if api:
        entry.set((), "api", api)
    entry.set(("endpoint",), "path", path)
    if params := dict(_pair(text) for text in param):
        entry.set(("endpoint",), "params", params)
    if entry.name in by_name():
        message = (
            f"`{entry.name}` is a built-in stream: an entry in `resources` says only what is to "
            "differ from it. For a stream of its own give it another name with --name."
        )
        raise CannotTellError(message)
    stream = _stream(tap, entry)
    own = requests.Request(
        "GET", stream.get_url(None), headers=stream.http_headers, params=dict(stream.params)
    )
    asker = TrialRequests(
        tap.run.http_client, stream.name, own, stream.policy, stream.stats, stream.own_auth
    )
    click.echo(f"Asking {path} for a first page ...", err=True)
    first = asker.ask({})
    selector = _say_selector(entry, first, data_selector)
    limit = page_size or DEFAULT_LIMIT
    click.echo("Finding out how it pages ...", err=True)
    paging = PaginatorDetector(asker, selector, first).paging(limit)
    entry.set(("endpoint",), "paginator", paging.paginator, paging.confidence, paging.reason)
    click.echo("Reading a sample ...", err=True)
    _say_fields(entry, tap)
    return entry


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
    entry.set(("endpoint",), "data_selector", selector, confidence, reason)
    return selector


def _say_fields(entry: ResourceEntry, tap: TapAnalytics) -> None:
    """The keys and the schema, by a sample that is read the way the entry says."""
    stream = _stream(tap, entry)
    size = tap.settings.sample_size
    records = list(islice(sample(stream, {}), size))
    key = propose_key(records, entry.name)
    schema = infer(records, [key.field] if key.field else [])
    # Every stream has this one: it says nothing of the resource.
    schema["properties"].pop(ADDITIONAL_PROPERTIES, None)
    if key.field:
        entry.set((), "primary_key", key.field, key.confidence, key.reason)
        entry.set((), "write_disposition", "merge")
    else:
        entry.comment(
            (), f"{key.confidence}: {key.reason}; each record gets a `_row_hash` as its key"
        )
        entry.set((), "write_disposition", "append")
    _say_replication(entry, stream, propose_replication_key(records, schema))
    _say_order(entry, tap, schema)
    reason = f"inferred from {len(records)} records"
    confidence = "certain" if len(records) < size else "likely"
    # One record shows no more than its own types.
    confidence = "guess" if len(records) == 1 else confidence
    reason = reason.removesuffix("s") if len(records) == 1 else reason
    entry.set((), "schema", schema, confidence, reason)


def _say_replication(entry: ResourceEntry, stream: AnalyticsStream, proposal: Proposal) -> None:
    field, reason = proposal.field, proposal.reason
    known = stream.replication_key
    place = ("endpoint",)
    if known and field == known:
        told = {
            where: value
            for where in ("start_param", "start_header")
            if (value := getattr(stream, where))
        }
        entry.set(
            place,
            "incremental",
            {"cursor_path": field, **told},
            "likely",
            f"the API's own way, and {reason}",
        )
    elif known:
        entry.comment((), f"no record has `{known}`, by which this API tells of changes")
        entry.set((), "write_disposition", "replace")
    elif field and proposal.confidence != "guess":
        entry.set(place, "incremental", {"cursor_path": field}, proposal.confidence, reason)
    elif field:
        entry.comment(place, f"incremental: {{cursor_path: {field}}}  # a guess: {reason}")
    else:
        entry.comment(place, f"no `incremental`: {reason}")


def _say_order(entry: ResourceEntry, tap: TapAnalytics, schema: dict[str, Any]) -> None:
    """The order by modification time, and the filter, which keyset reading needs."""
    place, key = ("endpoint",), "incremental"
    known = entry.get(place, key)
    if known is None:
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
