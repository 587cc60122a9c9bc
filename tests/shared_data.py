"""Where the data sets lie that come with the project's workplace and are not part of it."""

from pathlib import Path

import pytest

_FOLDER = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


def shared_data(name: str) -> Path:
    """A folder of the shared data; the test is skipped where it is absent."""
    folder = _FOLDER / name
    if not folder.is_dir():
        pytest.skip(f"needs {name} in ../shared/data, which is not here")
    return folder
