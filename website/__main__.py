"""Build the site, or bring up to date what the site and the documents are made of."""

from __future__ import annotations

import argparse
from pathlib import Path

from . import build, diagrams, settings, terminal


def main() -> None:
    """Run the command that is named."""
    parser = argparse.ArgumentParser(prog="python -m website", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    building = commands.add_parser("build", help="write the site; a broken link is an error")
    building.add_argument("--to", type=Path, default=Path("output/site"), help="output/site")
    commands.add_parser("settings", help="write docs/settings.md from the tap's settings")
    drawing = commands.add_parser("diagrams", help="draw the diagrams of the pages as SVG")
    drawing.add_argument("--mermaid", type=Path, required=True, help="mermaid.min.js")
    drawing.add_argument("--chromium", default="chromium", help="the browser that draws")
    commands.add_parser("terminal", help="draw the terminal of a run as SVG")
    options = parser.parse_args()
    if options.command == "build":
        build.build(options.to)
    elif options.command == "settings":
        settings.PAGE.write_text(settings.page(), encoding="utf-8")
    elif options.command == "terminal":
        terminal.record()
    else:
        diagrams.draw(options.mermaid, options.chromium)


if __name__ == "__main__":
    main()
