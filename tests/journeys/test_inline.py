"""`@feelback_bot text`, in any chat, offers the text with its reading, and leaves no trace."""

from sqlalchemy import Connection, func, select

from bot.playground.chats import InlineQuery
from bot.playground.person import Person
from bot.storage.tables import metadata

from .conftest import House

HAPPY = "i am so happy & thankful <today>"


async def rows(house: House) -> dict[str, int]:
    """How many rows each table has."""

    def count(connection: Connection) -> dict[str, int]:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in metadata.tables.items()
        }

    return await house.database.read(count)


def titles(query: InlineQuery) -> list[str]:
    """What is offered."""
    return [result.title for result in query.results]


async def test_the_text_is_offered_with_its_reading_and_nothing_is_stored(
    house: House, ana: Person, ben: Person
) -> None:
    group = house.playground.telegram.group
    await ben.hears(await ben.writes("i am happy"))
    before = await rows(house)
    query = await ana.among(group).asks(HAPPY)
    (result,) = query.results
    assert result.title.startswith("😊 Joy ▰")
    assert result.description == HAPPY
    sent = await ana.among(group).chooses(query)
    assert sent.text.startswith(f"{HAPPY}\n\n😊 Joy ▰")
    assert sent.buttons == []
    await ben.hears(await ben.writes("i am happy"))
    assert not [message for message in group.messages.values() if message.from_bot]
    after = await rows(house)
    assert after.pop("claims") > before.pop("claims")
    assert after == before | {"readings": 2, "floods": 2}  # Ben's, and how much either wrote in this minute


async def test_what_is_unsure_is_offered_in_words_and_what_cannot_be_read_is_not(house: House, dana: Person) -> None:
    assert titles(await dana.asks("the meeting is on tuesday at 3 in room 12")) == ["😐 Явной эмоции здесь не слышу."]
    for text in ("", "  ", "Сегодня чудесный день", "@someone"):
        assert titles(await dana.asks(text)) == []


async def test_it_has_a_flood_limit_of_its_own(house: House, ana: Person, ben: Person) -> None:
    await house.stop()
    await house.start(inline_a_minute=2, messages_a_minute=1)
    assert all([titles(await ana.asks(f"i am happy {number}")) for number in range(2)])
    assert titles(await ana.asks("i am happy")) == []
    ignored = house.playground.telegram.ask(ana.id, "i am happy", by=ana.user)
    assert (await ana.hears(await ana.writes("i am happy"))).text.startswith("😊 Joy")
    assert not ignored.answered
    assert titles(await ben.asks("i am happy"))
