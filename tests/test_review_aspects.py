"""What reviews speak of and how, read with the lexicon, in both languages."""

import pytest
from review_examples import examples

from agent.events import Lang
from agent.reviews.aspects import ASPECTS, aspect_name, clauses, mentions, said, settle


def says(text: str) -> list[tuple[str, str]]:
    return [(mention.aspect, mention.says) for mention in mentions(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Runs a bit small, order one size up.", [("size", "small")]),
        ("尺码偏小，建议买大一码。", [("size", "small"), ("size", "small")]),
        ("Way too big on me", [("size", "large")]),
        ("Fits me perfectly", [("size", "fits")]),
        ("大小正合适", [("size", "fits")]),
        ("It does not run small", [("size", "")]),
        ("Not a scratch, no loose threads", [("quality", "good")]),
        ("没有异味", [("quality", "good")]),
        ("一根线头都没有", [("quality", "good")]),
        ("不便宜", [("price", "bad")]),
        ("It isn't worth the money", [("price", "bad")]),
        ("not only durable but cheap", [("quality", "good"), ("price", "")]),
        (
            "Shipping was really fast but the box arrived badly damaged.",
            [("delivery", "good"), ("delivery", "bad")],
        ),
        ("发货很快，客服态度差", [("delivery", "good"), ("service", "bad")]),
        ("I asked about the warranty", [("service", "")]),
        ("Two pockets on the left", []),
        ("左边两个口袋", []),
    ],
)
def test_what_is_said_of_what(text: str, expected: list[tuple[str, str]]) -> None:
    assert says(text) == expected


def test_clauses_end_where_a_text_turns() -> None:
    assert clauses("Great tent, honest weight. Cost 3.50 but worth it!", "en") == [
        "Great tent, honest weight",
        "Cost 3.50",
        "worth it",
    ]
    assert clauses("很暖，但是有点贵。不后悔", "zh") == ["很暖", "有点贵", "不后悔"]


def test_what_is_said_outright_and_complaints_come_first() -> None:
    (merely,), (good,), (bad,) = (
        mentions(text) for text in ("the delivery", "fast delivery", "late delivery")
    )
    assert settle([(merely, "negative"), (good, "positive")]) == {
        "delivery": {"polarity": "positive", "says": "good"}
    }
    assert settle([(bad, "negative"), (good, "positive")]) == {
        "delivery": {"polarity": "negative", "says": "bad"}
    }


def test_the_lexicon_is_whole_in_both_languages() -> None:
    langs: tuple[Lang, ...] = ("en", "zh")
    assert {aspect for aspect, _ in said()} == set(ASPECTS)
    assert [aspect_name("size", lang) for lang in langs] == ["size", "尺码"]
    for (aspect, key), entry in said().items():
        assert entry.polarity == ("positive" if key in ("good", "fits") else "negative"), aspect
        assert all(entry.note[lang] for lang in langs)


@pytest.mark.parametrize(
    ("lang", "precise", "complete", "agreed"),
    [("en", 0.85, 0.6, 0.85), ("zh", 0.9, 0.7, 0.8)],
)
def test_aspects_of_sentences_that_the_lexicon_was_not_made_from(
    lang: str, precise: float, complete: float, agreed: float
) -> None:
    """Of the odd rows: precision and recall of mentions, and how those said outright feel."""
    hits = found = wanted = outright = right = 0
    for text, _, expected in examples(lang)[1::2]:
        given = mentions(text)
        spoken = {mention.aspect for mention in given}
        hits += len(spoken & expected.keys())
        found += len(spoken)
        wanted += len(expected)
        for mention in given:
            if mention.says and mention.aspect in expected:
                outright += 1
                felt = said()[mention.aspect, mention.says].polarity
                right += felt == expected[mention.aspect]
    print(f"{lang}: precision {hits / found:.3f}, recall {hits / wanted:.3f}, of {wanted}")
    print(f"{lang}: {right} of {outright} said outright as labelled")
    assert hits / found >= precise
    assert hits / wanted >= complete
    assert right / outright >= agreed
