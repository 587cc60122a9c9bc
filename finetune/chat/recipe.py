"""The recipe of the chat model's training, checked before anything heavy is loaded."""

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import TrainingError

RECIPES = Path(__file__).resolve().parent.parent / "recipes"


class Lora(BaseModel):
    """The adapter: its rank, its scale, and the layers that it is in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rank: int = Field(16, ge=1)
    alpha: int = Field(32, ge=1)
    dropout: float = Field(0.0, ge=0, lt=1)
    targets: str | tuple[str, ...] = "all-linear"


class ChatRecipe(BaseModel):
    """How a chat model is trained; the recipes in `finetune/recipes` explain each field."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    profile: str
    method: Literal["lora", "full"] = "lora"
    lora: Lora = Lora()
    start: str = ""
    epochs: float = Field(1.0, gt=0)
    learning_rate: float = Field(4e-4, gt=0)
    weight_decay: float = Field(0.0, ge=0)
    warmup: float = Field(0.05, ge=0, lt=1)
    schedule: Literal["linear", "cosine", "constant"] = "cosine"
    longest: int = Field(1600, ge=64)
    shared_prefix: bool = True
    pack_tokens: int = Field(1400, ge=64)
    pack_rows: int = Field(32, ge=1)
    batch: int = Field(1, ge=1)
    accumulate: int = Field(4, ge=1)
    gradient_checkpointing: bool = False
    save_every: int = Field(25, ge=1)
    threads: int = Field(0, ge=0)
    seed: int = 7

    @property
    def folder_name(self) -> str:
        """Where its checkpoints lie by default."""
        return self.profile


class PreferenceRecipe(BaseModel):
    """How a tuned model is taught what not to say: DPO over pairs made of the same conversations.

    `sft` is the weight of the usual loss on the chosen answer beside DPO's own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    profile: str
    method: Literal["dpo"]
    start: str = Field(min_length=1)
    pairs: int = Field(2000, ge=1)
    beta: float = Field(0.1, gt=0)
    sft: float = Field(0.2, ge=0)
    epochs: float = Field(1.0, gt=0)
    learning_rate: float = Field(2e-5, gt=0)
    warmup: float = Field(0.05, ge=0, lt=1)
    schedule: Literal["linear", "cosine", "constant"] = "cosine"
    longest: int = Field(2048, ge=64)
    batch: int = Field(1, ge=1)
    accumulate: int = Field(4, ge=1)
    gradient_checkpointing: bool = False
    save_every: int = Field(25, ge=1)
    threads: int = Field(0, ge=0)
    seed: int = 7

    @property
    def folder_name(self) -> str:
        """Where its checkpoints lie by default."""
        return f"{self.profile}-preference"


Recipe = ChatRecipe | PreferenceRecipe


def load_chat_recipe(file: Path) -> ChatRecipe:
    """The recipe of a supervised run. Raises TrainingError naming the field that cannot be."""
    recipe = load_recipe(file)
    if isinstance(recipe, ChatRecipe):
        return recipe
    raise TrainingError(f"{file}: a recipe of preferences; one of lora or full is wanted here")


def load_recipe(file: Path) -> Recipe:
    """The recipe in a YAML file. Raises TrainingError naming the field that cannot be."""
    try:
        body = yaml.safe_load(file.read_text("utf-8"))
        preference = isinstance(body, dict) and body.get("method") == "dpo"
        return (PreferenceRecipe if preference else ChatRecipe).model_validate(body)
    except ValidationError as error:
        first: Any = error.errors()[0]
        raise TrainingError(f"{file}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except (OSError, yaml.YAMLError) as error:
        raise TrainingError(f"{file}: cannot be read: {' '.join(str(error).split())}") from None
