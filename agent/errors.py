"""Every error of the agent's layer; the root and the retrieval branch come from `retrieval.errors`.

ShopclerkError
├── (CatalogueError, WeightsError, IndexStoreError: see retrieval.errors)
├── SettingsError         a setting that cannot work
├── ImportFileError       a file of customers, orders, reviews or policies that cannot be imported
├── DatabaseError         the database cannot be reached, or its schema is not the expected one
├── NotFound              no such thing, or not this shopper's: one and the same answer
├── TrainingError         a recipe or a file of training data that cannot be used
├── InvalidInput          what the caller sent cannot be used
├── SessionBusy           another turn of this session is running
└── ModelError            the model server
    ├── ModelUnavailable  not running, not warm, or not answering in time
    └── ModelNonsense     an answer that cannot be used
"""

from retrieval.errors import ShopclerkError

__all__ = [
    "DatabaseError",
    "ImportFileError",
    "InvalidInput",
    "ModelError",
    "ModelNonsense",
    "ModelUnavailable",
    "NotFound",
    "SessionBusy",
    "SettingsError",
    "ShopclerkError",
    "TrainingError",
]


class SettingsError(ShopclerkError):
    """A setting, profile or environment that cannot work."""


class ImportFileError(ShopclerkError):
    """A file that was refused whole; nothing of it was written.

    `problems` lists every fault as "FILE:LINE: FIELD: what is wrong".
    """

    def __init__(self, message: str, problems: list[str] | None = None) -> None:
        super().__init__(message)
        self.problems = problems or []


class DatabaseError(ShopclerkError):
    """The database cannot be reached, is locked, or has another schema."""


class NotFound(ShopclerkError):
    """There is no such thing for this shopper. A foreign id and a missing one read the same."""


class TrainingError(ShopclerkError):
    """A recipe or training data that cannot be used, or training that cannot go on."""


class InvalidInput(ShopclerkError):
    """Empty, too long, or otherwise unusable input."""


class SessionBusy(ShopclerkError):
    """One turn at a time per session."""


class ModelError(ShopclerkError):
    """The model server failed this turn."""


class ModelUnavailable(ModelError):
    """The model server is not running, not warm yet, or did not answer in time."""


class ModelNonsense(ModelError):
    """The model's answer was cut off, did not parse or broke its schema, twice."""
