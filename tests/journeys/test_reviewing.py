"""An admin decides about corrections that wait, one at a time."""

import logging

import pytest

from bot.playground.chats import Message
from bot.playground.person import Person
from bot.storage import corrections, review

from .conftest import House, says, shows

SAD = "this song makes me think of <home>"


async def teaches(person: Person, face: str, text: str = SAD) -> None:
    """A person's first correction, with consent."""
    reply = await person.hears(await person.writes(text))
    await person.taps(reply, face)
    await person.sees(lambda _: "May I keep" in reply.text or "Можно сохранять" in reply.text)
    await person.taps(reply, "Yes" if "May I keep" in reply.text else "Да")
    await person.sees(lambda _: reply.buttons in ([["↩ Undo"]], [["↩ Отменить"]]))


async def asks(admin: Person, *words: str) -> Message:
    """What /review shows."""
    asked = await admin.writes("/review")
    return await admin.sees(says(*words, after=asked.id))


async def teaching(house: House) -> dict[int, bool]:
    """Whose corrections teach, and whether they were kept."""
    return {one.person_id: one.kept for one in await house.database.read(corrections.for_training)}


async def test_what_people_disagree_about_is_decided_one_by_one_and_logged_without_the_text(
    house: House, ana: Person, ben: Person, ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    assert (await asks(ada, "No correction waits")).buttons == []
    await teaches(ana, "Sad")
    await teaches(ben, "Anger")
    shown = await asks(ada, "2 corrections wait", SAD, f"The author, person {ana.id}, says: 😢 Sadness")
    assert "Others say: 1 × 😠 Anger" in shown.text
    assert "People disagree" in shown.text
    assert shown.buttons == [["✓ Keep", "✗ Drop"], ["🚫 Block this person's corrections"]]
    tap = await ada.taps(shown, "Keep")
    await ada.sees(shows(shown, "One correction waits", f"person {ben.id}, says: 😠 Anger", "1 × 😢 Sadness"))
    assert tap.text == "Kept: it teaches in full."
    await ada.taps(shown, "Drop")
    await ada.sees(shows(shown, "No correction waits"))
    assert not shown.buttons
    assert [f"admin {ada.id} decided on correction {id_}" in caplog.text for id_ in (1, 2)] == [True, True]
    assert SAD not in caplog.text
    assert await teaching(house) == {ana.id: True}
    await asks(ada, "No correction waits")


async def test_a_person_is_blocked_and_let_in_again(house: House, ana: Person, dana: Person) -> None:
    await house.stop()
    await house.start(admin_ids=frozenset({dana.id}))
    await teaches(ana, "Sad")
    await teaches(dana, "Злость")
    shown = await asks(dana, "Ждут 2 исправления", SAD, f"Автор, человек {ana.id}, говорит: 😢 Грусть")
    await dana.taps(shown, "Не учиться")
    await dana.sees(lambda _: shown.buttons == [[f"↩ Снова учиться у человека {ana.id}"]])
    assert "Ни одно исправление не ждёт" in shown.text  # nobody contradicts Dana any more
    assert await teaching(house) == {dana.id: False}
    await dana.taps(shown, "Снова учиться")
    await dana.sees(lambda _: not any("Снова" in face for row in shown.buttons for face in row))
    assert await teaching(house) == {ana.id: False, dana.id: False}
    await asks(dana, "Ждут 2 исправления")


async def test_a_correction_that_changed_meanwhile_is_not_decided_unseen(
    house: House, ana: Person, ben: Person, ada: Person
) -> None:
    await teaches(ana, "Sad")
    await teaches(ben, "Anger")
    shown = await asks(ada, "2 corrections wait", "😢 Sadness")
    again = await ana.hears(await ana.writes(SAD))
    await ana.taps(again, "Fear")
    await ana.sees(shows(again, "I'll learn from it"))
    await asks(ada, "corrections wait", "😨 Fear")
    tap = await ada.taps(shown, "Keep")
    await ada.sees(lambda _: tap.answered)
    assert tap.text == "That was decided meanwhile."
    assert not any((await teaching(house)).values())


async def test_who_is_no_admin_any_more_sees_and_decides_nothing(
    house: House, ana: Person, ben: Person, ada: Person
) -> None:
    await teaches(ana, "Sad")
    await teaches(ben, "Anger")
    shown = await asks(ada, "2 corrections wait")
    await house.stop()
    await house.start(admin_ids=frozenset())
    tap = await ada.taps(shown, "Block")
    await ada.sees(lambda _: tap.answered)
    assert tap.text == "This button has had its day."
    asked = await ada.writes("/review")
    await ada.sees(says("I don't know this command", after=asked.id))
    assert await house.database.read(review.count) == 2
