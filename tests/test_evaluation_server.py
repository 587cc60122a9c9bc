"""An evaluation with the real model server: the untuned base on one short conversation."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.profiles import load_profile
from agent.settings import CHECKOUT
from finetune.synthesis.corpus import write_rows
from tests.evaluation_rows import CHINESE
from tests.missing import missing
from ui.commands.finetune import finetune

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(1500)]


def test_the_base_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = CHECKOUT / "data" / "build"
    name = load_profile("qwen2.5-coder-0.5b").name
    if not (built / "models" / name).is_dir():
        missing(f"{name} is not prepared; `make setup` prepares it")
    # The server's own cache is there once one has run.
    (built / "cache").mkdir(exist_ok=True)
    for part in ("models", "cache"):
        (tmp_path / part).symlink_to(built / part, target_is_directory=True)
    monkeypatch.setenv("SHOPCLERK_HOME", str(tmp_path))
    monkeypatch.setenv("SHOPCLERK_MODEL_ADAPTER", "")
    write_rows([CHINESE], tmp_path / "training" / "chat" / "held-out.jsonl")
    arguments = ["evaluate", "--variants", "base-strict", "--name", "one", "--json"]
    result = CliRunner().invoke(finetune, arguments)
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)["variants"]["base-strict"]["figures"]["language"]["zh"]
    assert (figures["tool"]["n"], figures["first"]["n"], figures["decision"]["n"]) == (1, 2, 3)
    assert figures["format"]["value"] == 1
    assert 1 < figures["perplexity"]["value"] < 1000
    assert figures["perplexity"]["n"] > 30
    assert figures["prompt_tokens"]["value"] > 1000
    assert figures["seconds"]["value"] > 0
    assert (tmp_path / "evaluations" / "one" / "report.md").is_file()

    # Everything is kept: the second run starts no server.
    monkeypatch.setenv("SHOPCLERK_VLLM_PYTHON", str(tmp_path / "nowhere"))
    again = CliRunner().invoke(finetune, arguments)
    assert json.loads(again.stdout)["variants"]["base-strict"]["figures"]["language"]["zh"] == (
        figures
    )
