"""Product exports for tests: written, and read through the mappings that come with Shopclerk."""

from datetime import date
from pathlib import Path

from agent.settings import CHECKOUT
from retrieval.catalogue import Catalogue, read_catalogue, read_whole
from retrieval.inputs.mapping import load_mapping

MAPPINGS = CHECKOUT / "data" / "mappings"
SALE_DAY = date(2026, 11, 27)


def text(value: str) -> dict[str, str]:
    """A text of no stated language."""
    return {"": value}


def options(**values: str) -> dict[str, dict[str, str]]:
    """Attributes by name, of no stated language."""
    return {name: text(value) for name, value in values.items()}


def read(tmp_path: Path, mapping: str, *files: str) -> Catalogue:
    """The catalogue that a mapping makes of files with these contents."""
    paths = []
    for number, content in enumerate(files, 1):
        paths.append(tmp_path / f"{number}.csv")
        paths[-1].write_text(content, encoding="utf-8")
    return read_whole(
        read_catalogue(paths, load_mapping(MAPPINGS / f"{mapping}.yaml", today=SALE_DAY))
    )


def bad(catalogue: Catalogue) -> list[str]:
    """The problems that cost a row, each in a line."""
    return [str(problem) for problem in catalogue.problems if not problem.kept]
