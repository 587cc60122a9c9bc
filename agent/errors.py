"""Every error of the agent's layer; the root and the retrieval branch come from `retrieval.errors`.

ShopclerkError
├── (CatalogueError, WeightsError, IndexStoreError: see retrieval.errors)
├── SettingsError         a setting that cannot work
├── ImportFileError       a file of customers, orders, reviews or policies that cannot be imported
├── DatabaseError         the database cannot be reached, or its schema is not the expected one
├── NotFound              no such thing, or not this shopper's: one and the same answer
├── TrainingError         a recipe or a file of training data that cannot be used
├── InvalidInput          what the caller sent cannot be used
│   └── SqlRefused        a query of the staff's that the guard does not let through
├── SessionBusy           another turn of this session is running
├── DeliveryFailed        the shop's own system did not take a change; it is tried again
├── BadSignature          a message that the shop did not sign, or that is too old
├── AnswerConflict        the shop's answer contradicts what it answered before
├── Told                  an answer for the shopper, in both languages
│   ├── NotProven         that order, code or token proves nothing
│   ├── TooManyTries      guessed too often; wait
│   ├── IdentityDown      what would prove it cannot be asked now
│   ├── Refused           a rule of the shop forbids the change
│   ├── ProposalExpired   too late to confirm
│   ├── ProposalChanged   the order is no longer what the proposal restated
│   └── ProposalDecided   dismissed, or replaced by a later one
├── SqlFailed             a query that was let through and failed, or took too long
└── ModelError            the model server
    ├── ModelUnavailable  not running, not warm, or not answering in time
    └── ModelNonsense     an answer that cannot be used
"""

import re

from retrieval.errors import ShopclerkError

__all__ = [
    "AnswerConflict",
    "BadSignature",
    "DatabaseError",
    "DeliveryFailed",
    "IdentityDown",
    "ImportFileError",
    "InvalidInput",
    "ModelError",
    "ModelNonsense",
    "ModelUnavailable",
    "NotFound",
    "NotProven",
    "ProposalChanged",
    "ProposalDecided",
    "ProposalExpired",
    "Refused",
    "SessionBusy",
    "SettingsError",
    "ShopclerkError",
    "SqlFailed",
    "SqlRefused",
    "Told",
    "TooManyTries",
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


class SqlRefused(InvalidInput):
    """A query that is not run; one plain line says what was refused and what would work."""


class SqlFailed(ShopclerkError):
    """The database did not answer a query that was let through, or not in time."""


class DeliveryFailed(ShopclerkError):
    """The shop's own system did not take a change.

    `retry_after` is how many seconds it asked to be left alone, 0 if it did not.
    """

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class BadSignature(ShopclerkError):
    """A message to us that is not signed with the shop's secret, or is not of this moment."""


class AnswerConflict(ShopclerkError):
    """What the shop answers cannot be after what it answered before."""


class ModelError(ShopclerkError):
    """The model server failed this turn."""


class ModelUnavailable(ModelError):
    """The model server is not running, not warm yet, or did not answer in time."""


class ModelNonsense(ModelError):
    """The model's answer was cut off, did not parse or broke its schema, twice."""


class Told(ShopclerkError):
    """An answer for the shopper, in both languages. `str()` is the English one."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.en = en
        self.zh = zh

    @property
    def code(self) -> str:
        """The class's name as programs read it: ``proposal_expired``."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()


class Refused(Told):
    """The shop's rules do not allow this change; `rule` names the one that forbids it."""

    def __init__(self, rule: str, en: str, zh: str) -> None:
        super().__init__(en, zh)
        self.rule = rule


class ProposalExpired(Told):
    """The proposal's time is over; nothing was done."""


class ProposalChanged(Told):
    """What the proposal restated is no longer so; nothing was done."""


class ProposalDecided(Told):
    """The proposal was dismissed, or a later one took its place; nothing was done."""


class NotProven(Told):
    """What was given proves nothing: wrong, used up, expired and nobody's are answered alike.

    `locked` are the kinds of subjects that are locked out because of it.
    """

    locked: tuple[str, ...] = ()


class TooManyTries(Told):
    """Guessed or asked too often; trying again makes sense after `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        minutes = -(-retry_after // 60)
        super().__init__(
            f"Too many tries; please try again in {minutes} min.",
            f"尝试次数过多，请在 {minutes} 分钟后再试。",
        )
        self.retry_after = retry_after


class IdentityDown(Told):
    """The counter of tries or the shop's keys cannot be reached, so nobody climbs; try later."""

    def __init__(self) -> None:
        super().__init__(
            "Signing in does not work right now; please try again in a minute.",
            "暂时无法登录，请稍后再试。",
        )
