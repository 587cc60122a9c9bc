"""Who is asking. Identity is set by the layer that authenticated it, and never by the model."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.events import Lang
    from agent.handles import Handles
    from agent.shop import Shop


class Rung(IntEnum):
    """How far up the identity ladder a shopper has climbed."""

    ANONYMOUS = 0
    ORDER = 1
    SIGNED_IN = 2
    STAFF = 3


@dataclass(frozen=True, slots=True)
class Shopper:
    """The person behind a session.

    `customer_id` is set if and only if they are signed in, `order_id` if and only if they opened
    that one order by its number and e-mail address, to read it; `order_owner` is whose it is, for
    the database's own walls alone.
    Staff are no customers: they have a `staff_name` instead, and no orders of their own; `account`
    tells an account from a later one of the same name.
    """

    rung: Rung = Rung.ANONYMOUS
    customer_id: str | None = None
    staff_name: str | None = None
    order_id: str | None = None
    order_owner: str = field(default="", compare=False)
    account: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if (self.rung is Rung.SIGNED_IN) != (self.customer_id is not None):
            raise ValueError("a signed-in shopper has a customer id, anybody else has none")
        if (self.rung is Rung.STAFF) != (self.staff_name is not None):
            raise ValueError("staff have a name, shoppers have none here")
        if (self.rung is Rung.ORDER) != (self.order_id is not None):
            raise ValueError("who opened an order by number and e-mail has its id, others none")

    @classmethod
    def signed_in(cls, customer_id: str) -> "Shopper":
        """A shopper who proved to be this customer."""
        return cls(Rung.SIGNED_IN, customer_id)

    @classmethod
    def of_order(cls, order_id: str, owner: str = "") -> "Shopper":
        """A shopper who knew the number and the e-mail address of this order."""
        return cls(Rung.ORDER, order_id=order_id, order_owner=owner)

    @classmethod
    def staff(cls, name: str, account: str = "") -> "Shopper":
        """Somebody of the shop's own."""
        return cls(Rung.STAFF, staff_name=name, account=account)


ANONYMOUS = Shopper()


@dataclass
class TurnContext:
    """What the tools of one turn may use. The model never sees it and cannot name any of it."""

    shop: "Shop"
    shopper: Shopper
    session_id: str
    lang: "Lang"
    now: datetime
    handles: "Handles"
    # Tool results of the session so far, and what the shopper said, this turn included: as typed,
    # and with simplified characters, which is how rules and the model read Chinese.
    known: list[str] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    # The last answer of the session before this turn.
    answered: str = ""
    # The tools of the turn before this one.
    looked_up: tuple[str, ...] = ()
    calls: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    ran: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    refused_calls: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    # Rules of the shop that forbade a change in this turn.
    forbidden: list[str] = field(default_factory=list)
    proposed: bool = False
    # That what the shopper asks for is sold out: the prose must not lose it.
    sold_out: str = ""
    # Whether a product that was looked up in this turn comes in several variants.
    choices: bool = False
    # Titles of products shown in this turn that are sold out whole.
    out_of_stock: list[str] = field(default_factory=list)
    # What the option that they ask for costs, where it is not what the product is listed at.
    priced: str = ""
    # How many of it there are, where they ask that: the number, and the sentence that tells it.
    counted: tuple[int, str] = (0, "")
    model_calls: int = 0
    model_seconds: float = 0.0

    def ran_as(self, asked: str, arguments: dict[str, object], name: str = "") -> None:
        """Note that the last call of `asked` ran as `name`, with `arguments` in place of its own.

        What is None was left out. `calls` keeps what the model asked, `ran` what is on record.
        """
        for place in reversed(range(len(self.ran))):
            tool, given = self.ran[place]
            if tool == asked:
                merged = {**given, **arguments}
                kept = {key: value for key, value in merged.items() if value is not None}
                self.ran[place] = (name or asked, kept)
                return

    @property
    def dialogue(self) -> str:
        """Everything said and shown in this session: an id that is not in here is invented."""
        return "\n".join([*self.known, *self.said, self.shopper.order_id or ""])
