"""What corrections are worth as samples, by example and by properties."""

from hypothesis import given
from hypothesis import strategies as st

from bot.learning.samples import CONFIRMATION, CORRECTION, Said, Sample, weigh
from ml.emotions import LABELS
from ml.text import normalise

said = st.lists(
    st.builds(
        Said,
        text=st.sampled_from(["I am fine", "i am fine", "so tired", "SO TIRED", "what?", ""]),
        label=st.integers(0, len(LABELS) - 1),
        person_id=st.integers(1, 4),
        confirmation=st.booleans(),
    )
)


def test_people_who_agree_make_one_sample_that_weighs_more() -> None:
    assert weigh([Said("So tired", 0, 1, False), Said("so tired", 0, 2, True), Said("so tired", 3, 3, False)]) == [
        Sample("So tired", 0, CORRECTION + CONFIRMATION, 2),
        Sample("So tired", 3, CORRECTION, 1),
    ]


def test_a_change_of_mind_counts_and_repeating_does_not() -> None:
    assert weigh([Said("hm", 1, 1, False), Said("hm", 4, 1, False), Said("hm", 4, 1, False)]) == [
        Sample("hm", 4, CORRECTION, 1)
    ]


def test_confirming_what_one_taught_takes_nothing_away() -> None:
    assert weigh([Said("hm", 4, 1, False), Said("hm", 4, 1, True)]) == [Sample("hm", 4, CORRECTION, 1)]


@given(said)
def test_nobody_counts_twice_and_nobody_is_lost(said: list[Said]) -> None:
    samples = weigh(said)
    assert sum(sample.people for sample in samples) == len({(normalise(one.text), one.person_id) for one in said})
    for sample in samples:
        assert sample.people * CONFIRMATION <= sample.weight <= sample.people * CORRECTION
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

    before, after = weights(said), weights([*said, Said("so tired", label, 99, True)])
    assert all(after[key] >= weight for key, weight in before.items())
