"""The container image and the compose file: what they promise, and a run if one can build."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLE = ROOT / "examples" / "airflow"
COMPOSE: dict[str, Any] = yaml.safe_load((EXAMPLE / "compose.yaml").read_text(encoding="utf-8"))
IMAGE = "tap-analytics-test"
DOCKERFILES = [ROOT / "Dockerfile", EXAMPLE / "Dockerfile"]


BUILD = {
    "docker": ("docker", "build", "-q", "-t"),
    "podman": ("podman", "build", "-q", "-t"),
    # Without a service, and without rights over namespaces: BUILDAH_ISOLATION=chroot is enough.
    "buildah": ("buildah", "build", "--layers", "-q", "-t"),
}


def builder() -> str | None:
    """Return the name of a program that builds images here, if there is one."""
    for name in BUILD:
        if shutil.which(name) and not run(name, "info").returncode:
            return name
    return None


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program; return what it wrote."""
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_an_image_is_slim_and_does_not_run_as_root(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert all(base.endswith("-slim") for base in re.findall(r"^FROM (\S+)", text, re.MULTILINE))
    last = text[text.rindex("FROM ") :]
    assert re.findall(r"^USER (\d+)", last, re.MULTILINE)[-1] != "0"
    assert last.rindex("USER ") > (last.rindex("RUN ") if "RUN " in last else 0)


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_what_an_image_copies_is_there_and_not_ignored(path: Path) -> None:
    allowed = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    copied = [
        source
        for line in re.findall(
            r"^COPY (?!--from)(.*)", path.read_text(encoding="utf-8"), re.MULTILINE
        )
        for source in line.split()[:-1]
        if not source.startswith("--")
    ]
    assert copied
    for source in copied:
        assert (ROOT / source).exists(), source
        assert any(source == entry or source.startswith(f"{entry}/") for entry in allowed), source


def test_every_service_of_the_compose_file_that_is_named_is_defined() -> None:
    services = COMPOSE["services"]
    assert set(services) == {
        *("postgres", "redis", "init", "api-server", "scheduler", "dag-processor", "worker")
    }
    for service in services.values():
        assert "image" in service
        assert set(service.get("depends_on", {})) <= set(services)
        for config in service.get("configs", []):
            assert config["source"] in COMPOSE["configs"]
    assert (EXAMPLE / services["worker"]["build"]["context"]).resolve() == ROOT
    assert (ROOT / services["worker"]["build"]["dockerfile"]).exists()


def test_the_compose_file_cures_what_breaks_a_cluster() -> None:
    settings = COMPOSE["services"]["worker"]["environment"]
    assert settings["MELTANO_DATABASE_URI"].startswith("postgresql+psycopg://")
    visible = int(settings["AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT"])
    dag = (EXAMPLE / "dags" / "many_connections.py").read_text(encoding="utf-8")
    (hours,) = re.findall(r"execution_timeout=timedelta\(hours=(\d+)\)", dag)
    assert visible > int(hours) * 3600
    wanted = set(re.findall(r"\$\{(\w+):\?\}", (EXAMPLE / "compose.yaml").read_text()))
    example = (EXAMPLE / ".env.example").read_text(encoding="utf-8")
    assert wanted == set(re.findall(r"^([A-Z_]+)=$", example, re.MULTILINE))
    accounts = yaml.safe_load((EXAMPLE / "connections.yml").read_text())["accounts"]
    named = set(re.findall(r"^AIRFLOW_CONN_([A-Z_]+)=", example, re.MULTILINE))
    assert named == {"WAREHOUSE", *(name.upper() for name in accounts)}


@pytest.mark.slow
def test_the_image_is_built_and_loads_the_sandbox_as_no_root(tmp_path: Path) -> None:
    program = builder()
    if program is None:
        pytest.skip(f"nothing that builds images answers here ({', '.join(BUILD)})")
    built = run(*BUILD[program], IMAGE, ROOT)
    assert built.returncode == 0, built.stdout + built.stderr
    select = 'TAP_ANALYTICS__SELECT=["buyers.*"]'
    if program == "buildah":
        # It has neither entry point nor volume: here is what the other two take from the image.
        container = run("buildah", "from", IMAGE).stdout.strip()
        script = (
            "meltano run tap-analytics target-jsonl && id -u && cat output/buyers-*.jsonl | wc -l"
        )
        ran = run("buildah", "run", "--env", select, container, "--", "sh", "-c", script)
        run("buildah", "rm", container)
        assert ran.stdout.split()[-2:] == ["10001", "1000"], ran.stdout + ran.stderr
        return
    tmp_path.chmod(0o777)
    volume = f"{tmp_path}:/project/output"
    ran = run(program, "run", "--rm", "--network=none", "-e", select, "-v", volume, IMAGE)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (loaded,) = tmp_path.glob("buyers-*.jsonl")
    assert len(loaded.read_text(encoding="utf-8").splitlines()) == 1000
    assert loaded.stat().st_uid == 10001
