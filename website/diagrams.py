"""The Mermaid diagrams of the pages, drawn beforehand: one SVG for each, named by its source.

A page keeps the source, which GitHub draws itself. A changed source has another name, so a drawing
can be missing, but never be out of date.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

DOCS = Path(__file__).parents[1] / "docs"
DRAWN = DOCS / "diagrams"
SOURCE = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HOW = "npm install mermaid, then python -m website diagrams --mermaid PATH/mermaid.min.js"
PAGE = """\
<meta charset="utf-8"><pre id="out"></pre><script src="{script}"></script><script>
mermaid.initialize({{startOnLoad: false, theme: "neutral", htmlLabels: false,
  fontFamily: "sans-serif", flowchart: {{htmlLabels: false, useMaxWidth: true}}}});
(async () => {{
  const drawn = {{}};
  for (const [name, source] of Object.entries({sources}))
    drawn[name] = (await mermaid.render("d" + name.split(".")[0], source)).svg;
  document.getElementById("out").textContent = btoa(unescape(encodeURIComponent(JSON.stringify(drawn))));
}})();
</script>"""


def name(source: str) -> str:
    """Return the name of a diagram's file."""
    return hashlib.sha256(source.encode()).hexdigest()[:12] + ".svg"


def sources() -> dict[str, str]:
    """Return the diagrams of all pages, by the names of their files."""
    pages = sorted(DOCS.glob("*.md"))
    found = [text for page in pages for text in SOURCE.findall(page.read_text(encoding="utf-8"))]
    return {name(source): source for source in found}


def pictured(text: str) -> str:
    """Return a page with a picture in place of each diagram's source."""
    return SOURCE.sub(lambda match: f"![diagram](diagrams/{name(match[1])})", text)


def draw(mermaid: Path, chromium: str) -> None:
    """Draw every diagram anew with Mermaid in a browser, and remove what no page shows."""
    with TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        script = mermaid.resolve().as_uri()
        page.write_text(PAGE.format(script=script, sources=json.dumps(sources())), encoding="utf-8")
        command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
        command += ["--virtual-time-budget=60000", f"--user-data-dir={folder}", page.as_uri()]
        dumped = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    text = re.search(r'<pre id="out">([\w+/=]+)</pre>', dumped.stdout)
    if text is None:
        message = "Mermaid drew nothing: is a diagram's source wrong?"
        raise SystemExit(message)
    drawn = json.loads(base64.b64decode(text[1]))
    DRAWN.mkdir(exist_ok=True)
    for old in DRAWN.glob("*.svg"):
        old.unlink()
    for file, svg in drawn.items():
        (DRAWN / file).write_text(svg + "\n", encoding="utf-8")
