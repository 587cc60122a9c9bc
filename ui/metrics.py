"""What this process counts for Prometheus. No label holds anything of a person or of a shop: each
has a few values, all of them names in our own code.
"""

import time
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

from agent.events import Done, Error, Event, Status
from agent.tools import staff_tools

_SECONDS = (0.1, 0.25, 0.5, 1, 2, 3, 4, 6, 10, 15, 20, 30, 45, 60)


class Metrics:
    """The counters of one application. For one event loop; the registry may be read by threads."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.turns = self._counter("turns", "Turns by how they ended.", "outcome")
        self.turn_seconds = self._seconds("turn_seconds", "Whole turns, waiting included.")
        self.model_seconds = self._seconds("model_seconds", "What the model took of a turn.")
        self.tool_calls = self._counter("tool_calls", "Tools that the model called.", "tool")
        self.refusals = self._counter("refusals", "Changes that a rule forbade.", "rule")
        self.sign_ins = self._counter(
            "sign_ins", "Tries to prove who one is, by what, and what came of it.", "way", "outcome"
        )
        self.lock_outs = self._counter("lock_outs", "Who was locked out for guessing.", "kind")
        self._tools = {tool.name for tool in staff_tools()}

    def turn(self) -> "TurnWatch":
        """Begin to watch a turn."""
        return TurnWatch(self)

    def turned_away(self) -> None:
        """A message found no place in the queue."""
        self.turns.labels("turned_away").inc()

    def not_proven(self, way: str, locked: Iterable[str]) -> None:
        """A try to prove something failed, and locked these kinds of subjects out."""
        self.sign_ins.labels(way, "failed").inc()
        for kind in locked:
            self.lock_outs.labels(kind).inc()

    def take(self, done: Done) -> None:
        """What a turn that was answered says of itself."""
        self.model_seconds.observe(done.model_seconds)
        for name, _ in done.tools:
            self.tool_calls.labels(name if name in self._tools else "other").inc()
        for rule in done.forbidden:
            self.refusals.labels(rule).inc()

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"shopclerk_{name}", text, labels, registry=self.registry)

    def _seconds(self, name: str, text: str) -> Histogram:
        return Histogram(f"shopclerk_{name}", text, buckets=_SECONDS, registry=self.registry)


class TurnWatch:
    """One turn from its place in the queue to its end."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._started = time.monotonic()
        self._unaided = False
        self._outcome = "stopped"

    def see(self, event: Event) -> None:
        """One of its events."""
        match event:
            case Status(stage="no_model"):
                self._unaided = True
            case Done():
                self._outcome = "without_model" if self._unaided else "answered"
                self._metrics.take(event)
            case Error():
                self._outcome = "failed"

    def end(self) -> None:
        """It is over; without an answer or a failure somebody has stopped it."""
        self._metrics.turns.labels(self._outcome).inc()
        self._metrics.turn_seconds.observe(time.monotonic() - self._started)
