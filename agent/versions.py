"""What an answer of the model's is traced back to, beside the catalogue and the policies."""

from agent.profiles import ModelProfile


def model_versions(profile: ModelProfile) -> dict[str, str]:
    """The model that answers: its base by identity, its adapter by name and SHA-256, "" if none."""
    tuned = profile.tuned
    return {
        "model": profile.name,
        "weights": profile.weights,
        "base": profile.base.identity,
        "adapter": tuned.name if tuned else "",
        "adapter_sha256": tuned.sha256 if tuned else "",
    }
