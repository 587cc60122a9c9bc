"""What an answer is traced back to: adapter and policies show in it."""

from datetime import timedelta
from pathlib import Path

from agent.orders.shop_rules import policies_in_force
from agent.profiles import Adapter, load_profile
from agent.shop import Shop
from agent.versions import model_versions
from tests.shop_fixtures import Counter


def test_the_adapter_is_named_with_its_hash() -> None:
    plain = load_profile("qwen2.5-coder-0.5b")
    assert model_versions(plain) == {
        "model": "qwen2.5-coder-0.5b",
        "weights": "int8",
        "base": plain.base.identity,
        "adapter": "",
        "adapter_sha256": "",
    }
    mine = Adapter(name="mine", folder=Path("/a"), sha256="ab" * 32)
    versions = model_versions(plain.model_copy(update={"tuned": mine}))
    assert (versions["adapter"], versions["adapter_sha256"]) == ("mine", "ab" * 32)


def test_another_policy_is_another_version(counter: Counter, shop: Shop) -> None:
    before = shop.policies.version
    assert before == shop.policies.version == counter.assistant.versions()["policies"]
    with shop.db.write() as session:
        policy = policies_in_force(session, shop.clock().date())[0]
        policy.text, policy.source_hash = "## Anew\nOther rules.", "0" * 64
    changed = shop.policies.version
    assert changed != before
    with shop.db.write() as session:
        policy = policies_in_force(session, shop.clock().date())[0]
        policy.effective_to = shop.clock().date() - timedelta(days=1)
        policy.source_hash = "1" * 64
    assert shop.policies.version not in (before, changed)
