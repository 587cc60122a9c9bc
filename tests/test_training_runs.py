"""Recipes, and the work folder of a run: whose it is and where it goes on from."""

import json
from pathlib import Path

import pytest

from agent.errors import TrainingError
from agent.profiles import adapter_names, load_profile
from agent.settings import Settings
from finetune.chat.recipe import (
    RECIPES,
    ChatRecipe,
    PreferenceRecipe,
    load_chat_recipe,
    load_recipe,
)
from finetune.chat.work import claim, refuse_other_run
from finetune.resuming import last_checkpoint


def test_the_newest_whole_checkpoint_is_gone_on_from(tmp_path: Path) -> None:
    assert last_checkpoint(tmp_path) is None
    for step, state in ((90, '{"global_step": 90}'), (100, '{"global_step": 100}'), (110, '{"glo')):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        (folder / "trainer_state.json").write_text(state)
    (tmp_path / "checkpoint-120").mkdir()
    (tmp_path / "checkpoint-120" / "adapter_model.safetensors").touch()
    assert last_checkpoint(tmp_path) == str(tmp_path / "checkpoint-100")


def test_a_run_is_known_by_its_recipe_and_data(tmp_path: Path) -> None:
    recipe, weights = ChatRecipe(profile="x"), tmp_path / "trained"
    with pytest.raises(TrainingError, match=r"there is no .*run\.json"):
        refuse_other_run(weights, recipe, "abc")
    claim(tmp_path, recipe, "abc")
    refuse_other_run(weights, recipe, "abc")
    with pytest.raises(TrainingError, match=r"the recipe's epochs is 2\.0, not 1\.0; the data has"):
        refuse_other_run(weights, recipe.model_copy(update={"epochs": 2.0}), "def")
    # A mark of an earlier version has a field that there is no more.
    mark = tmp_path / "run.json"
    run = json.loads(mark.read_text())
    run["recipe"]["packing"] = False
    mark.write_text(json.dumps(run))
    refuse_other_run(weights, recipe, "abc")
    claim(tmp_path, recipe, "abc")
    with pytest.raises(TrainingError, match="another recipe or of other data"):
        claim(tmp_path, recipe, "def")


@pytest.mark.parametrize("name", ["cpu", "further", "gpu", "gpu-4b"])
def test_the_recipes_are_valid(name: str) -> None:
    recipe = load_chat_recipe(RECIPES / f"{name}.yaml")
    assert recipe.lora.rank <= load_profile(recipe.profile).gpu.max_lora_rank
    assert recipe.longest <= load_profile(recipe.profile).context_length


def test_the_recipe_of_preferences_is_valid() -> None:
    recipe = load_recipe(RECIPES / "preference-gpu.yaml")
    assert isinstance(recipe, PreferenceRecipe)
    assert recipe.start in adapter_names(Settings(_env_file=None))
    with pytest.raises(TrainingError, match="a recipe of preferences"):
        load_chat_recipe(RECIPES / "preference-gpu.yaml")


def test_a_faulty_recipe_is_named(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("profile: x\nlora: {rank: 0}\n")
    with pytest.raises(TrainingError, match=r"mine\.yaml: lora\.rank"):
        load_chat_recipe(file)
    with pytest.raises(TrainingError, match="cannot be read"):
        load_chat_recipe(tmp_path / "none.yaml")
