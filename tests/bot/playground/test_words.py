"""The page's own words: the same in both languages, none missing and none too many; and the charts' colours."""

import re
from pathlib import Path

from bot.playground import server
from bot.playground.faults import SWITCHES
from bot.story import LESSONS
from ml.emotions import COLOURS, LABELS
from ml.text import is_held_out

PAGE = Path(server.__file__).with_name("page")
WORDS = (PAGE / "words.js").read_text(encoding="utf-8")


def words(language: str) -> dict[str, str]:
    block = re.search(rf"^  {language}: {{$(.*?)^  }},$", WORDS, re.DOTALL | re.MULTILINE)
    assert block
    return dict(re.findall(r'^    "([\w-]+)": "(.*)",$', block[1], re.MULTILINE))


def test_both_languages_say_the_same_things_with_the_same_values() -> None:
    english, russian = words("en"), words("ru")
    assert english.keys() == russian.keys()
    for key, text in english.items():
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", russian[key])), key
        assert not re.search("[а-я]", text), key


def test_no_word_is_missing_and_none_too_many() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in PAGE.iterdir() if path.name != "words.js")
    story = Path(server.__file__).parents[1].joinpath("story.py").read_text(encoding="utf-8")
    said = set(re.findall(r'say\("([\w-]+)"', source)) | set(re.findall(r'data-(?:word|label)="([\w-]+)"', source))
    said |= {f"{name}{more}" for name in SWITCHES for more in ("", "-hint")}
    assert said <= words("en").keys()
    for name in words("en").keys() - said:
        assert f'"{name}"' in source or f'"{name.removeprefix("scene-")}"' in story, name


def test_the_emotions_have_the_colours_that_they_have_everywhere() -> None:
    style = (PAGE / "style.css").read_text(encoding="utf-8")
    for label, colour in zip(LABELS, COLOURS, strict=True):
        assert f"--{label}: {colour};" in style
        assert f".of-{label} {{ background: var(--{label}); }}" in style


def test_enough_of_the_storys_lessons_may_train() -> None:
    assert sum(not is_held_out(text) for text, _ in LESSONS) >= 6
