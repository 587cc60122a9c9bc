"""What every test gets: its own state folder, no settings from outside, no network model."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Before anything else is imported: libraries read these once, and session fixtures come first.
for _name in [name for name in os.environ if name.startswith("SHOPCLERK_")]:
    if _name != "SHOPCLERK_SHARED":
        del os.environ[_name]
_HOME = Path(tempfile.mkdtemp(prefix="shopclerk-test-"))
os.environ |= {
    "SHOPCLERK_HOME": str(_HOME / "state"),
    # A port that nothing listens on: no test talks to a model server that happens to run here.
    "SHOPCLERK_MODEL_PORT": "9",
    "HF_HOME": str(_HOME / "hub"),
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
}

import pytest  # noqa: E402

from agent.settings import CHECKOUT, Settings  # noqa: E402
from retrieval import dictionary  # noqa: E402
from retrieval.errors import WeightsError  # noqa: E402

pytest_plugins = ["tests.databases", "tests.imports", "tests.open_shop", "tests.shop_fixtures"]


@pytest.fixture(autouse=True, scope="session")
def no_settings_from_outside() -> Iterator[None]:
    """No `.env` of the working folder is read; the state folder goes when the session ends."""
    before = Settings.model_config.get("env_file")
    Settings.model_config["env_file"] = None
    yield
    Settings.model_config["env_file"] = before
    shutil.rmtree(_HOME, ignore_errors=True)


@pytest.fixture(autouse=True)
def no_dictionary_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands translate with the dictionary that `make setup` prepared, or with none."""
    prepared = CHECKOUT / "data" / "build" / "models" / dictionary.NAME / dictionary.FILE

    def found(_folder: Path) -> Path:
        if not prepared.is_file():
            raise WeightsError("no test fetches the dictionary")
        return prepared

    monkeypatch.setattr(dictionary, "prepare_dictionary", found)
