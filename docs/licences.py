"""Writes docs/licences.md: the licences of what is installed beside the project's own code.

python -m docs.licences
"""

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "licences.md"
_HEAD: Final = """\
# Licences of the dependencies

What the two images hold beside the project's own code, as their packages state it. `python -m docs.licences` writes
this page. The licences of the model and of its data are in [model-card.md](model-card.md).

| package | licence | needed to |
| --- | --- | --- |
"""
_LONGEST: Final = 40


def names(requirements: str) -> set[str]:
    """The packages that a file of pinned requirements names."""
    return set(re.findall(r"^([\w.-]+)==", (ROOT / requirements).read_text(encoding="utf-8"), re.MULTILINE))


def licence(package: str) -> str | None:
    """The licence of a package; None where it is not installed here."""
    try:
        stated = metadata(package).json
    except PackageNotFoundError:
        return None
    classified = [str(each).rpartition(" :: ")[2] for each in stated.get("classifier", ()) if "License ::" in str(each)]
    told = str(stated.get("license_expression") or stated.get("license") or "")
    if not told or len(told) > _LONGEST or "\n" in told:
        told = ", ".join(classified) or told.strip().partition("\n")[0]
    return told or "not stated"


def page() -> str:
    """The page."""
    serve, train = names("requirements-serve.txt"), names("requirements-train.txt")
    rows = [
        f"| {package} | {told} | {'serve' if package in serve else 'train'} |"
        for package in sorted(serve | train)
        if (told := licence(package)) is not None
    ]
    return _HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
