"""What `up` prepares in a process of its own: its result, its errors, its death."""

import os
import signal
from pathlib import Path

import pytest

from retrieval.errors import WeightsError
from ui.preparation import apart


def its_process(folder: Path) -> int:
    (folder / "ran").touch()
    return os.getpid()


def refused() -> None:
    raise WeightsError("no source holds it")


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def ignores_ctrl_c() -> bool:
    return signal.getsignal(signal.SIGINT) is signal.SIG_IGN


@pytest.mark.integration
def test_it_runs_apart_and_gives_its_result(tmp_path: Path) -> None:
    assert apart(its_process, tmp_path) != os.getpid()
    assert (tmp_path / "ran").exists()


@pytest.mark.integration
def test_its_error_is_raised_here() -> None:
    with pytest.raises(WeightsError, match="no source holds it"):
        apart(refused)


@pytest.mark.integration
def test_its_death_is_said_in_one_line() -> None:
    with pytest.raises(WeightsError, match="was killed, maybe for want of memory"):
        apart(killed)


@pytest.mark.integration
def test_ctrl_c_is_the_parents_business() -> None:
    assert apart(ignores_ctrl_c)
