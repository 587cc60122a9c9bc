"""The report of an evaluation, for machines and for people, and the command that writes it."""

import json
import math
import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.errors import TrainingError
from finetune.chat.publishing import held_out_figures
from finetune.evaluation.answers import Answer
from finetune.evaluation.comparing import Measured
from finetune.evaluation.judging import Judgement, judge
from finetune.evaluation.perplexity import Likelihood
from finetune.evaluation.report import body_of, write_report
from finetune.evaluation.running import Found
from finetune.synthesis.corpus import write_rows
from tests.evaluation_rows import HOW, ROWS, SEARCH, all_steps, gold
from ui.commands.finetune import finetune


def measured() -> Measured:
    """All right but one: the first answer calls the wrong tool."""
    steps = all_steps()
    answers = [gold(step) for step in steps]
    answers[0] = Answer(calls=(("search_policies", {"query": "a tent | <b>"}),))
    judged: list[Judgement] = [judge(s, a) for s, a in zip(steps, answers, strict=True)]
    likelihoods = [Likelihood(SEARCH, 2 * math.log(3), 2)]
    return Measured("base", steps, answers, judged, likelihoods, {"profile": "small"})


def test_figures_by_language_tool_and_intent() -> None:
    figures = measured().figures(HOW)
    assert figures["language"]["en"]["tool"].value == 0.75
    assert figures["language"]["zh"]["tool"].value == 1
    assert figures["language"]["all"]["tool"].value == 0.8
    assert figures["language"]["all"]["perplexity"].value == pytest.approx(3)
    assert "perplexity" not in figures["language"]["zh"]
    assert figures["tool"]["en search_products"]["decision"].value == 0.5
    assert figures["intent"]["en search"]["decision"].value == 0.5
    assert figures["intent"]["all policy"]["exact"].value == 1


def test_the_report_is_written_for_machines_and_for_people(tmp_path: Path) -> None:
    one = measured()
    data = {"conversations": 3, "steps": 12, "steps_by_language": {"en": 9}, "sha256": "ab" * 32}
    found = Found(data=data, measured=[one])
    body = body_of("mine", found, HOW, {"processor": "a cpu", "cores": 2})
    page = write_report(tmp_path / "mine", body, one.failures())
    read = json.loads((tmp_path / "mine" / "report.json").read_text("utf-8"))
    assert read["variants"]["base"]["faults"] == {"wrong tool": 1}
    assert read["variants"]["base"]["figures"]["language"]["all"]["tool"]["value"] == 0.8
    markdown = (tmp_path / "mine" / "report.md").read_text("utf-8")
    assert "| tool accuracy: the right tool, where one is due | 75.0 % (" in markdown
    assert "a tent \\| <b>" in markdown
    html = page.read_text("utf-8")
    assert html.count("<svg") == 5
    assert "a tent | &lt;b&gt;" in html
    assert re.findall(r'(?:src|href)="(?!#)[^"]*"', html) == []
    (failure,) = map(json.loads, (tmp_path / "mine" / "failures.jsonl").read_text().splitlines())
    assert (failure["kind"], failure["asked"]) == ("wrong tool", "a tent up to $150")
    assert failure["wanted"].startswith('search_products({"query": "tent"')


def test_publishing_reads_the_report_of_the_variant_that_serves(tmp_path: Path) -> None:
    passed = {"en.jsonl en": {"value": 0.9, "low": 0.8, "high": 1.0, "n": 60}}
    about = {"adapter": "mine-1", "adapter_sha256": "abc"}
    one = replace(measured(), variant="tuned-strict", about=about)
    found = Found({"sha256": "d1"}, [one])
    found.tasks = {
        "base-strict": {"tasks": 20, "seed": 7, "pass^1": {"value": 0.1}},
        "tuned-strict": {"tasks": 20, "seed": 7, "pass^1": {"value": 0.7}},
    }
    found.cases = {"tuned-strict": {"passed": passed}}
    file = tmp_path / "report.json"
    file.write_text(json.dumps(body_of("mine", found, HOW, {})))
    held_out = held_out_figures(file, "abc")
    assert (held_out.adapter, held_out.data) == ("mine-1", "d1")
    figures = held_out.figures
    assert (figures["tool en"], figures["tool zh"]) == (0.75, 1)
    assert (figures["tasks pass^1 of 20, seed 7"], figures["cases en.jsonl en"]) == (0.7, 0.9)
    with pytest.raises(TrainingError, match="measured another adapter, mine-1"):
        held_out_figures(file, "def")


def test_the_command_says_how_to_make_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPCLERK_HOME", str(tmp_path))
    result = CliRunner().invoke(finetune, ["evaluate", "--variants", "router"])
    assert isinstance(result.exception, TrainingError)
    assert "held-out.jsonl; `shopclerk finetune synthesise` makes them" in str(result.exception)


def test_the_command_measures_the_router(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPCLERK_HOME", str(tmp_path))
    corpus = tmp_path / "training" / "chat"
    write_rows(ROWS, corpus / "held-out.jsonl")
    write_rows(ROWS * 5, corpus / "train.jsonl")
    arguments = ["evaluate", "--variants", "router", "--name", "r", "--json", "--resamples", "20"]
    result = CliRunner().invoke(finetune, arguments)
    assert result.exit_code == 0, result.output
    body = json.loads(result.stdout)
    assert body["variants"]["router"]["figures"]["language"]["all"]["first"]["value"] == 1
    assert body["data"]["steps"] == 12
    assert (tmp_path / "evaluations" / "r" / "report.html").is_file()
