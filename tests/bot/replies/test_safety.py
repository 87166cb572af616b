"""Who is told where help is found: those who need it, and nobody who only exaggerates."""

import re
from pathlib import Path

import pytest

from bot.replies.safety import SHIPPED, SafetyError, load
from bot.replies.texts import LANGUAGES

SHIPPED_SAFETY = load(SHIPPED)

IN_DANGER = (
    "I want to die",
    "i just... WANNA DIE!!!",
    "I\u2019m going to kill myself tonight",
    "I don't want to live anymore",
    "I dont want to live",
    "everyone would be better off without me",
    "can't stop thinking about suicide",
    "I keep hurting myself",
    "I laughed so much today, and still I wish I was dead",
    "This essay is killing me and I want to end my life",
    "I want to die of shame. No, I want to die.",
    "Хочу умереть",
    "Я больше не хочу жить",
    "жить не хочется совсем",
    "хочу свести счеты с жизнью",
    "Мне кажется, всем будет лучше без меня...",
)
HARMLESS = (
    "this homework is killing me",
    "I could kill for a coffee",
    "dying of laughter",
    "I want to die of embarrassment lol",
    "i wanna die laughing",
    "I don't want to die",
    "I don't want to live in this city any longer",
    "I've been killing myself over this essay",
    "I'd die for that cake",
    "so cute I could die",
    "my phone died",
    "I cut myself shaving",
    "I hurt myself at the gym",
    "I shot myself in the foot with that mail",
    "always ready to shoot myself in the foot",
    "we watched Suicide Squad",
    "he took his own life in the film",
    "this deadline will be the death of me",
    "kill it, myself and Tom will clean up",
    "hang on, I'll do it myself",
    "умираю от смеха",
    "хочу умереть от стыда",
    "не хочу жить в этом городе",
    "не хочу умереть",
    "ты меня убиваешь",
    "убила бы за кофе",
    "😂" * 50,
    "",
)


@pytest.mark.parametrize("text", IN_DANGER)
def test_plain_words_are_found(text: str) -> None:
    help_ = SHIPPED_SAFETY.look(text)
    assert help_ is not None
    assert set(help_) == set(LANGUAGES)


@pytest.mark.parametrize("text", HARMLESS)
def test_exaggeration_is_left_alone(text: str) -> None:
    assert SHIPPED_SAFETY.look(text) is None


def test_help_is_short_calm_and_names_where_it_is() -> None:
    help_ = SHIPPED_SAFETY.look(IN_DANGER[0])
    assert help_ is not None
    for text in help_.values():
        assert "112" in text
        assert "findahelpline.com" in text
        assert len(text) < 300
        assert not re.search(r"[!\U0001f300-\U0001faff]", text)


def test_an_operators_file_says_it_all(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        "[en]\nhelp = 'Call <Ana> & Ben.'\nphrases = ['Feel Blue!']\nharmless = ['feel blue sky']\n"
        "[ru]\nhelp = 'Да.'\n[de]\nphrases = ['ganz schlimm']\n",
        encoding="utf-8",
    )
    own = load(path)
    assert own.look("I feel... blue") == {"en": "Call &lt;Ana&gt; &amp; Ben.", "ru": "Да."}
    assert own.look("es ist ganz schlimm") is not None
    assert own.look("to feel blue sky above") is None
    assert own.look("I want to die") is None


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("[en", "can't be read"),
        ("\xff", "can't be read"),
        ("[en]\nhelp = 'x'", "[ru] has no help"),
        ("[en]\nhelp = ''\n[ru]\nhelp = 'x'", "[en] has no help"),
        ("[en]\nhelp = 'x'\nphrases = 'kill'\n[ru]\nhelp = 'x'", "phrases of [en] is not a list of phrases"),
        ("[en]\nhelp = 'x'\n[ru]\nhelp = 'x'\nharmless = ['?']", "harmless of [ru] is not a list of phrases"),
        ("en = 1\n[ru]\nhelp = 'x'", "[en] has no help"),
        ("de = 1\n[en]\nhelp = 'x'\n[ru]\nhelp = 'x'", "phrases of [de] is not a list of phrases"),
    ],
)
def test_a_file_that_lacks_something_is_refused_in_one_line(tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(content, encoding="latin-1")
    with pytest.raises(SafetyError) as raised:
        load(path)
    assert complaint in str(raised.value)
    assert str(path) in str(raised.value)
