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
    batch: int = Field(1, ge=1)
    accumulate: int = Field(4, ge=1)
    packing: bool = False
    gradient_checkpointing: bool = False
    save_every: int = Field(25, ge=1)
    threads: int = Field(0, ge=0)
    seed: int = 7


def load_chat_recipe(file: Path) -> ChatRecipe:
    """The recipe in a YAML file. Raises TrainingError naming the field that cannot be."""
    try:
        return ChatRecipe.model_validate(yaml.safe_load(file.read_text("utf-8")))
    except ValidationError as error:
        first: Any = error.errors()[0]
        raise TrainingError(f"{file}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except (OSError, yaml.YAMLError) as error:
        raise TrainingError(f"{file}: cannot be read: {' '.join(str(error).split())}") from None
