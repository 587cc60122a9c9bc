"""When a rule warns. All of it is here, with the reason; staff may pass other limits."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Limits:
    """The thresholds of every rule. They are set so that an ordinary customer meets none."""

    returns_within: timedelta = timedelta(days=180)
    """Half a year: long enough for several orders, short enough that people change."""
    returns: int = 3
    """Two returns are bad luck, or a wrong size twice."""
    return_rate: float = 0.5
    """More than half: apparel shops commonly see 20 to 30 % of orders come back."""
    return_chance: float = 0.001
    """Where everybody returns much, it is the goods: an ordinary customer of this shop would
    return so many of so many orders less often than once in a thousand times."""

    accounts_at_address: int = 4
    """Households and flat shares have two or three accounts."""
    accounts_on_method: int = 3
    """A couple may share a card or a PayPal account."""
    address_within: timedelta = timedelta(days=365)
    """Orders older than a year say little about who lives there now."""

    cards_emptied: int = 3
    """Who got two gift cards may well spend both at once."""
    cards_within: timedelta = timedelta(days=7)
    """Stolen cards are spent before their owner notices."""
    refunds_to_cards: int = 3
    """Money moved from another method to a gift card, each time of another order."""
    cards_looked_at: timedelta = timedelta(days=180)

    lock_outs: int = 2
    """One is somebody who has mislaid an e-mail; each stands for several wrong guesses."""
    lock_outs_in_all: int = 10
    """Guessing at many orders, a little at each."""
    lock_outs_within: timedelta = timedelta(days=7)

    cancellations: int = 4
    """Of orders placed within `cancelled_within`, and at least half of them all."""
    cancelled_within: timedelta = timedelta(days=30)
    changes: int = 6
    """Confirmed in the chat within `changed_within`: address, payment, items, cancellations."""
    changed_within: timedelta = timedelta(days=7)


DEFAULT = Limits()
