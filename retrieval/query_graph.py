"""The embedding model's graph as queries take it: one for each of few lengths, in 8 bits.

A query is some ten tokens: a graph for any length spends a fifth of its time on the length, and
reading the weights takes as long as computing with them. The table of words, by far the largest of
the weights, is looked up here: each length would hold a copy of it. Passages keep all their bits.
"""

import math
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Table = NDArray[Any]

LENGTHS = (8, 12, 16, 24)
"""In tokens; a query is padded to the next one. Half of all have up to 10, nineteen of twenty up to
16. Of multilingual-e5-small each holds 30 MB in 8 bits, else 65 MB."""

_WORDS = "words"
_GROUP = 128
"""How many numbers of a token, and how many weights of an output, share a scale in 8 bits."""


class NoWordTable(ValueError):
    """A graph that looks up no words by their ids, so that it has no graphs for queries."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A request for one length, with what it reads: ids and mask, shape (length,), and the words'
    vectors, shape (length, d).
    """

    request: Any
    ids: NDArray[np.int64]
    mask: NDArray[np.int64]
    words: Matrix


class QueryGraphs:
    """Encodes one query of few tokens. Thread-safe: those of one length queue up.

    `positions`: the most tokens that the model takes; `eight_bits`: whether weights, and what they
    are multiplied with, are rounded to 8 bits. A length is compiled by its first query or by
    `prepare`. Raises NoWordTable.
    """

    def __init__(
        self,
        core: Any,
        graph: Any,
        options: dict[str, Any],
        pad: int,
        positions: int,
        *,
        eight_bits: bool,
    ) -> None:
        self.lengths = [length for length in LENGTHS if length <= positions]
        # A copy shares the weights.
        self._graph = graph.clone()
        self._table = take_table(self._graph)
        if eight_bits:
            round_weights(self._graph)
            options = options | {"DYNAMIC_QUANTIZATION_GROUP_SIZE": _GROUP}
        self._core, self._pad, self._options = core, pad, options
        self._prepared: dict[int, _Prepared] = {}
        self._locks = {length: Lock() for length in self.lengths}
        self._compiling = Lock()

    def prepare(self) -> None:
        """Compile every length now."""
        for length in self.lengths:
            with self._locks[length]:
                self._of_length(length)

    def __call__(self, ids: list[int]) -> Matrix | None:
        """The pooled vector of the tokens `ids`, shape (d,); None where they are too many."""
        length = next((length for length in self.lengths if length >= len(ids)), None)
        if length is None:
            return None
        with self._locks[length]:
            prepared = self._of_length(length)
            # Handed over as arguments, they would be copied: a tenth of the time.
            prepared.ids.fill(self._pad)
            prepared.ids[: len(ids)] = ids
            prepared.mask[:] = np.arange(length) < len(ids)
            prepared.words[:] = self._table[prepared.ids]
            found = prepared.request.infer(share_outputs=True)[0]
            return np.array(found[0], dtype=np.float32)

    def _of_length(self, length: int) -> _Prepared:
        if length not in self._prepared:
            with self._compiling:
                graph, wide = self._graph.clone(), self._table.shape[1]
                shapes = {"input_ids": [1, length], "attention_mask": [1, length]}
                graph.reshape(shapes | {_WORDS: [1, length, wide]})
                request = self._core.compile_model(graph, "CPU", self._options)
                request = request.create_infer_request()
                names = ("input_ids", "attention_mask", _WORDS)
                read = [request.get_tensor(name).data[0] for name in names]
                self._prepared[length] = _Prepared(request, *read)
        return self._prepared[length]


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


def round_weights(graph: Any) -> None:
    """Keep every matrix of weights as 8-bit integers, with a scale for each `_GROUP` of them."""
    import openvino.opset13 as ops

    for product in graph.get_ops():
        if product.get_type_name() != "MatMul" or not product.get_attributes()["transpose_b"]:
            continue
        weights = _constant(product.input_value(1))
        if weights is None or weights.ndim != 2:
            continue
        outputs, inputs = weights.shape
        grouped = weights.astype(np.float32).reshape(outputs, -1, math.gcd(inputs, _GROUP))
        most = np.maximum(np.abs(grouped).max(axis=2, keepdims=True), 1e-4)
        scales = (most / 127).astype(np.float16)
        rounded = np.clip(np.rint(grouped / scales), -127, 127).astype(np.int8)
        near = ops.multiply(ops.convert(ops.constant(rounded), "f16"), ops.constant(scales))
        whole = ops.reshape(near, ops.constant(np.array(weights.shape)), special_zero=False)
        product.input(1).replace_source_output(ops.convert(whole, "f32").output(0))
    graph.validate_nodes_and_infer_types()


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
