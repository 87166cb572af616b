"""What corrections are worth as samples, by example and by properties."""

from hypothesis import given
from hypothesis import strategies as st

from bot.learning.samples import CONFIRMATION, CORRECTION, Said, Sample, common_words, weigh
from ml.emotions import LABELS
from ml.text import normalise

said = st.lists(
    st.builds(
        Said,
        text=st.sampled_from(["I am fine", "i am fine", "so tired", "SO TIRED", "what?", ""]),
        label=st.integers(0, len(LABELS) - 1),
        person_id=st.integers(1, 4),
        author_id=st.integers(1, 4),
        confirmation=st.booleans(),
    )
)


def test_people_who_agree_make_one_sample_that_weighs_more() -> None:
    said = [Said("So tired", 0, 1, 1, False), Said("so tired", 0, 2, 2, True), Said("so tired", 3, 3, 3, False)]
    assert weigh(said) == [
        Sample("So tired", 0, CORRECTION + CONFIRMATION),
        Sample("So tired", 3, CORRECTION),
    ]


def test_a_change_of_mind_counts_and_repeating_does_not() -> None:
    said = [Said("hm", label, 1, 1, False) for label in (1, 4, 4)]
    assert weigh(said) == [Sample("hm", 4, CORRECTION)]


def test_confirming_what_one_taught_takes_nothing_away() -> None:
    said = [Said("hm", 4, 1, 1, confirmation) for confirmation in (False, True)]
    assert weigh(said) == [Sample("hm", 4, CORRECTION)]


@given(said)
def test_nobody_counts_twice_and_nobody_is_lost(said: list[Said]) -> None:
    samples = weigh(said)
    weight = sum(sample.weight for sample in samples)
    people = len({(normalise(one.text), one.person_id) for one in said})
    assert people * CONFIRMATION <= weight <= people * CORRECTION
    keys = [(normalise(sample.text), sample.label) for sample in samples]
    assert len(set(keys)) == len(keys)
    assert {text for text, _ in keys} == {normalise(one.text) for one in said}


@given(said)
def test_a_label_is_one_that_somebody_said_last(said: list[Said]) -> None:
    last = {(normalise(one.text), one.person_id): one.label for one in said}
    allowed = {(text, label) for (text, _), label in last.items()}
    assert {(normalise(sample.text), sample.label) for sample in weigh(said)} == allowed


@given(said, st.integers(0, len(LABELS) - 1))
def test_one_more_person_who_agrees_never_lowers_a_weight(said: list[Said], label: int) -> None:
    def weights(said: list[Said]) -> dict[tuple[str, int], float]:
        return {(normalise(sample.text), sample.label): sample.weight for sample in weigh(said)}

    before, after = weights(said), weights([*said, Said("so tired", label, 99, 99, True)])
    assert all(after[key] >= weight for key, weight in before.items())


def test_a_word_that_three_people_wrote_is_common_whatever_their_texts() -> None:
    wrote = [
        Said("so RIZZ", 1, 1, 1, False),
        Said("rizz, Zebulon", 1, 2, 2, True),
        Said("no rizzzz ... no Zebulon Zebulon", 6, 3, 3, False),
        Said("Zebulon! so mid", 0, 2, 2, False),
    ]
    assert common_words(wrote) == ["rizz"]


def test_people_who_vote_on_a_text_did_not_write_its_words() -> None:
    assert common_words([Said("Zebulon", 1, voter, 7, False) for voter in range(1, 6)]) == []


@given(said)
def test_common_words_are_of_enough_people(said: list[Said]) -> None:
    for word in common_words(said):
        assert len({one.author_id for one in said if word in normalise(one.text).split()}) >= 3
