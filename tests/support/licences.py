"""The licences of what an installation of the tap brings: `python -m tests.support.licences`.

It prints the table of `docs/licences.md`, from the metadata of the installed distributions.
"""

from __future__ import annotations

from importlib.metadata import Distribution, distribution
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

if TYPE_CHECKING:
    from collections.abc import Iterator

EXTRAS = ("", "sandbox")
OF_LICENCE = "License :: OSI Approved :: "


def licences() -> dict[str, str]:
    """The licence of each distribution that the tap needs, by name."""
    found: dict[str, str] = {}
    waiting = ["tap-analytics"]
    while waiting:
        name = waiting.pop()
        for needed in _needed(distribution(name)):
            if needed not in found:
                found[needed] = licence(distribution(needed))
                waiting.append(needed)
    return dict(sorted(found.items()))


def _needed(installed: Distribution) -> Iterator[str]:
    """The names of what a distribution needs here, its extras left out but for the sandbox."""
    extras = EXTRAS if installed.name == "tap-analytics" else ("",)
    for text in installed.requires or ():
        needed = Requirement(text)
        if needed.marker is None or any(needed.marker.evaluate({"extra": it}) for it in extras):
            yield needed.name.lower().replace("_", "-")


def licence(installed: Distribution) -> str:
    """A distribution's licence, in the words of its metadata."""
    metadata = installed.metadata
    classifiers = [
        text.removeprefix(OF_LICENCE)
        for text in metadata.get_all("Classifier") or ()
        if text.startswith(OF_LICENCE)
    ]
    found = metadata.get_all("License-Expression") or [" and ".join(classifiers)]
    text = found[0] or (metadata.get_all("License") or ["not said"])[0]
    return str(text).split("\n")[0]


def page() -> str:
    """The page as it stands in the docs."""
    rows = [f"| {name} | {words} |" for name, words in licences().items()]
    return "\n".join(
        [
            "# Licences of the dependencies",
            "",
            "What `pip install tap-analytics[sandbox]` brings, and the licence that each names in",
            "its own metadata. `python -m tests.support.licences > docs/licences.md` wrote it.",
            "",
            "| package | licence |",
            "|---|---|",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201  # the page
