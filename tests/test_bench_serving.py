"""`shopclerk bench serving`: formats, figures by hand, and both servers for real."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.cases import read_cases
from agent.profiles import chosen_profile, load_profile
from agent.serving import serving_command
from agent.settings import CHECKOUT, Settings
from finetune.evaluation.answers import Answer
from tests.missing import missing
from ui.cli import cli
from ui.measuring.serving import Timed, default_peers, first_steps, in_format


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, vllm_python=tmp_path / "python")


def test_each_format_is_the_served_model_otherwise(settings: Settings) -> None:
    served, bf16, same, guessing = (
        in_format(name, settings).profile for name in ("served", "bf16", "int8", "guessing")
    )
    assert served == chosen_profile(settings)
    assert (bf16.weights, bf16.name) == ("bfloat16", f"{served.name}-bf16")
    assert bf16.recipe_hash != served.recipe_hash
    assert same == served, "it is served in int8 as it is"
    assert (guessing.guessed_tokens, guessing.name) == (4, served.name)
    assert default_peers(settings) == ("bf16",)


def test_a_server_guesses_where_the_profile_says_so(settings: Settings) -> None:
    plain = load_profile("qwen2.5-coder-0.5b")
    assert "--speculative-config" not in serving_command(plain, settings, "cpu")
    command = serving_command(plain.model_copy(update={"guessed_tokens": 3}), settings, "cpu")
    how = json.loads(command[command.index("--speculative-config") + 1])
    assert (how["method"], how["num_speculative_tokens"]) == ("ngram", 3)


def test_figures_by_hand(settings: Settings) -> None:
    profile = chosen_profile(settings)

    def answer(seconds: float, tool: str = "list_orders") -> Answer:
        return Answer(calls=((tool, {}),), tokens=20, seconds=seconds)

    fast = Timed(profile, [answer(1), answer(1), answer(2)], [answer(3), answer(3)], 4.0)
    slow = Timed(profile, [answer(2), answer(3), answer(9)], [answer(3), answer(3, "x")], 8.0)
    assert slow.figures(fast) == {
        "weights": "int8",
        "guessed_tokens": 0,
        "answer_p50_s": 3,
        "answer_p95_s": pytest.approx(9, abs=6),
        "at_once_p50_s": 3,
        "answers_a_second": 0.25,
        "tokens_an_answer": 20,
        "same_calls": 4,
    }
    assert fast.ratios(slow) == {"answer_p50": 3.0, "answers_a_second": 2.0}


def test_what_is_asked_is_what_a_shopper_says_first() -> None:
    cases = read_cases([CHECKOUT / "data" / "cases" / "zh.jsonl"])
    steps = first_steps(cases)
    assert [step.messages[1]["content"] for step in steps] == [case.turns[0].say for case in cases]
    assert all(step.opens and step.messages[0]["role"] == "system" for step in steps)


@pytest.mark.vllm
@pytest.mark.timeout(1200)
def test_both_formats_are_timed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = CHECKOUT / "data" / "build"
    if not (built / "models" / load_profile("qwen2.5-coder-0.5b").name).is_dir():
        missing("the model is not prepared; `make setup` prepares it")
    # The server's own cache is there once one has run.
    (built / "cache").mkdir(exist_ok=True)
    for part in ("models", "cache"):
        (tmp_path / part).symlink_to(built / part, target_is_directory=True)
    monkeypatch.setenv("SHOPCLERK_HOME", str(tmp_path))
    asked = ["bench", "serving", "--questions", "6", "--against", "guessing", "--json"]
    result = CliRunner().invoke(cli, asked)
    assert result.exit_code == 0, result.output
    body = json.loads(result.stdout)
    assert list(body["formats"]) == ["served", "guessing"]
    assert body["formats"]["served"]["same_calls"] == body["questions"] == 6
    assert body["formats"]["guessing"]["guessed_tokens"] == 4
    assert body["times_as_fast_as"]["guessing"]["answer_p50"] > 0
