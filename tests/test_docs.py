"""What the documentation says is there, is there: files, links, commands, settings, and every room on the map."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.console import as_line
from bot.settings import Settings
from docs import licences, settings
from ml.bundle import SHIPPED, Bundle
from ml.classifier import Classifier

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "SECURITY.md",
    ROOT / "tests" / "fuzz" / "README.md",
    ROOT / "ml" / "shipped" / "NOTICE.md",
    *sorted(ROOT.glob("docs/*.md")),
]
README = ROOT / "README.md"
CARD = ROOT / "docs" / "model-card.md"
MAP = ROOT / "docs" / "architecture.md"

_LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)")
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(
    r"(?:bot|ml|tests|docs|benchmarks|migrations|\.github)/[\w./-]*\w|[\w.-]+\.(?:md|toml|ya?ml|txt|example)|[DM]\w+file"
)
_TEST = re.compile(r"(tests/[\w/]+\.py)::(\w+)")
_SETTING = re.compile(r"([A-Z]+(?:_[A-Z]+)+)(?:=.*)?")

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def code_of(page: Path) -> list[str]:
    """Lines of shell in blocks, without their comments, and what stands between back ticks."""
    text = text_of(page)
    lines = [line for kind, block in _BLOCK.findall(text) if kind in ("sh", "") for line in block.splitlines()]
    return [line.partition(" #")[0].strip() for line in lines] + _SPAN.findall(_BLOCK.sub("", text))


def said(text: str) -> str:
    """What `feelback classify` says of a text, without the share."""
    line = as_line(text, Classifier(Bundle.load(SHIPPED)).read(text))
    return re.split(r" +(?:\d+%|–) ", line)[0]


def anchors_of(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pages
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for path, anchor in _LINK.findall(text_of(page)):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        assert not anchor or anchor in anchors_of(target), f"{path}#{anchor}"


def test_every_picture_is_small_and_shown() -> None:
    pictures = list((ROOT / "docs" / "images").iterdir())
    shown = {(page.parent / path).resolve() for page in PAGES for path, _ in _LINK.findall(text_of(page))}
    assert set(pictures) <= shown
    assert max(picture.stat().st_size for picture in pictures) < 200_000


@pages
def test_every_file_that_is_named_exists(page: Path) -> None:
    for code in code_of(page):
        if _PATH.fullmatch(code):
            assert (ROOT / code).exists() or (page.parent / code).exists(), code


@pages
def test_every_test_that_is_named_exists(page: Path) -> None:
    for code in code_of(page):
        if match := _TEST.fullmatch(code):
            assert f"def {match[2]}(" in text_of(ROOT / match[1]), code


def test_every_threat_names_the_test_that_holds_it() -> None:
    rows = re.findall(r"^\| (?!threat|---)(.*) \|$", text_of(ROOT / "SECURITY.md"), re.MULTILINE)
    unheld = [row.split(" | ")[0] for row in rows if not _TEST.search(row)]
    assert unheld == ["a dependency is replaced or unsafe"]


def test_the_licence_of_every_dependency_is_listed() -> None:
    """`python -m docs.licences` writes the page; what is installed differs a little by Python's version."""
    assert set(licences.page().splitlines()) <= set(text_of(licences.PAGE).splitlines())


@pages
def test_every_setting_that_is_named_exists(page: Path) -> None:
    for code in code_of(page):
        if match := _SETTING.fullmatch(code):
            of_compose = f"${{{code}:" in text_of(ROOT / "compose.yaml")
            assert of_compose or match[1].lower() in Settings.model_fields, code


@pages
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([\w./-]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    for code in code_of(page):
        if code.startswith("make "):
            assert {word for word in code.split()[1:] if "=" not in word} <= targets, code


@pages
def test_every_command_that_is_named_exists_with_its_options(page: Path) -> None:
    for code in code_of(page):
        if code.startswith("feelback "):
            result = CliRunner().invoke(app, [*shlex.split(code)[1:], "--help"])
            assert result.exit_code == 0, f"{code}: {result.output}"


def test_every_command_is_told() -> None:
    told = {code.split()[1] for page in PAGES for code in code_of(page) if code.startswith("feelback ")}
    assert {command.callback.__name__ for command in app.registered_commands if command.callback} <= told


def test_the_changelog_names_the_newest_migration() -> None:
    newest = max(path.name[:4] for path in (ROOT / "migrations" / "versions").glob("*.py"))
    assert f" to {newest}." in text_of(ROOT / "CHANGELOG.md").split("\n## ")[1]


def test_the_privacy_policy_promises_what_the_settings_keep() -> None:
    _, english, russian = text_of(ROOT / "docs" / "privacy-policy.md").split("\n## ")
    for text, days in ((english, "days"), (russian, "дней")):
        flowing = " ".join(text.split())
        for name in ("keep_readings", "keep_texts"):
            assert f" {Settings.model_fields[name].default} {days}" in flowing


def test_settings_are_told_as_the_code_has_them() -> None:
    """`python -m docs.settings` writes both."""
    assert settings.table() in text_of(README)
    assert settings.example() == text_of(settings.EXAMPLE)


def test_messages_are_read_as_the_readme_shows() -> None:
    (shown,) = (block for kind, block in _BLOCK.findall(text_of(README)) if kind == "console")
    answers = [line for line in shown.splitlines() if not line.startswith("$ ")]
    texts = [text for line in shown.splitlines() for text in re.findall(r'"([^"]*)"', line)]
    assert [said(text) for text in texts] == [line.split("  ")[0].strip() for line in answers]


def test_messages_are_read_as_wrongly_as_the_model_card_says() -> None:
    table = text_of(CARD).split("## What it gets wrong")[1].split("\n#")[0]
    rows = re.findall(r"^\| [^|]* \| ([^|]+) \| [^|]+ \| ([^|]+) \|$", table, re.MULTILINE)[2:]
    assert {text: said(text) for text, _ in rows} == dict(rows)


def test_every_module_is_on_the_map_and_nothing_else() -> None:
    (block,) = (block for kind, block in _BLOCK.findall(text_of(MAP)) if kind == "text")
    modules = {
        path.relative_to(ROOT).as_posix()
        for room in ("bot", "ml", "benchmarks")
        for path in (ROOT / room).rglob("*.py")
        if path.name != "__init__.py"
    }
    assert set(on_the_map(block)) == modules


def on_the_map(block: str) -> Iterator[str]:
    """The modules in a block of rooms, each followed by its indented modules."""
    room = ""
    for line in block.splitlines():
        name = line.split()[0]
        if not line.startswith(" "):
            room = name
        elif name.endswith(".py"):
            yield room + name
