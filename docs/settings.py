"""Writes what is said of the settings, as bot/settings.py has it: the table in README.md, and .env.example.

.venv/bin/python -m docs.settings
"""

import re
from pathlib import Path
from typing import Final

from pydantic.fields import FieldInfo

from bot.settings import Settings

ROOT: Final = Path(__file__).parents[1]
README: Final = ROOT / "README.md"
EXAMPLE: Final = ROOT / ".env.example"
_HEAD: Final = (
    "# Copy to .env and change what you need. The environment wins over this file; "
    "a line left out keeps the value shown here.\n"
)
_TABLE: Final = re.compile(r"^\| setting \|.*?\n(?=\n)", re.MULTILINE | re.DOTALL)


def table() -> str:
    """The settings as a table in Markdown."""
    rows = ["| setting | default | what it is |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        default = f"`{_default(field)}`" if _default(field) else ""
        rows.append(f"| `{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows) + "\n"


def example() -> str:
    """A file for an operator to copy, in which every setting has the value that it has anyway."""
    blocks = [_HEAD]
    for name, field in Settings.model_fields.items():
        assert isinstance(field.json_schema_extra, dict)  # noqa: S101 - every field has one
        make = field.json_schema_extra.get("make")
        comment = f"# {field.description}\n" + (f"# Make one with: {make}\n" if make else "")
        blocks.append(f"{comment}#{name.upper()}={_default(field)}\n")
    return "\n".join(blocks)


def _default(field: FieldInfo) -> str:
    match field.default:
        case bool(on):
            return "on" if on else "off"
        case None | () | frozenset():
            return ""
    return str(field.default)


if __name__ == "__main__":
    README.write_text(_TABLE.sub(lambda _: table(), README.read_text(encoding="utf-8")), encoding="utf-8")
    EXAMPLE.write_text(example(), encoding="utf-8")
