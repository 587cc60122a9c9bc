"""Staff's passwords: kept as a slow salted hash, compared in constant time."""

import hashlib
import hmac
import secrets
import unicodedata

from agent.errors import InvalidInput

SHORTEST, LONGEST = 12, 200

# scrypt (RFC 7914): 2^15, 8, 3 is one of the settings of OWASP's Password Storage Cheat Sheet.
_N, _R, _P = 2**15, 8, 3
_MEMORY = 64 * 1024 * 1024  # bytes; it takes 128 * N * R
# Without what looks alike: a password is read off a terminal and typed.
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_GROUPS, _GROUP = 5, 4

NOBODYS = f"scrypt${_N}${_R}${_P}${'0' * 32}${'0' * 64}"
"""What no password fits: looking at it takes as long as looking at anybody's."""


def generated() -> str:
    """A password of 99 bits."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def checked(password: str, name: str) -> str:
    """The password, if it may be `name`'s. Raises InvalidInput."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInput(f"a password has {SHORTEST} to {LONGEST} characters")
    if len(set(password.casefold())) < 5 or name in password.casefold():
        raise InvalidInput("that password is guessed too easily; leave --prompt out to have one")
    return password


def hashed(password: str) -> str:
    """What is kept in the password's place; its cost stands in it, so that it can be raised."""
    salt = secrets.token_hex(16)
    return f"scrypt${_N}${_R}${_P}${salt}${_digest(password, salt, _N, _R, _P)}"


def fits(password: str, kept: str) -> bool:
    """Whether it is the password that `kept` was made of."""
    _, n, r, p, salt, digest = kept.split("$")
    return hmac.compare_digest(_digest(password, salt, int(n), int(r), int(p)), digest)


def _digest(password: str, salt: str, n: int, r: int, p: int) -> str:
    # However a keyboard composes its characters, it is one password (RFC 8265, OpaqueString).
    text = unicodedata.normalize("NFC", password).encode("utf-8", "replace")
    made = hashlib.scrypt(text, salt=salt.encode(), n=n, r=r, p=p, maxmem=_MEMORY, dklen=32)
    return made.hex()
