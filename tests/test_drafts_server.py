"""Which model writes drafts, and what it is told to need."""

import asyncio
from pathlib import Path

import pytest
from test_drafts import FLASK

from agent.profiles import chosen_profile
from agent.settings import Settings
from retrieval.errors import WeightsError
from ui.drafting import _base, short_of_memory, writing


@pytest.mark.parametrize("device", ["cpu", "gpu"])
def test_the_base_writes_and_not_the_adapter(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(_env_file=None)
    monkeypatch.setattr("agent.profiles.detect_device", lambda _settings: device)
    monkeypatch.setattr("ui.drafting.is_prepared", lambda *_: True)
    served, (profile, mine) = chosen_profile(settings), _base(settings)
    assert served.tuned and not profile.tuned
    beside = device == "cpu"
    assert profile.name == (f"{served.name}-base" if beside else served.name)
    assert (mine.model_port != settings.model_port) is beside


@pytest.mark.parametrize(
    ("named", "prepared"),
    [({"model_adapter": ""}, True), ({"model_url": "http://x/v1"}, True), ({}, False)],
)
def test_a_model_that_is_named_or_not_there_yet_is_not_replaced(
    named: dict[str, str], prepared: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(_env_file=None, **named)
    monkeypatch.setattr("ui.drafting.is_prepared", lambda *_: prepared)
    assert _base(settings) == (chosen_profile(settings), settings)


def test_too_little_memory_for_a_server_is_said_before_it_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 16000000 kB\nMemAvailable:    5000000 kB\n")
    assert short_of_memory(meminfo) == ""
    meminfo.write_text("MemTotal: 16000000 kB\nMemAvailable:    4000000 kB\n")
    short = short_of_memory(meminfo)
    assert short.startswith("A model server of its own is started for drafts: it takes 5.1 GB of")
    assert "4.1 GB is free" in short

    def nothing_to_prepare(*_: object) -> None:
        raise WeightsError("no base")

    monkeypatch.setattr("ui.drafting.is_prepared", lambda *_: True)
    monkeypatch.setattr("ui.drafting.short_of_memory", lambda: short)
    monkeypatch.setattr("finetune.weights.prepare", nothing_to_prepare)
    with writing(Settings(_env_file=None, home=tmp_path)) as writer:
        assert asyncio.run(writer.write("ad", FLASK["en"])).note == "no base"
    assert capsys.readouterr().err == f"{short}\n"
    with writing(Settings(_env_file=None, home=tmp_path, model_adapter="")):
        assert "of its own" not in capsys.readouterr().err, "the shop's server is used"
