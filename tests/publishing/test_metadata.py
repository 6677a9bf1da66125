"""Versions, Python releases and workflows: what is stated in several places agrees."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import tap_analytics
from tests.support.fetched import fetched
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def test_the_version_stands_in_one_place() -> None:
    assert "version" in PROJECT["dynamic"]
    assert tap_analytics.__version__ == version("tap-analytics")


def test_what_is_declared_of_python_is_what_is_tested() -> None:
    declared = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text())
    assert workflow["jobs"]["test"]["strategy"]["matrix"]["python"] == declared
    (local,) = re.findall(r"for version in ([\d. ]+);", (ROOT / ".ci" / "run").read_text())
    assert local.split() == declared
    assert PROJECT["requires-python"] == f">={declared[0]}"


def test_the_example_projects_want_the_meltano_that_is_tested() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (meltano,) = [d for d in groups["dependency-groups"]["run"] if "meltano" in d]
    for path in ("meltano.yml", "examples/airflow/meltano/meltano.yml"):
        required = yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))["requires_meltano"]
        assert re.findall(r"\d+\.\d+", required)[0] in meltano


def test_only_the_job_that_publishes_may_prove_who_it_is() -> None:
    jobs: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())[
        "jobs"
    ]
    allowed = {name for name, job in jobs.items() if "id-token" in job["permissions"]}
    assert allowed == {"publish"}
    assert jobs["publish"]["needs"] == "build"
    assert jobs["build"]["needs"] == "test"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_to_a_commit_and_the_release_is_named(path: Path) -> None:
    used = re.findall(r"uses: (\S+)(.*)", path.read_text(encoding="utf-8"))
    assert used
    for action, comment in used:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action


def test_zizmor_finds_nothing_in_the_workflows() -> None:
    options = ["--offline", "--persona=pedantic", "--format=json", ".github"]
    command = [*fetched("zizmor~=1.32", "zizmor"), *options]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert run.returncode == 0, run.stderr + run.stdout
    assert json.loads(run.stdout) == []
