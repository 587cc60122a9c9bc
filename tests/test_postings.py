"""Which of many texts hold some words is what `terms.holds` says of each of them."""

from hypothesis import given
from hypothesis import strategies as st

from retrieval.postings import Postings
from retrieval.terms import holds, terms

WORDS = ["red", "blue", "steel", "no", "without", "contains", "free", ",", ";", "红", "含", "不"]

texts = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)
values = st.lists(texts, min_size=1, max_size=2).map(tuple)
needle = st.lists(st.sampled_from(["red", "blue", "steel", "红", "free"]), min_size=1, max_size=3)


@given(st.lists(values, max_size=8), needle)
def test_texts_are_those_that_hold_the_words_each_once(
    many: list[tuple[str, ...]], words: list[str]
) -> None:
    asked = terms(" ".join(words))
    expected = [
        n for n, languages in enumerate(many) if any(holds(terms(t), asked) for t in languages)
    ]
    assert Postings(many).holding(asked).tolist() == expected


def test_a_whole_value_stands_between_marks() -> None:
    postings = Postings([("red, steel",), ("red steel",), ("steel",), ("no steel; steel",), ("",)])
    assert postings.holding(("steel",), whole=True).tolist() == [0, 2, 3]
    assert postings.holding(("red", "steel"), whole=True).tolist() == [1]
    assert postings.holding(("steel",)).tolist() == [0, 1, 2, 3]
    assert postings.holding(("gone",)).tolist() == []
