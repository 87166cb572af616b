"""A person chooses the language in which they are answered; everything is in it from then on."""

from bot.playground.chats import ADMIN
from bot.playground.person import Person

from .conftest import House, says, shows


async def test_the_choice_holds_for_messages_taps_and_the_menu_after_a_restart_too(house: House, ana: Person) -> None:
    reply = await ana.hears(await ana.writes("i am so happy and thankful today"))
    await ana.writes("/language")
    question = await ana.sees(says("Which language"))
    assert question.buttons == [["English", "Русский"]]
    await ana.taps(question, "Русский")
    await ana.sees(shows(question, "Теперь отвечаю по-русски"))
    await house.stop()
    await house.start()
    await ana.sees(lambda chat: "Как это работает" in menu_of(house, ana))
    await ana.taps(reply, "✓")
    await ana.sees(shows(reply, "Радость"))
    told = await ana.hears(await ana.writes("i feel so alone and sad without you"))
    assert "Грусть" in told.text
    await ana.taps(question, "English")
    await ana.sees(shows(question, "From now on I answer in English"))
    assert "Sadness" in (await ana.hears(await ana.writes("i feel so alone and sad without you"))).text
    await ana.sees(lambda chat: "How it works" in menu_of(house, ana))


async def test_who_is_forgotten_is_answered_in_the_language_of_their_telegram(house: House, dana: Person) -> None:
    await dana.writes("/language")
    question = await dana.sees(says("На каком языке"))
    await dana.taps(question, "English")
    await dana.sees(lambda chat: "How it works" in menu_of(house, dana))
    await dana.writes("/forget")
    await dana.taps(await dana.sees(says("Delete all")), "Yes")
    await dana.sees(lambda chat: "Как это работает" in menu_of(house, dana))
    await dana.writes("/mood")
    await dana.sees(says("Картинка пока пуста"))


async def test_an_admins_menu_is_in_their_language_and_stays_longer(house: House, ada: Person) -> None:
    await ada.writes("/language")
    await ada.taps(await ada.sees(says("Which language")), "Русский")
    await ada.sees(lambda chat: "Как у меня дела" in menu_of(house, ada))
    await house.stop()
    house.playground.telegram.set_commands(f"chat:{ADMIN.id}", "", [])
    await house.start()
    await ada.sees(lambda chat: "Как у меня дела" in menu_of(house, ada))


def menu_of(house: House, person: Person) -> list[str]:
    return [command["description"] for command in house.playground.telegram.menu(person.chat)]
