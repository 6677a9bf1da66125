"""Ask an API about a resource, and print an entry for the setting `resources`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import click
import requests
from singer_sdk.exceptions import ConfigValidationError

from tap_analytics.exceptions import TapError
from tap_analytics.http.failures import unforeseen
from tap_analytics.init_resource.entry import PLACE, ResourceEntry
from tap_analytics.init_resource.paginator_detector import PaginatorDetector
from tap_analytics.init_resource.proposals import MOST_LISTS, find_records, likeliest_list
from tap_analytics.init_resource.requests import TrialRequests
from tap_analytics.init_resource.sample_fields import say_fields
from tap_analytics.init_resource.trial_stream import CannotTellError, stream_of
from tap_analytics.records.names import listed, shown
from tap_analytics.records.plain_lines import LONGEST_MESSAGE
from tap_analytics.streams.configured import FAMILIES
from tap_analytics.streams.registry import by_name, of_api

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_analytics.init_resource.requests import TrialResponse
    from tap_analytics.rest.paginators.paginator import Paginator
    from tap_analytics.tap import TapAnalytics


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
    @click.option("--cursor-param", help="The parameter that takes the ID of the last record.")
    @click.option("--format", "as_", type=click.Choice(["yaml", "json"]), default="yaml")
    def init_resource(  # noqa: PLR0913, PLR0917  # one for each option
        config: dict[str, Any],
        path: str,
        name: str | None,
        api: str | None,
        data_selector: str | None,
        page_size: int | None,
        param: Sequence[str],
        cursor_param: str | None,
        as_: str,
    ) -> None:
        tap = None
        try:
            # Whoever has set either knows which streams are read besides.
            alone = config.pop("resources", None) is None and config.get("api") is None
            entry = _begun(path, name, api, param)
            # With the resource, so that an open API needs no credentials.
            tap = tap_class(config={**config, **entry.setting()})
            _ask(tap, entry, data_selector, page_size, cursor_param)
            if alone and api:
                entry.leave_out(stream.name for stream in of_api(api))
            click.echo(entry.as_yaml() if as_ == "yaml" else json.dumps(entry.setting(), indent=2))
        except ConfigValidationError as error:
            problems = [shown(problem, LONGEST_MESSAGE) for problem in error.errors]
            raise click.ClickException("\n".join(problems)) from None
        except TapError as error:
            raise click.ClickException(shown(str(error), LONGEST_MESSAGE)) from None
        except Exception as error:
            if tap is None:
                raise
            said = unforeseen(error, entry.name, tap.run.http_client.secrets(), tap.logger)
            raise click.ClickException(shown(said, LONGEST_MESSAGE)) from None
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
    tap: TapAnalytics,
    entry: ResourceEntry,
    data_selector: str | None,
    page_size: int | None,
    cursor_param: str | None,
) -> None:
    """Ask the API, and write down what it says and how sure that is."""
    stream = stream_of(tap, entry)
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
    detector = PaginatorDetector(asker, selector, first, numbers, cursor_param)
    own_paginator = stream.paginator if entry.get((), "api") else None
    _say_paginator(entry, detector, own_paginator, page_size)
    click.echo("Reading a sample ...", err=True)
    say_fields(entry, tap)


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
        for key, value in found.params.items():
            entry.set((*PLACE, "params"), key, value)
        if known is not None:
            # Without it the API's own one would be asked, which does not lead on.
            entry.set(PLACE, "paginator", {"type": "auto"})
        return
    entry.set(PLACE, "paginator", found.paginator, found.confidence, found.reason)
    # What the paginator sends by itself is no parameter of the user's own any more.
    for key in ("page_param", "limit_param", "offset_param", "cursor_param"):
        if not (key == "cursor_param" and found.is_of_record):
            entry.drop((*PLACE, "params"), found.paginator.get(key))


def _say_selector(entry: ResourceEntry, first: TrialResponse, wanted: str | None) -> str:
    lists = find_records(first.body)
    names = listed([selector for selector, _ in lists], MOST_LISTS) or "none"
    selector, confidence, reason = wanted, "certain", "as it was given"
    if not wanted and lists:
        selector, confidence, reason = likeliest_list(lists, entry.name, first.usual_list())
    records = first.records(selector) if selector else None
    if selector is None or records is None:
        message = (
            f"{entry.name}: the response has no list of objects"
            f"{f' at `{wanted}`' if wanted else ''}; it has these: {names}. "
            "Look at --path, and at --data-selector. Where the list is left out because it is "
            "empty, ask for a part that has records (--param)."
        )
        raise CannotTellError(message)
    if not records:
        message = (
            f"{entry.name}: the list at `{selector}` is empty, so there is nothing to learn from. "
            "Ask for a part that has records (--param), or for another list (--data-selector); "
            f"the response has these: {names}."
        )
        raise CannotTellError(message)
    entry.set(PLACE, "data_selector", selector, confidence, reason)
    return selector


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
