"""docs/settings.md: every setting, from the list that the tap itself works with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tap_analytics.config.settings_schema import SETTINGS
from tap_analytics.tap import TapAnalytics

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"
HEAD = """\
# Settings

Every setting of the tap. `python -m website settings` wrote this page from the list that the tap
checks configurations against. `tap-analytics --about --format=markdown` prints the same list with
the SDK's own settings. With Meltano or `--config ENV` a setting is an environment variable; an
object or a list is JSON there.
"""


def page() -> str:
    """Return the page."""
    of_the_sdk: dict[str, Any] = {"properties": {}}
    TapAnalytics.append_builtin_config(of_the_sdk)
    own = {
        name: entry
        for name, entry in SETTINGS["properties"].items()
        if name not in of_the_sdk["properties"]
    }
    return HEAD + "".join("\n".join(["", *section(name, own[name]), ""]) for name in own)


def section(name: str, entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines about one setting."""
    yield f"## {name}"
    yield ""
    yield f"{entry['description']}."
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| type | {kind(entry)} |"
    if "default" in entry:
        yield f"| default | `{json.dumps(entry['default'])}` |"
    yield f"| environment | `TAP_ANALYTICS_{name.upper()}` |"
    if entry.get("secret"):
        yield "| secret | yes: it is in no log, error or report |"
    if fields := entry.get("properties"):
        yield ""
        yield "| field | type | default |"
        yield "|---|---|---|"
        for field, of in fields.items():
            default = f"`{json.dumps(of['default'])}`" if "default" in of else ""
            yield f"| `{field}` | {kind(of)} | {default} |"


def kind(entry: Mapping[str, Any]) -> str:
    """Return a setting's type in words, with what bounds it."""
    types = entry.get("type", "string")
    words = [word for word in ([types] if isinstance(types, str) else types) if word != "null"]
    text = " or ".join({"array": "list"}.get(word, word) for word in words)
    if allowed := [value for value in entry.get("enum", []) if value is not None]:
        text = "one of " + ", ".join(f"`{value}`" for value in allowed)
    bounds = {
        "minimum": "at least {}",
        "exclusiveMinimum": "more than {}",
        "maximum": "at most {}",
    }
    limits = [words.format(entry[name]) for name, words in bounds.items() if name in entry]
    return ", ".join([text, *limits])
