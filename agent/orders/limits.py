"""How much of the database one process takes, and for how long."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """`connections` are kept in a pool; all times are seconds.

    `wait`: for a free connection. The other three are PostgreSQL's own timeouts, set on each
    connection: of one statement, of waiting for a lock, of a transaction that does nothing.
    """

    connections: int = 10
    wait: float = 5.0
    statement: float = 15.0
    lock: float = 5.0
    idle: float = 60.0

    def postgresql_options(self, given: str = "") -> str:
        """The connection's `options`, behind those that the URL gives."""
        timeouts = {
            "statement_timeout": self.statement,
            "lock_timeout": self.lock,
            "idle_in_transaction_session_timeout": self.idle,
        }
        ours = [f"-c {name}={round(1000 * seconds)}" for name, seconds in timeouts.items()]
        return " ".join(filter(None, [*ours, given]))
