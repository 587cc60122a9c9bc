"""What reading a catalogue found beside its products: every row counted, the first kept in full."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from retrieval.catalogue import Item, LeftOut, Problem, Product

MOST_PROBLEMS = 1000


@dataclass(slots=True)
class ReadReport:
    """Complete once the products that `sift` yields are exhausted.

    `problems` holds the first `MOST_PROBLEMS` that cost a row, and as many that only note
    something; `unlisted` counts the rest. `left_out` counts what is not for sale, by reason.
    """

    products: int = 0
    bad_rows: int = 0
    notices: int = 0
    unlisted: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    _listed: Counter[bool] = field(default_factory=Counter)
    _last_bad: tuple[str, int] = ("", -1)

    def sift(self, items: Iterable[Item]) -> Iterator[Product]:
        """The products of `read_catalogue`; everything else is noted here."""
        for item in items:
            match item:
                case Product():
                    self.products += 1
                    yield item
                case Problem():
                    self._note(item)
                case LeftOut():
                    self.left_out[item.reason] += 1

    @property
    def bad(self) -> list[Problem]:
        """The listed problems that cost a row."""
        return [problem for problem in self.problems if not problem.kept]

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        names = ("file", "line", "field", "message", "kept")
        return {
            "bad_rows": self.bad_rows,
            "left_out": dict(self.left_out),
            "problems": [{name: getattr(p, name) for name in names} for p in self.problems],
            "problems_not_listed": self.unlisted,
        }

    def _note(self, problem: Problem) -> None:
        if problem.kept:
            self.notices += 1
        elif (place := (problem.file, problem.line)) != self._last_bad:
            # The problems of one row follow each other.
            self.bad_rows += 1
            self._last_bad = place
        if self._listed[problem.kept] < MOST_PROBLEMS:
            self._listed[problem.kept] += 1
            self.problems.append(problem)
        else:
            self.unlisted += 1
