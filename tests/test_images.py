"""The images, as far as that shows without a container engine: what they hold is enough, and no root runs them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from bot.cli import app
from bot.settings import Settings

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
OURS = ("bot", "trainer", "migrate")


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A folder with what the image's /app has, and nothing else of the project."""
    for source in re.findall(r"^COPY (\w+) /app", DOCKERFILE, re.MULTILINE):
        shutil.copytree(ROOT / source, tmp_path / "app" / source, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path / "app")
    return tmp_path / "app"


def test_what_an_image_holds_is_enough_to_migrate_and_to_look_after_itself(image: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(image),
        "DATABASE_URL": f"sqlite:///{data}/feelback.db",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    before = sorted(image.rglob("*"))
    for command, said in (("migrate", "The database is up to date"), ("doctor", "TELEGRAM_BOT_TOKEN")):
        done = subprocess.run(
            [sys.executable, "-m", "bot", command],
            cwd=data,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
        )
        assert said in done.stdout + done.stderr
    assert sorted(image.rglob("*")) == before, "all of it may be read-only"
    assert (data / "feelback.db").exists()


def test_every_stage_ends_as_nobody_and_starts_without_a_shell() -> None:
    stages = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]
    assert [stage.split()[2] for stage in stages] == ["serve", "train"]
    for stage in stages:
        assert re.findall(r"^USER (\d+)$", stage, re.MULTILINE)[-1] == "10001"
    assert re.findall(r"^(?:ENTRYPOINT|CMD) (.)", DOCKERFILE, re.MULTILINE) == ["[", "["]


@pytest.mark.parametrize("name", OURS)
def test_a_service_of_ours_is_confined_and_runs_a_command_that_exists(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert f"FROM {'python' if service['build']['target'] == 'serve' else 'serve'}" in DOCKERFILE
    assert set(service["environment"]) <= {setting.upper() for setting in Settings.model_fields}
    for command in service.get("command", ["run"]):
        assert CliRunner().invoke(app, [command, "--help"]).exit_code == 0
