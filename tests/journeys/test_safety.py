"""Somebody writes of hurting themselves: they are told where help is found, and nothing is stored about it."""

from pathlib import Path

from sqlalchemy import Connection, select

from bot.playground.person import Person
from bot.storage.tables import metadata

from .conftest import House, says, shows

DANGER = "i feel so alone and sad, i want to die"
HELP = "findahelpline.com"


async def test_help_stays_under_the_reading_whatever_is_tapped(house: House, ana: Person, png: bytes) -> None:
    reply = await ana.hears(await ana.writes(DANGER))
    assert "Sadness" in reply.text
    assert HELP in reply.text
    await ana.taps(reply, "Fear")
    await ana.sees(shows(reply, "Fear", "May I keep", HELP))
    await ana.taps(reply, "No")
    await ana.sees(shows(reply, "no text is kept", HELP))
    await ana.taps(reply, "Undo")
    await ana.sees(shows(reply, "Sadness", HELP))
    caption = await ana.hears(await ana.sends("photo", png, "i want to die xqzzv zzqxv vxqqz qzzvx"))
    assert caption.text.startswith("That sounds heavy.")
    assert caption.buttons == []


async def test_an_edit_brings_it_and_takes_it_away(house: House, ana: Person, dana: Person) -> None:
    message = await ana.writes("i feel so alone and sad")
    reply = await ana.hears(message)
    assert HELP not in reply.text
    await ana.edits(message, DANGER)
    await ana.sees(shows(reply, HELP))
    await ana.edits(message, "i feel so alone and sad, this homework is killing me")
    await ana.sees(lambda chat: HELP not in reply.text)
    russian = await dana.hears(await dana.writes("Не хочу больше жить"))
    assert russian.text.startswith("Похоже, вам очень тяжело.")


async def test_who_writes_too_much_is_told_all_the_same(house: House, ana: Person) -> None:
    await house.stop()
    await house.start(messages_a_minute=1)
    first = await ana.writes("i am so happy and thankful today")
    await ana.hears(first)
    await ana.writes(DANGER)
    both = await ana.sees(says(HELP, "faster than I can listen"))
    await ana.writes("i am so happy and thankful today")
    await ana.edits(first, "i want to kill myself")
    only = await ana.sees(says(HELP, after=both.id))
    assert only.text.startswith("That sounds heavy.")
    assert "faster" not in only.text
    assert sum(message.from_bot for message in ana.chat.messages.values()) == 3


async def test_it_is_offered_and_sent_with_what_is_written_inline(house: House, ana: Person, dana: Person) -> None:
    query = await ana.asks(DANGER)
    (result,) = query.results
    assert result.title.startswith("😢 Sadness")
    assert HELP in result.description
    assert HELP in (await ana.chooses(query)).text
    (result,) = (await dana.asks("Не хочу больше жить")).results
    assert result.title == "Не хочу больше жить"
    assert result.description.startswith("Похоже, вам очень тяжело.")


async def test_nothing_is_stored_of_it_but_the_reading(house: House, ana: Person) -> None:
    async def columns() -> dict[str, list[list[str]]]:
        """What is not null, by table, but for what comes after the reply."""

        def look(connection: Connection) -> dict[str, list[list[str]]]:
            tables = [table for table in metadata.sorted_tables if table.name not in ("bundles", "claims")]
            rows = {table.name: connection.execute(select(table)).mappings().all() for table in tables}
            return {
                name: [sorted(column for column in row if row[column] is not None) for row in found]
                for name, found in rows.items()
            }

        found = await house.database.read(look)
        for row in found["readings"]:
            row[:] = [column for column in row if column != "reply_id"]
        return found

    await ana.hears(await ana.writes("i feel so alone and sad"))
    before = await columns()
    await ana.hears(await ana.writes(DANGER))
    after = await columns()
    assert len(after["readings"]) == 2
    assert after["readings"][0] == after["readings"][1]
    assert {**after, "readings": after["readings"][:1]} == before


async def test_it_can_be_turned_off_and_an_operator_can_say_it_in_their_own_words(
    house: House, ana: Person, tmp_path: Path
) -> None:
    await house.stop()
    await house.start(safety=False)
    assert HELP not in (await ana.hears(await ana.writes(DANGER))).text
    own = tmp_path / "own.toml"
    own.write_text("[en]\nhelp = 'Ring Ada.'\nphrases = ['so alone']\n[ru]\nhelp = 'x'\n", encoding="utf-8")
    await house.stop()
    await house.start(safety=True, safety_file=own)
    assert (await ana.hears(await ana.writes("i feel so alone"))).text.endswith("Ring Ada.")
