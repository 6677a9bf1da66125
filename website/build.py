"""The site from `docs/`: links into the code lead to the repository, diagrams are pictures."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

from . import diagrams

ROOT = Path(__file__).parents[1]
ZENSICAL = "zensical>=0.0.73,<0.2"
LINK = re.compile(r"\]\((\.\./[^)#\s]*)(#[^)]*)?\)")


def outward(text: str, repository: str) -> str:
    """Return a page whose links out of `docs/` lead to the repository.

    Args:
        text: The page, in Markdown.
        repository: The address of the repository's files.

    Raises:
        FileNotFoundError: A link leads nowhere.
    """

    def replaced(match: re.Match[str]) -> str:
        path = (ROOT / "docs" / match[1]).resolve()
        if not path.exists():
            message = f"a link leads nowhere: {match[1]}"
            raise FileNotFoundError(message)
        return f"]({repository}/{path.relative_to(ROOT).as_posix()}{match[2] or ''})"

    return LINK.sub(replaced, text)


def build(to: Path) -> None:
    """Write the site; every warning of the generator, such as a broken link, ends it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    repository = f"{project['urls']['Repository']}/blob/main"
    with TemporaryDirectory() as folder:
        source = Path(folder) / "docs"
        shutil.copytree(ROOT / "docs", source)
        for page in source.glob("*.md"):
            text = outward(page.read_text(encoding="utf-8"), repository)
            page.write_text(diagrams.pictured(text), encoding="utf-8")
        shutil.copy(ROOT / "zensical.toml", folder)
        uv = str(Path(sys.executable).parent / "uv")
        subprocess.run(  # noqa: S603 -- uv
            [uv, "tool", "run", "-q", "--from", ZENSICAL, "zensical", "build", "--strict"],
            cwd=folder,
            env={**os.environ, "NO_COLOR": "1"},
            check=True,
        )
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(Path(folder) / "site", to)
