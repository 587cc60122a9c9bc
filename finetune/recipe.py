"""The recipe of the embedding model's adapter, checked before anything heavy is loaded."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import TrainingError

RECIPE = Path(__file__).with_name("embedding.yaml")


class Recipe(BaseModel):
    """How the adapter is trained; `embedding.yaml` explains each."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rank: int = Field(16, ge=1)
    alpha: int = Field(32, ge=1)
    targets: tuple[str, ...] = ("query", "key", "value", "dense")
    products: int = Field(32, ge=1)
    queries: int = Field(6, ge=2)
    epochs: int = Field(4, ge=1)
    titles: float = Field(0.3, ge=0, le=1)
    typos: float = Field(0.1, ge=0, le=1)
    learning_rate: float = Field(4e-4, gt=0)
    weight_decay: float = Field(0.05, ge=0)
    temperature: float = Field(0.02, gt=0)
    each_language: float = Field(0.5, ge=0, le=1)
    anchor: float = Field(0.5, ge=0)
    keep: float = Field(0.7, gt=0, le=1)
    seed: int = 7
    save_every: int = Field(20, ge=1)


def load_recipe(file: Path = RECIPE) -> Recipe:
    """The recipe in a YAML file. Raises TrainingError naming the field that cannot be."""
    try:
        return Recipe.model_validate(yaml.safe_load(file.read_text("utf-8")))
    except ValidationError as error:
        first: Any = error.errors()[0]
        raise TrainingError(f"{file}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except (OSError, yaml.YAMLError) as error:
        raise TrainingError(f"{file}: cannot be read: {' '.join(str(error).split())}") from None
