"""The demo's own conversation, with the real bot; and what the demo shows of what is stored."""

import asyncio
from itertools import groupby
from typing import Any

from bot.inspector import Inspector
from bot.playground.person import Person
from bot.playground.server import Playground
from bot.storage.vault import Vault
from bot.story import STEPS, Story
from ml.emotions import LABELS
from ml.text import is_held_out

from .conftest import House, shows

SAD = "nobody called on my birthday"
assert not is_held_out(SAD)


async def played(playground: Playground) -> list[dict[str, Any]]:
    """Every scene from the beginning of the story to its end."""
    scenes: list[dict[str, Any]] = []
    with playground.telegram.follow() as events:
        playground.play(on=True)
        playground.play(on=True)  # a second press changes nothing
        async with asyncio.timeout(60):
            while (event := await events.get()) and (event["type"] != "scene" or event["scene"]):
                if event["type"] == "scene":
                    scenes.append(event["scene"])
    return scenes


async def test_the_story_plays_to_its_end_and_again(house: House) -> None:
    house.playground.story = Story(pace=0)
    for _ in range(2):
        scenes = await played(house.playground)
        names = [name for name, _ in groupby(scene["name"] for scene in scenes) if name != "known"]
        expected = [
            "hello",
            "misread",
            "correct",
            "consent",
            "friend",
            "friend-russian",
            "retrain",
            "verdict",
            "better",
            "not-yet",
        ]
        assert [name for name, _ in groupby(names)] == expected[:3] + expected[3 if "consent" in names else 4 :]
        steps = [scene["step"] for scene in scenes]
        assert steps == sorted(steps)
        assert (steps[0], steps[-1]) == (0, STEPS - 1)
        assert {scene["person"] for scene in scenes} == {"Ana", "Ben", "Chen", "Ada", "Dana"}


async def test_the_story_ends_when_it_is_told_to(house: House) -> None:
    await house.stop()
    house.playground.story = Story(pace=0)
    playing = asyncio.create_task(played(house.playground))
    await asyncio.sleep(0)
    house.playground.play(on=False)
    await playing


async def test_what_is_stored_is_told(house: House, ana: Person, ben: Person) -> None:
    vault = Vault([key.get_secret_value() for key in house.settings.text_keys])
    inspector = Inspector(house.database, vault)
    assert await inspector(ana.id, 1, "en") is None
    message = await ana.writes(SAD)
    reply = await ana.hears(message)
    before = await inspector(ana.id, message.id, "en")
    assert before is not None
    assert [share["key"] for share in before["shares"]] == list(LABELS[:-1])
    assert abs(sum(share["share"] for share in before["shares"]) - 1) < 1e-6
    assert (before["model"], before["opinions"], before["kept"]) == (1, [], False)

    await ana.taps(reply, "Surprise")
    await ana.sees(shows(reply, "May I keep"))
    asked = await inspector(ana.id, message.id, "ru")
    assert asked is not None
    (opinion,) = asked["opinions"]
    assert (opinion["name"], opinion["person"], opinion["weight"], asked["kept"]) == ("Удивление", ana.id, None, False)

    await ana.taps(reply, "Yes")
    await ana.sees(shows(reply, "I'll learn from it"))
    kept = await inspector(ana.id, reply.id, "en")
    assert kept is not None
    (opinion,) = kept["opinions"]
    assert kept["kept"]
    assert (opinion["confirms"], opinion["weight"]) == (False, 1.0)
    assert SAD not in str(kept)

    await ana.taps(reply, "Undo")
    await ana.sees(lambda _: len(reply.buttons) > 1)
    undone = await inspector(ana.id, reply.id, "en")
    assert undone is not None
    assert ([one["undone"] for one in undone["opinions"]], undone["kept"]) == ([True], False)
