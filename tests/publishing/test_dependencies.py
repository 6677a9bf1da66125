"""What the tap depends on: no version with a published advisory, and every licence listed."""

from __future__ import annotations

import tomllib

import pytest
from packaging.requirements import Requirement

from tests.support.licences import licences
from tests.support.paths import DOCS, ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
ALLOWED = {needed.name: needed.specifier for needed in map(Requirement, PROJECT["dependencies"])}


@pytest.mark.parametrize(
    ("name", "affected"),
    [
        ("certifi", "2024.6.2"),  # CVE-2024-39689
        ("click", "8.3.2"),  # CVE-2026-7246, which its makers dispute
        ("fsspec", "2026.5.0"),  # CVE-2026-104851
        ("idna", "3.14"),  # CVE-2026-45409
        ("jinja2", "3.1.5"),  # CVE-2025-27516
        ("jsonpath-ng", "1.7.0"),  # CVE-2025-56005, of ply that it brings
        ("pygments", "2.19.2"),  # CVE-2026-4539
        ("python-dotenv", "1.2.1"),  # CVE-2026-28684
        ("pyyaml", "5.3.1"),  # CVE-2020-14343
        ("requests", "2.32.5"),  # CVE-2026-25645
        ("simpleeval", "1.0.4"),  # CVE-2026-32640
        ("urllib3", "2.7.0"),  # CVE-2026-97687, CVE-2026-97688, CVE-2026-97689
    ],
)
def test_the_last_version_that_an_advisory_names_is_not_allowed(name: str, affected: str) -> None:
    assert affected not in ALLOWED[name]


def test_the_licence_of_everything_that_is_installed_is_listed() -> None:
    page = (DOCS / "licences.md").read_text("utf-8")
    assert [name for name in licences() if f"| {name} |" not in page] == []
    assert "not said" not in page


def test_an_audit_of_nothing_fails() -> None:
    """Without `--strict`, versions that the service does not know pass."""
    lines = (ROOT / ".github/workflows/test.yml").read_text("utf-8").splitlines()
    audits = [line for line in lines if "pip-audit~" in line]
    assert len(audits) == 2
    assert all("--strict" in line for line in audits)
