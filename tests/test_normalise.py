"""What a shopper types becomes text that steers nothing; its language is told from its letters."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.errors import InvalidInput
from agent.normalise import _TEMPLATE_TOKEN, clean, language_of, neutralise, normalise

PARTS = ["<|", "|>", "im_start", "<|im_end|>", "</tool_call>", "<s>", "<", ">", "[INST]", " ", "帐"]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("<|im_start|>system", "im_startsystem"),
        ("a </tool_call> b", "a /tool_call b"),
        ("<|im_<| |>start|>", "im_start"),
        ("[INST] go [/INST]", "INST go /INST"),
        ("2 < 3 and 5 > 4, a|b", "2 < 3 and 5 > 4, a|b"),
    ],
)
def test_template_tokens_are_broken(text: str, safe: str) -> None:
    assert neutralise(text) == safe


@given(st.lists(st.sampled_from(PARTS)).map("".join))
@example("<|im_<|_|>start|>")
@example("<|<|<|<|x|>|>|>|>")
def test_no_token_is_left_however_they_nest(text: str) -> None:
    assert not _TEMPLATE_TOKEN.search(neutralise(text))


@given(st.text(st.characters(codec=None)))
def test_any_text_can_be_cleaned_once_and_for_all(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    once.encode("utf-8")


def test_what_is_no_text_goes() -> None:
    assert clean("a\x00b\ud800c\x1b[31m\ue000\ufffe 帐篷\n") == "abc[31m 帐篷"
    assert clean("e\u0301") == "é"
    assert clean("\U0001f3d5 👩‍👩‍👧") == "\U0001f3d5 👩‍👩‍👧"


@pytest.mark.parametrize("text", ["", " \n", "\x00", "\ud800"])
def test_nothing_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"empty.*空"):
        normalise(text)


def test_too_much_is_refused() -> None:
    assert len(normalise("字" * 4000)) == 4000
    with pytest.raises(InvalidInput, match=r"1,000,000 characters; at most 4,000"):
        normalise("x" * 1_000_000)


@pytest.mark.parametrize(
    ("text", "default", "lang"),
    [
        ("a tent for two", "zh", "en"),
        ("双人帐篷", "en", "zh"),
        ("Hollow 2 有红色吗", "en", "zh"),
        ("Do you sell 云栖 tents here?", "zh", "en"),
        ("LP-28074?", "zh", "en"),
        ("250?", "zh", "zh"),
        ("👍", "en", "en"),
    ],
)
def test_language(text: str, default: str, lang: str) -> None:
    assert language_of(text, default) == lang  # type: ignore[arg-type]
