"""`finetune publish`: what may ship, what it is compared with, what its card says."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from agent.errors import ShopclerkError, TrainingError
from agent.profiles import ADAPTERS, load_profile
from agent.settings import CHECKOUT
from finetune.chat import publishing
from finetune.chat.recipe import ChatRecipe, load_recipe
from finetune.chat.training import data_hash
from finetune.chat.work import claim, write_result
from finetune.synthesis.corpus import write_rows
from finetune.synthesis.rows import Row
from finetune.synthesis.vocabulary import load_frames
from ui.cli import cli
from ui.commands.finetune.train import _where

PROFILE = load_profile("qwen2.5-coder-0.5b")
ROWS = [Row("1", "en", 1, None, [], [{"role": "user", "content": "need boots"}])]
PREFERENCES = f"""
profile: {PROFILE.name}
method: dpo
start: {PROFILE.adapter}
"""


def trained(work: Path, recipe: Path, value: float = 0.5) -> Path:
    """A finished run's folder, as `finetune train` leaves it."""
    import torch
    from safetensors.torch import save_file

    weights = work / "trained"
    weights.mkdir(parents=True)
    save_file({"a.lora_A.weight": torch.full((2, 4), value)}, weights / "adapter_model.safetensors")
    (weights / "adapter_config.json").write_text('{"r": 2}')
    claim(work, load_recipe(recipe), data_hash(ROWS))
    write_result(work, {"steps": 3, "seconds": 4.5, "first_loss": 2.0, "last_loss": 1.0})
    return weights


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A state folder with data and the weights of a run by `mine.yaml`."""
    (tmp_path / "mine.yaml").write_text(f"profile: {PROFILE.name}\n")
    chat = tmp_path / "home" / "training" / "chat"
    write_rows(ROWS, chat / "train.jsonl")
    trained(chat / PROFILE.name, tmp_path / "mine.yaml")
    return tmp_path / "home"


def publish(home: Path, *more: object, recipe: str = "mine.yaml") -> Result:
    command = ["finetune", "publish", "mine-1", "--recipe", home.parent / recipe, *more]
    return CliRunner(env={"SHOPCLERK_HOME": str(home)}).invoke(cli, [*map(str, command)])


def refused(result: Result) -> str:
    assert isinstance(result.exception, ShopclerkError), result.output
    assert "\n" not in str(result.exception)
    return str(result.exception)


def report(
    file: Path, sha256: str, tool: float, *, data: str = "d1", variant: str = "tuned-strict"
) -> Path:
    one = {
        "model": {"adapter": "some", "adapter_sha256": sha256},
        "figures": {"language": {"en": {"tool": {"value": tool}}, "all": {"tool": {"value": 0}}}},
    }
    body: dict[str, Any] = {"data": {"sha256": data}, "variants": {variant: one}}
    body |= {"tasks": {}, "cases": {}}
    file.write_text(json.dumps(body))
    return file


def card(home: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((home / "adapters" / "mine-1" / "card.json").read_text())
    return read


def test_an_adapter_is_published_measured_and_published_with_its_figures(home: Path) -> None:
    first = publish(home)
    assert first.exit_code == 0, first.output
    assert "shopclerk finetune evaluate --adapter mine-1 --name mine-1" in first.output
    assert f"finetune evaluate --adapter {PROFILE.adapter}" in first.output
    assert f"{home}/evaluations/mine-1/report.json" in first.output
    assert card(home)["figures"] == {} and "held_out" not in card(home)
    assert card(home)["training"]["last_loss"] == 1.0
    digest = card(home)["files"]["adapter_model.safetensors"]

    mine = report(home / "mine.json", digest, 0.9)
    alone = publish(home, "--report", mine)
    assert "give that as --against" in refused(alone)
    better = report(home / "better.json", "other", 0.91)
    worse = report(home / "worse.json", "other", 0.89)
    fallen = publish(home, "--report", mine, "--against", better)
    assert "tool en from 0.910 to 0.900" in refused(fallen)
    assert card(home)["figures"] == {}
    again = publish(home, "--report", mine, "--against", worse)
    assert again.exit_code == 0, again.output
    assert card(home)["figures"] == {"tool en": 0.9}
    assert card(home)["held_out"] == {"sha256": "d1", "compared_with": "some"}

    bare = publish(home)
    assert "is there with its figures" in refused(bare)
    forced = publish(home, "--report", mine, "--against", better, "--force")
    assert forced.exit_code == 0 and card(home)["held_out"]["compared_with"] == "some"


def test_a_report_must_be_of_the_adapter_and_on_the_same_conversations(home: Path) -> None:
    assert publish(home).exit_code == 0
    digest = card(home)["files"]["adapter_model.safetensors"]
    mine, served = report(home / "a", digest, 0.9), report(home / "b", "other", 0.8)
    for wrong, message in (
        (("--report", served, "--against", served), "measured another adapter, some (other)"),
        (("--report", mine, "--against", mine), "measured this very adapter"),
        (
            ("--report", mine, "--against", report(home / "c", "other", 0.8, data="d2")),
            "measured other held-out conversations",
        ),
        (
            ("--report", report(home / "d", digest, 0.9, variant="router"), "--against", served),
            "has no tuned-strict on held-out conversations; it has: router",
        ),
        (
            ("--report", mine, "--against", report(home / "e", "", 0.1, variant="base-strict")),
            "has no tuned-strict",
        ),
    ):
        assert message in refused(publish(home, *wrong))


def test_a_measure_that_one_report_lacks_is_told(home: Path) -> None:
    assert publish(home).exit_code == 0
    digest = card(home)["files"]["adapter_model.safetensors"]
    mine, served = report(home / "a", digest, 0.9), report(home / "b", "other", 0.8)
    body = json.loads(served.read_text())
    body["cases"] = {"tuned-strict": {"passed": {"en.jsonl en": {"value": 1.0}}}}
    served.write_text(json.dumps(body))
    said = publish(home, "--report", mine, "--against", served)
    assert said.exit_code == 0
    assert f"not compared, cases en.jsonl en: not in {mine}" in said.output


def test_a_run_of_preferences_is_published_from_its_own_folder(home: Path) -> None:
    recipe = home.parent / "preferences.yaml"
    recipe.write_text(PREFERENCES)
    missing = publish(home, recipe=recipe.name)
    assert f"{PROFILE.name}-preference/trained" in refused(missing)
    trained(home / "training" / "chat" / f"{PROFILE.name}-preference", recipe, 0.25)
    assert publish(home, recipe=recipe.name).exit_code == 0
    assert card(home)["recipe"]["method"] == "dpo"
    from safetensors.torch import load_file

    weights = load_file(home / "adapters" / "mine-1" / "adapter_model.safetensors")
    assert weights["a.lora_A.weight"].unique().tolist() == [0.25]


def test_weights_of_another_recipe_or_of_other_data_are_refused(home: Path) -> None:
    (home.parent / "other.yaml").write_text(f"profile: {PROFILE.name}\nepochs: 3\n")
    assert "the recipe's epochs is 3.0, not 1.0" in refused(publish(home, recipe="other.yaml"))
    train = home / "training" / "chat" / "train.jsonl"
    data = refused(publish(home, "--data", train, "--data", train))
    assert "the data has the hash" in data and "recipe's" not in data
    (home / "training" / "chat" / PROFILE.name / "run.json").unlink()
    assert "there is no" in refused(publish(home))


def test_what_is_missing_is_told_with_what_makes_it(home: Path) -> None:
    folder = home / "training" / "chat"
    (folder / PROFILE.name / "trained").rename(folder / "elsewhere")
    assert "trained; make it with `shopclerk finetune train`" in refused(publish(home))
    (folder / "train.jsonl").unlink()
    assert "train.jsonl; make it with `shopclerk finetune synthesise`" in refused(publish(home))


def test_a_whole_model_cannot_be_published(home: Path) -> None:
    weights = home / "training" / "chat" / PROFILE.name / "trained"
    (weights / "adapter_model.safetensors").rename(weights / "model.safetensors")
    assert "a whole model of `method: full` cannot" in refused(publish(home))


def test_the_limit_is_the_repository_s(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = home / "training" / "chat" / PROFILE.name / "trained"
    recipe = ChatRecipe(profile=PROFILE.name)
    monkeypatch.setattr(publishing, "MOST_BYTES", 10)
    out = publishing.publish(weights, recipe, PROFILE, tmp_path / "large", {})
    size = (out / "adapter_model.safetensors").stat().st_size
    with pytest.raises(TrainingError, match=rf"has {size} bytes, of which .* takes 10 at most"):
        publishing.publish(weights, recipe, PROFILE, ADAPTERS / "large", {})
    assert not (ADAPTERS / "large").exists() and not (ADAPTERS / ".large.new").exists()
    assert f"has weights of {size} bytes" in publish(home).output
    assert "leave --out out at first" in refused(publish(home, "--out", ADAPTERS / "large"))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_a_held_out_bank_says_must_not_be_trained_on(lang: Any) -> None:
    frames = [f for said in load_frames(lang, held_out=True).values() for f in said]
    frame = max((f for f in frames if "{" not in f), key=len)
    said = [{"role": "user", "content": f"hi, {frame} - thanks"}]
    with pytest.raises(TrainingError, match="in the held-out banks"):
        publishing.refuse_overlap([Row("1", lang, 1, None, [], said)], [])


def test_a_run_says_on_what_it_was() -> None:
    where = _where()
    assert where["cores"] >= 1 and where["processor"] and where["date"].startswith("20")
    if (CHECKOUT / ".git").exists():
        assert re.fullmatch(r"[0-9a-f]{40}(-dirty)?", where["commit"])


def test_the_cards_that_ship_name_what_the_weights_are() -> None:
    for folder in sorted((CHECKOUT / "data" / "models" / "adapters").glob("*-shop-5")):
        card = json.loads((folder / "card.json").read_text("utf-8"))
        assert publishing.shipped_hash(folder) == card["files"]["adapter_model.safetensors"]
