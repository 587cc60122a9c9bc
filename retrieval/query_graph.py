"""The embedding model's graph as queries take it: one for each of few lengths.

A query is some ten tokens, and a graph for any length spends a fifth of its time on the length.
The table of words, by far the largest of the weights, is looked up here: each length would hold a
copy of it.
"""

from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Table = NDArray[Any]

LENGTHS = (8, 12, 16, 24)
"""In tokens; a query is padded to the next one. Half of all have up to 10, nineteen of twenty up to
16. Of multilingual-e5-small each holds 65 MB."""

_WORDS = "words"


class NoWordTable(ValueError):
    """A graph that looks up no words by their ids, so that it has no graphs for queries."""


class QueryGraphs:
    """Encodes one query of few tokens. Thread-safe: those of one length queue up.

    `positions`: the most tokens that the model takes. A length is compiled by its first query or by
    `prepare`. Raises NoWordTable.
    """

    def __init__(
        self, core: Any, graph: Any, options: dict[str, Any], pad: int, positions: int
    ) -> None:
        self.lengths = [length for length in LENGTHS if length <= positions]
        self._table = take_table(graph)
        self._core, self._graph, self._pad = core, graph, pad
        self._options = options
        self._requests: dict[int, Any] = {}
        self._locks = {length: Lock() for length in self.lengths}
        self._compiling = Lock()

    def prepare(self) -> None:
        """Compile every length now."""
        for length in self.lengths:
            with self._locks[length]:
                self._request(length)

    def __call__(self, ids: list[int]) -> Matrix | None:
        """The pooled vector of the tokens `ids`, shape (d,); None where they are too many."""
        length = next((length for length in self.lengths if length >= len(ids)), None)
        if length is None:
            return None
        padded = np.full((1, length), self._pad, dtype=np.int64)
        padded[0, : len(ids)] = ids
        inputs = {
            "input_ids": padded,
            "attention_mask": (np.arange(length) < len(ids)).astype(np.int64)[None, :],
            _WORDS: self._table[padded].astype(np.float32),
        }
        with self._locks[length]:
            found = self._request(length).infer(inputs)[0]
            return np.array(found[0], dtype=np.float32)

    def _request(self, length: int) -> Any:
        if length not in self._requests:
            with self._compiling:
                # A copy shares the weights.
                graph, wide = self._graph.clone(), self._table.shape[1]
                shapes = {"input_ids": [1, length], "attention_mask": [1, length]}
                graph.reshape(shapes | {_WORDS: [1, length, wide]})
                compiled = self._core.compile_model(graph, "CPU", self._options)
                self._requests[length] = compiled.create_infer_request()
        return self._requests[length]


def take_table(graph: Any) -> Table:
    """Let the vectors of words be an input of the graph; the table, shape (words, d), that gave
    them. Raises NoWordTable.
    """
    import openvino.opset13 as ops

    for lookup in graph.get_ops():
        if lookup.get_type_name() != "Gather" or not _is_of_ids(lookup.input_value(1)):
            continue
        table = _constant(lookup.input_value(0))
        if table is None or table.ndim != 2:
            continue
        words = ops.parameter([-1, -1, table.shape[1]], np.float32, name=_WORDS)
        words.output(0).set_names({_WORDS})
        lookup.output(0).replace(words.output(0))
        graph.add_parameters([words])
        graph.validate_nodes_and_infer_types()
        return table
    raise NoWordTable


def _constant(source: Any) -> Table | None:
    """The numbers that an input always has, as they are kept; None where it has no such."""
    node = source.get_node()
    if node.get_type_name() == "Convert":
        node = node.input_value(0).get_node()
    return np.asarray(node.data) if node.get_type_name() == "Constant" else None


def _is_of_ids(source: Any) -> bool:
    node = source.get_node()
    while node.get_type_name() == "Convert":
        node = node.input_value(0).get_node()
    return node.get_type_name() == "Parameter" and "input_ids" in node.output(0).get_names()
