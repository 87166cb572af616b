"""What is kept of a person, their say in it, and being forgotten."""

from sqlalchemy import Connection, MetaData, select

from bot.playground.person import Person
from bot.storage import corrections, people
from bot.storage.tables import metadata

from .conftest import House, says, shows

TEXT = "this song makes me think of home"


async def correct(person: Person, *, consent: bool) -> None:
    """A first correction, and the answer to the question that follows."""
    reply = await person.hears(await person.writes(TEXT))
    await person.taps(reply, "Sad")
    await person.sees(shows(reply, "May I keep"))
    await person.taps(reply, "Yes" if consent else "No")
    await person.sees(lambda chat: reply.buttons == [["↩ Undo"]])


async def holds(house: House, value: int) -> list[str]:
    """The tables in which a number stands anywhere."""

    def look(connection: Connection, tables: MetaData) -> list[str]:
        return [
            table.name
            for table in tables.sorted_tables
            if any(value in row for row in connection.execute(select(table)).all())
        ]

    return await house.database.read(look, metadata)


async def test_privacy_says_what_is_kept_and_turns_consent_on_and_off(house: House, ana: Person) -> None:
    await ana.writes("/privacy")
    told = await ana.sees(says("What I keep"))
    assert all(words in told.text for words in ("Not the text", "encrypted", "admin", "not agreed"))
    assert all(
        words in told.text
        for words in ("180 days", "365 days", "to learn from it", "Nobody else", "/export", "/forget")
    )
    assert told.buttons == [["Keep texts I correct"]]
    await ana.taps(told, "Keep texts")
    await ana.sees(shows(told, "You agreed"))
    assert await house.database.read(people.consent, ana.id) is True
    assert told.buttons == [["Stop, and delete kept texts"]]
    await ana.taps(told, "Stop")
    await ana.sees(shows(told, "not agreed"))
    assert await house.database.read(people.consent, ana.id) is False


async def test_taking_consent_back_deletes_the_kept_texts(house: House, ana: Person) -> None:
    await correct(ana, consent=True)
    assert len(await house.database.read(corrections.for_training)) == 1
    await ana.writes("/privacy")
    told = await ana.sees(says("You agreed"))
    await ana.taps(told, "Stop")
    await ana.sees(shows(told, "not agreed"))
    await ana.taps(told, "Keep")
    await ana.sees(shows(told, "You agreed"))
    assert await house.database.read(corrections.for_training) == []


async def test_without_a_key_privacy_says_that_no_text_is_ever_kept(house: House, ana: Person) -> None:
    await ana.writes("/privacy")
    told = await ana.sees(says("What I keep"))
    await house.stop()
    await house.start(text_keys=())
    await ana.taps(told, "Keep texts")
    await ana.sees(shows(told, "keeps no texts at all"))
    assert told.buttons == []
    assert not await house.database.read(people.consent, ana.id)


async def test_forget_asks_once_and_then_deletes_all_of_one_person(house: House, ana: Person, ben: Person) -> None:
    await correct(ana, consent=True)
    await correct(ben, consent=True)
    assert {"people", "readings", "corrections"} <= set(await holds(house, ana.id))
    await ana.writes("/forget")
    question = await ana.sees(says("Delete all"))
    assert question.buttons == [["Yes, delete it", "No"]]
    assert await holds(house, ana.id)
    await ana.taps(question, "Yes")
    await ana.sees(shows(question, "Done"))
    assert question.buttons == []
    assert await holds(house, ana.id) == []
    assert len(await house.database.read(corrections.for_training)) == 1


async def test_a_no_forgets_nothing(house: House, ana: Person) -> None:
    await correct(ana, consent=True)
    await ana.writes("/forget")
    question = await ana.sees(says("Delete all"))
    await ana.taps(question, "No")
    await ana.sees(shows(question, "nothing was deleted"))
    assert len(await house.database.read(corrections.for_training)) == 1


async def test_buttons_of_what_was_forgotten_say_so(house: House, ana: Person) -> None:
    reply = await ana.hears(await ana.writes(TEXT))
    await ana.writes("/forget")
    await ana.taps(await ana.sees(says("Delete all")), "Yes")
    await ana.sees(says("Done"))
    tap = await ana.taps(reply, "Sad")
    await ana.sees(lambda chat: tap.answered)
    assert "don't remember" in tap.text
    assert await holds(house, ana.id) == []


async def test_who_has_nothing_to_forget_is_told_so(house: House, ana: Person) -> None:
    await ana.writes("/forget")
    await ana.taps(await ana.sees(says("Delete all")), "Yes")
    await ana.sees(says("nothing to delete"))


async def test_in_russian(house: House, dana: Person) -> None:
    await dana.writes("/privacy")
    await dana.sees(says("Что я храню"))
    await dana.writes("/forget")
    await dana.taps(await dana.sees(says("Удалить всё")), "Да")
    await dana.sees(says("Удалять нечего"))
