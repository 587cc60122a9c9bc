"""Climbing: an order number with its e-mail address, an e-mailed code, the shop's own token, or a
staff member's password.

What proves nothing is answered alike, whatever the reason. Guessing is counted and locked out.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from agent.clock import Clock
from agent.context import Rung, Shopper
from agent.errors import NotProven
from agent.events import Lang
from agent.identity import lockouts
from agent.identity.codes import Codes
from agent.identity.letters import code_letter, language_for
from agent.identity.mail import MailError, Post, open_post
from agent.identity.records import customer_of, email_address, full_name, order_of
from agent.identity.staff import Staff, plain_name
from agent.identity.throttle import Subject, Throttle, client
from agent.identity.tokens import Tokens, open_tokens
from agent.orders.access.scope import SYSTEM
from agent.orders.database import Database
from agent.orders.formats import order_number
from agent.orders.models import Customer, Order
from agent.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Climbed:
    """Who the shopper proved to be, and what the page calls them."""

    shopper: Shopper
    name: str


class Ladder:
    """The rungs above the anonymous. Threads may share it.

    `address` is the client's, as the web layer knows it. What proves something raises NotProven,
    what counts tries TooManyTries and IdentityDown, what takes an e-mail address InvalidInput.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        throttle: Throttle,
        tokens: Tokens,
        post: Post,
        sender: str = "",
    ) -> None:
        self._db = db
        self._clock = clock
        self._throttle = throttle
        self._tokens = tokens
        self._post = post
        self._sender = sender
        self._codes = Codes(db, clock)
        self._staff = Staff(db, clock)

    def by_order(self, number: str, email: str, address: str) -> Climbed:
        """The right to read the one order with this number and this customer's e-mail address."""
        email = email_address(email)

        def proof() -> Climbed | None:
            with self._db.read(SYSTEM) as session:
                order = order_of(session, number, email)
            if order is None:
                return None
            return Climbed(Shopper.of_order(order.id, order.customer_id), order.id)

        guessed = Subject("order", order_number(number)), Subject("buyer", email)
        return self._prove(
            proof,
            client(address),
            guessed,
            NotProven(
                "No order has that number and that e-mail address.",
                "没有与该订单号和邮箱都相符的订单。",
            ),
        )

    def ask_code(self, email: str, address: str) -> None:
        """Count that a code is asked for; whether anybody has this address makes no difference."""
        here = client(address)
        self._throttle.request(here)
        self._throttle.letter(Subject("email", email_address(email)), here)

    def send_code(self, email: str, lang: Lang) -> None:
        """Send a code to the customer with this address, if there is one; never raises for mail.

        For after the answer: how long it takes tells whether there is such a customer.
        """
        with self._db.read(SYSTEM) as session:
            customer = customer_of(session, email_address(email))
        if customer is None:
            return
        code = self._codes.issue(customer.id)
        language = language_for(customer.locale, lang)
        try:
            letter = code_letter(code, customer.email, self._sender, language, self._clock)
            self._post.send(letter)
        except (MailError, ValueError) as error:
            log.error("the code for customer %s was not sent: %s", customer.id, error)

    def by_code(self, email: str, code: str, address: str) -> Climbed:
        """Sign in by the code that was e-mailed."""
        email = email_address(email)

        def proof() -> Climbed | None:
            customer_id = self._codes.redeem(email, code)
            return self._customer(customer_id) if customer_id else None

        return self._prove(
            proof,
            client(address),
            (Subject("email", email),),
            NotProven(
                "That code is wrong or no longer valid; ask for a new one.",
                "验证码错误或已失效，请重新获取。",
            ),
        )

    def by_token(self, token: str, address: str) -> Climbed:
        """Sign in by a token of the shop's own pages."""

        def proof() -> Climbed | None:
            claims = self._tokens.verify(token)
            climbed = self._customer(claims.customer_id) if claims else None
            return climbed if claims and climbed and self._tokens.spend(claims) else None

        return self._prove(
            proof,
            client(address),
            (),
            NotProven(
                "The shop's sign-in could not be verified; please sign in there again.",
                "无法验证店铺的登录信息，请在店铺页面重新登录。",
            ),
        )

    def by_staff(self, name: str, password: str, address: str) -> Climbed:
        """Sign in as a member of the shop's staff."""
        here = client(address)

        def proof() -> Climbed | None:
            member = self._staff.sign_in(name, password, here)
            return Climbed(member, member.staff_name or "") if member else None

        return self._prove(
            proof,
            here,
            (Subject("staff", plain_name(name)),),
            NotProven("That name and password do not fit.", "用户名或密码不正确。"),
        )

    def is_staff(self, shopper: Shopper) -> bool:
        """Whether a member who signed in still has that account."""
        return self._staff.stands(shopper)

    def may_follow(self, before: Shopper, after: Shopper) -> bool:
        """Whether what `before` said and was shown is for `after` to go on with.

        Staff begin anew: nothing that somebody planted in a conversation speaks to their tools.
        """
        if Rung.STAFF in (before.rung, after.rung):
            return False
        if before.rung == Rung.ORDER and after.rung > Rung.ORDER:
            with self._db.read(SYSTEM) as session:
                order = session.get(Order, before.order_id)
            return order is not None and order.customer_id == after.customer_id
        return before == after or before.rung == Rung.ANONYMOUS

    def _prove(
        self,
        proof: Callable[[], Climbed | None],
        here: Subject,
        guessed: tuple[Subject, ...],
        refusal: NotProven,
    ) -> Climbed:
        self._throttle.request(here)
        self._throttle.begin(here, *guessed)
        climbed = proof()
        if climbed is None:
            locked = self._throttle.fail(here, *guessed)
            for subject in locked:
                lockouts.record(self._db, self._clock(), subject, here)
            refusal.locked = tuple(subject.kind for subject in locked)
            raise refusal
        self._throttle.succeed(*guessed)
        return climbed

    def _customer(self, customer_id: str) -> Climbed | None:
        with self._db.read(SYSTEM) as session:
            customer = session.get(Customer, customer_id)
        if customer is None:
            return None
        return Climbed(Shopper.signed_in(customer.id), full_name(customer))


def open_ladder(settings: Settings, db: Database, clock: Clock) -> Ladder:
    """The ladder of these settings. Raises SettingsError for those that cannot work."""
    return Ladder(
        db,
        clock,
        Throttle(settings.rate_limit_url.get_secret_value()),
        open_tokens(settings, db, clock),
        open_post(settings, clock),
        settings.mail_from,
    )
