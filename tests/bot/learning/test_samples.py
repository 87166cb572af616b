"""What corrections are worth as samples, by example and by properties."""

import math
import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.learning.samples import (
    CONFIRMATION,
    CORRECTION,
    DISTRUST,
    Limits,
    Reason,
    Said,
    Sample,
    Waiting,
    Weighed,
    common_words,
    weigh,
)
from ml.emotions import LABELS, NO_EMOTION, Emotion
from ml.text import normalise

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TEXTS = ("I am fine", "i am fine", "so tired", "SO TIRED", "what?", "…")
WORDS = "amber bird cedar dusk ember fjord grove heath iris jade kelp lark moss nettle opal pine quay reed sage thorn"

labels = st.integers(0, len(LABELS) - 1)
seven = st.tuples(*[st.floats(0.01, 1)] * 7).map(lambda shares: tuple(share / sum(shares) for share in shares))


def say(
    text: str,
    label: int,
    person: int,
    *,
    number: int = 0,
    at: datetime = NOW,
    said: int | None = None,
    probabilities: tuple[float, ...] | None = None,
    author: int | None = None,
    kept: bool = False,
) -> Said:
    return Said(number, text, label, person, author or person, at, said, probabilities, kept)


def numbered(said: Iterable[Said]) -> list[Said]:
    return [replace(one, correction_id=number) for number, one in enumerate(said, 1)]


@st.composite
def tables(draw: st.DrawFn, people: int = 6) -> list[Said]:
    """A table of corrections, each with an id of its own, in no order."""
    rows = draw(
        st.lists(
            st.builds(
                say,
                text=st.sampled_from(TEXTS),
                label=labels,
                person=st.integers(1, people),
                at=st.integers(0, 3).map(lambda minutes: NOW + timedelta(minutes=minutes)),
                said=st.none() | labels,
                probabilities=st.none() | seven,
                kept=st.booleans(),
            ),
            max_size=40,
        )
    )
    return draw(st.permutations(numbered(rows)))


def weights(weighed: Weighed) -> dict[tuple[str, int], float]:
    return {(normalise(sample.text), sample.label): sample.weight for sample in weighed.samples}


def test_people_who_agree_make_one_sample_that_weighs_more_and_each_adds_less() -> None:
    alone, two, three = (
        weigh([say("So tired", 0, person) for person in range(1, people + 1)]).samples for people in (1, 2, 3)
    )
    assert alone == [Sample("So tired", 0, CORRECTION)]
    assert two == [Sample("So tired", 0, 1 + math.log(2))]
    assert three[0].weight - two[0].weight < two[0].weight - alone[0].weight


def test_a_confirmation_weighs_less() -> None:
    assert weigh([say("So tired", 0, 1, said=0)]).samples == [Sample("So tired", 0, CONFIRMATION)]


def test_people_who_disagree_make_a_distribution_that_weighs_less_and_waits() -> None:
    said = numbered([say("So tired", 0, 1), say("so tired", 0, 2), say("so TIRED", 3, 3)])
    agreeing, disagreeing = weigh(said[:2]), weigh(said)
    assert [(sample.text, sample.label) for sample in disagreeing.samples] == [("So tired", 0), ("So tired", 3)]
    first, second = (sample.weight for sample in disagreeing.samples)
    assert first == pytest.approx(2 * second)
    assert first + second < agreeing.samples[0].weight
    assert agreeing.waiting == []
    assert disagreeing.waiting == [Waiting(one.correction_id, one.label, Reason.CONFLICT) for one in said]
    kept = [replace(one, kept=True) if one.label == 3 else one for one in said]
    assert [one.correction_id for one in weigh(kept).waiting] == [1, 2]


def test_a_large_majority_is_no_conflict() -> None:
    said = [say("hm", 0, person) for person in range(1, 5)] + [say("hm", 3, 5)]
    assert weigh(numbered(said), limits=Limits(few=9)).waiting == []


def test_a_change_of_mind_counts_and_repeating_does_not() -> None:
    said = [say("hm", label, 1, at=NOW + timedelta(days=day)) for day, label in enumerate((1, 4, 4))]
    assert weigh(numbered(said)).samples == [Sample("hm", 4, CORRECTION)]


def test_confirming_what_one_taught_takes_nothing_away() -> None:
    said = [say("hm", 4, 1, said=1), say("hm", 4, 1, said=4)]
    assert weigh(numbered(said)).samples == [Sample("hm", 4, CORRECTION)]
    assert weigh(numbered(said[::-1])).samples == [Sample("hm", 4, CORRECTION)]


def test_a_text_of_which_nothing_is_left_teaches_nothing() -> None:
    assert weigh([say("@somebody", 1, 1)]) == Weighed([], [], {})


@given(tables())
def test_nothing_weighs_less_than_nothing_and_nobody_more_than_their_votes(said: list[Said]) -> None:
    weighed = weigh(said)
    assert all(sample.weight > 0 for sample in weighed.samples)
    keys = [(normalise(sample.text), sample.label) for sample in weighed.samples]
    assert len(set(keys)) == len(keys)
    votes = {(normalise(one.text), one.person_id) for one in said if normalise(one.text)}
    assert sum(standing.votes for standing in weighed.people.values()) == len(votes)
    for standing in weighed.people.values():
        assert 0 <= standing.trust <= 1
        assert 0 <= standing.worth <= standing.votes * CORRECTION + 1e-9
    assert sum(weights(weighed).values()) <= sum(one.worth for one in weighed.people.values()) + 1e-9


@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_the_table_means_nothing(said: list[Said], chance: random.Random) -> None:
    shuffled = said[:]
    chance.shuffle(shuffled)
    assert weigh(shuffled) == weigh(said)


@given(tables())
def test_a_label_is_one_that_somebody_said_last(said: list[Said]) -> None:
    last = {
        (normalise(one.text), one.person_id): one.label
        for one in sorted(said, key=lambda one: (one.at, one.correction_id))
    }
    assert weights(weigh(said)).keys() <= {(text, label) for (text, _), label in last.items()}


@given(tables(), labels, st.booleans())
def test_one_more_person_who_agrees_never_lowers_a_weight(said: list[Said], label: int, few: bool) -> None:
    """As long as that costs nobody their trust."""
    limits = Limits(few=99 if few else 3, votes=3, times=1)
    more = say("so tired", label, 99, number=999, at=NOW + timedelta(hours=1), said=label)
    before, after = weigh(said, limits=limits), weigh([*said, more], limits=limits)
    assume(all(standing.trust == 1 for standing in [*before.people.values(), *after.people.values()]))
    key = ("so tired", label)
    assert weights(after)[key] >= weights(before).get(key, 0) - 1e-12


@given(st.integers(3, 12), st.integers(1, 4), st.floats(1, 20), st.floats(1, 4))
def test_who_corrects_twenty_times_as_much_cannot_exceed_the_cap(
    honest: int, each: int, votes: float, times: float
) -> None:
    """Not even where nobody can tell that they are wrong: no text is shared, and nothing is known of plausibility."""
    texts = (f"{a} {b} {c}" for a in WORDS.split() for b in WORDS.split() for c in WORDS.split())
    said = [say(next(texts), person % 7, person) for person in range(1, honest + 1) for _ in range(each)]
    troll = [say(next(texts), Emotion.ANGER, 99) for _ in range(20 * each)]
    weighed = weigh(numbered(said + troll), limits=Limits(votes=votes, times=times))
    cap = max(votes, times * each)
    assert weighed.people[99].worth <= cap + 1e-9
    theirs = {one.text for one in troll}
    assert sum(sample.weight for sample in weighed.samples if sample.text in theirs) <= cap + 1e-9
    assert all(weighed.people[person].worth == min(each, cap) for person in range(1, honest + 1))


@given(tables(), st.floats(0.1, 5))
def test_all_together_weigh_no_more_than_the_total(said: list[Said], total: float) -> None:
    weighed = weigh(said, limits=Limits(total=total))
    if len(weighed.people) > Limits().few:
        assert sum(weights(weighed).values()) <= total + 1e-9


def test_alone_a_persons_own_corrections_teach_in_full() -> None:
    said = numbered(say(text, Emotion.ANGER, 1) for text in WORDS.split())
    weighed = weigh(said, limits=Limits(votes=1, total=1))
    assert [sample.weight for sample in weighed.samples] == [CORRECTION] * len(said)


class Crowd:
    """People who correct what a model got wrong, knowing the right label, and trolls who call all of it anger."""

    def __init__(self, seed: int, *, sure: float) -> None:
        self.chance = random.Random(seed)  # noqa: S311
        self.numbers = count(1)
        self.texts = [f"{a} {b}" for a in WORDS.split() for b in WORDS.split()]
        self.right = {text: self.chance.randrange(7) for text in self.texts}
        self.sure = sure

    def corrects(self, person: int, texts: Iterable[str], label: Callable[[str], int]) -> list[Said]:
        return [self._correct(person, text, label(text)) for text in texts]

    def some(self, many: int) -> list[str]:
        return self.chance.sample(self.texts, many)

    def _correct(self, person: int, text: str, label: int) -> Said:
        """The model said something else, and thinks the right label likelier than others by `sure`."""
        said = self.chance.choice([other for other in range(7) if other not in (label, self.right[text])])
        shares = [0.1 + self.sure * (other == self.right[text]) + (other == said) for other in range(7)]
        total = sum(shares)
        probabilities = tuple(share / total for share in shares)
        return say(text, label, person, number=next(self.numbers), said=said, probabilities=probabilities)


@pytest.mark.parametrize("sure", [0.0, 0.3])
@pytest.mark.parametrize("shift", [None, 1], ids=["all anger", "the next label"])
def test_coordinated_trolls_are_not_trusted_and_wait(sure: float, shift: int | None) -> None:
    """A third of the people, five times as busy as the others, against people who share texts."""
    crowd = Crowd(1, sure=sure)
    honest, trolls = range(1, 11), range(90, 95)

    def wrong(text: str) -> int:
        return Emotion.ANGER if shift is None else (crowd.right[text] + shift) % 7

    said = [one for person in honest for one in crowd.corrects(person, crowd.some(60), crowd.right.__getitem__)]
    said += [one for person in trolls for one in crowd.corrects(person, crowd.some(300), wrong)]
    weighed = weigh(said)
    assert min(weighed.people[person].trust for person in honest) > 0.9
    assert max(weighed.people[person].trust for person in trolls) < DISTRUST
    assert all(crowd.right[sample.text] == sample.label for sample in weighed.samples)
    waiting = {one.correction_id for one in weighed.waiting if one.reason is Reason.LOW_TRUST}
    assert waiting == {one.correction_id for one in said if one.person_id in trolls}

    looked_at = next(one for one in said if one.person_id in trolls and one.label != crowd.right[one.text])
    kept = [replace(one, kept=True) if one is looked_at else one for one in said]
    assert weights(weigh(kept)).keys() - weights(weighed).keys() == {(looked_at.text, looked_at.label)}


def test_who_shares_no_text_is_judged_by_what_the_model_finds_plausible() -> None:
    crowd = Crowd(2, sure=0.3)
    honest, trolls = range(1, 7), range(90, 92)
    texts = crowd.some(400)
    said = [one for person in honest for one in crowd.corrects(person, texts[person::8], crowd.right.__getitem__)]
    said += [one for person in trolls for one in crowd.corrects(person, texts[person % 8 :: 8], lambda _: 3)]
    weighed = weigh(said)
    assert min(weighed.people[person].trust for person in honest) > 0.9
    assert max(weighed.people[person].trust for person in trolls) < DISTRUST


@pytest.mark.parametrize("unreadable", [True, False], ids=["unreadable", "no idea"])
def test_nobody_is_blamed_for_writing_what_the_model_cannot_read(unreadable: bool) -> None:
    crowd = Crowd(3, sure=0.3)
    texts = crowd.some(400)
    said = [one for person in range(1, 7) for one in crowd.corrects(person, texts[person::8], crowd.right.__getitem__)]
    usual = tuple(sum(one.probabilities[label] for one in said if one.probabilities) / len(said) for label in range(7))
    foreign = [
        replace(one, said=None, probabilities=None if unreadable else usual)
        for one in crowd.corrects(99, texts[7::8], crowd.right.__getitem__)
    ]
    assert weigh(said + foreign).people[99].trust > 0.9


def test_what_is_known_beyond_doubt_speaks_too() -> None:
    crowd = Crowd(4, sure=0)
    texts = crowd.some(300)
    said = [one for person in range(1, 6) for one in crowd.corrects(person, texts[person::6], crowd.right.__getitem__)]
    said += crowd.corrects(99, texts[::6], lambda text: (crowd.right[text] + 1) % 7)
    assert weigh(said).people[99].trust == 1
    weighed = weigh(said, known=crowd.right)
    assert weighed.people[99].trust < DISTRUST
    assert min(weighed.people[person].trust for person in range(1, 6)) == 1


def test_few_people_are_not_judged() -> None:
    crowd = Crowd(5, sure=0.3)
    said = [one for person in (1, 2) for one in crowd.corrects(person, crowd.some(100), crowd.right.__getitem__)]
    said += crowd.corrects(99, crowd.some(400), lambda _: Emotion.ANGER)
    assert {standing.trust for standing in weigh(said).people.values()} == {1}


def test_a_word_that_three_people_wrote_is_common_whatever_their_texts() -> None:
    wrote = [
        say("so RIZZ", 1, 1),
        say("rizz, Zebulon", 1, 2, said=1),
        say("no rizzzz ... no Zebulon Zebulon", NO_EMOTION, 3),
        say("Zebulon! so mid", 0, 2),
    ]
    assert common_words(wrote) == ["rizz"]


def test_people_who_vote_on_a_text_did_not_write_its_words() -> None:
    assert common_words([say("Zebulon", 1, voter, author=7) for voter in range(1, 6)]) == []


@given(tables())
def test_common_words_are_of_enough_people(said: list[Said]) -> None:
    for word in common_words(said):
        assert len({one.author_id for one in said if word in normalise(one.text).split()}) >= 3
