"""Models' profiles: every one valid, a faulty one named, and what the chat template renders."""

from pathlib import Path

import pytest
from transformers import AutoTokenizer

from agent.errors import SettingsError
from agent.profiles import ModelProfile, load_profile, profile_names
from agent.settings import CHECKOUT, Settings
from finetune import weights
from tests.tiny_base import local as local
from tests.tiny_base import profile as profile
from tests.tiny_base import settings as settings
from tests.tiny_base import silent
from tests.tiny_base import tiny as tiny


def test_every_profile_is_valid() -> None:
    assert profile_names() == ["qwen2.5-coder-0.5b", "qwen3-4b", "smollm2-135m"]
    for name in profile_names():
        assert load_profile(name).chat_template.is_file()
    default = load_profile(Settings(_env_file=None).model_profile)
    assert default.base.identity.startswith("sha256:1d9614638d18")
    assert default.languages == ("en", "zh")


def test_a_faulty_profile_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no model profile 'gpt' .*qwen3-4b"):
        load_profile("gpt")
    (tmp_path / "odd.yaml").write_text("description: x\nlanguages: [en]\nlicense: MIT\nbase: {}\n")
    with pytest.raises(SettingsError, match=r"odd\.yaml: base: "):
        load_profile("odd", tmp_path)
    (tmp_path / "odd.yaml").write_text("a: [")
    with pytest.raises(SettingsError, match=r"odd\.yaml: while parsing"):
        load_profile("odd", tmp_path)


TOOL = {
    "type": "function",
    "function": {
        "name": "find",
        "description": "Find things.\nMore that is not shown.",
        "parameters": {
            "type": "object",
            "properties": {
                "query": {"type": "string"},
                "max_price": {"anyOf": [{"type": "number"}, {"type": "null"}]},
                "sort": {"enum": ["new", "old"], "type": "string"},
                "changes": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"line": {"type": "integer"}, "to": {"type": "string"}},
                        "required": ["line"],
                    },
                },
            },
            "required": ["query"],
        },
    },
}


def test_the_template_renders_compact_signatures_and_marks_what_is_trained(
    profile: ModelProfile, local: Settings
) -> None:
    call = {"function": {"name": "find", "arguments": {"query": "帐篷"}}}
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "有帐篷吗"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "P1"},
        {"role": "tool", "content": "P2"},
        {"role": "assistant", "content": "有。"},
    ]
    real = profile.model_copy(update={"chat_template": CHECKOUT / "data/models/chatml.jinja"})
    tokenizer = AutoTokenizer.from_pretrained(weights.prepare(real, local, silent))
    text = tokenizer.apply_chat_template(
        messages, tools=[TOOL], tokenize=False, add_generation_prompt=True
    )
    assert text == (
        "<|im_start|>system\nBe brief.\n\n# Tools\n\n"
        "You may call one or more functions to assist with the user query.\n\n"
        "You are provided with function signatures within <tools></tools> XML tags:\n<tools>\n"
        "find(query: str, max_price?: number, sort?: new|old, changes?: {line: int, to?: str}[])"
        " -- Find things.\n</tools>\n\n"
        "For each function call, return a json object with function name and arguments within "
        "<tool_call></tool_call> XML tags:\n<tool_call>\n"
        '{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call><|im_end|>\n'
        "<|im_start|>user\n有帐篷吗<|im_end|>\n"
        '<|im_start|>assistant\n<tool_call>\n{"name": "find", "arguments": {"query": "帐篷"}}\n'
        "</tool_call><|im_end|>\n"
        "<|im_start|>user\n<tool_response>\nP1\n</tool_response>\n"
        "<tool_response>\nP2\n</tool_response><|im_end|>\n"
        "<|im_start|>assistant\n有。<|im_end|>\n<|im_start|>assistant\n"
    )
    encoded = tokenizer.apply_chat_template(
        messages, tools=[TOOL], return_dict=True, return_assistant_tokens_mask=True
    )
    kept = zip(encoded["input_ids"], encoded["assistant_masks"], strict=True)
    assert tokenizer.decode([i for i, trained in kept if trained]) == (
        '<tool_call>\n{"name": "find", "arguments": {"query": "帐篷"}}\n</tool_call><|im_end|>'
        "有。<|im_end|>"
    )
