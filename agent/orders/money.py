"""Money as integer minor units: 12900 is 129.00 USD, 129 is 129 JPY."""

from decimal import Decimal, InvalidOperation

DEFAULT_CURRENCY = "USD"

# ISO 4217: currencies whose minor unit is not a hundredth.
EXPONENTS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF"), 0),
    **dict.fromkeys(("UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
# What both databases' bigger integers and a shop's books can hold without thought.
_LIMIT = 10**15


def exponent(currency: str) -> int:
    """Digits after the point that the currency has (ISO 4217); 2 unless it is an exception."""
    return EXPONENTS.get(currency, 2)


def to_minor(amount: str | Decimal, currency: str) -> int:
    """`amount` in major units as minor units: ("129.00", "USD") -> 12900.

    Raises ValueError, fit to be shown, for what is no number, is not finite, is absurdly large,
    or has more digits after the point than the currency: nothing is ever rounded.
    """
    try:
        value = amount if isinstance(amount, Decimal) else Decimal(amount.strip())
    except InvalidOperation:
        raise ValueError(f"{amount!r} is no amount; write it like '129.00'") from None
    if not value.is_finite() or abs(value) >= _LIMIT:
        raise ValueError(f"{str(amount)!r} is no amount of money")
    digits = exponent(currency)
    minor = value.scaleb(digits)
    if minor != minor.to_integral_value():
        raise ValueError(f"{str(amount)!r} has more than {digits} digits after the point")
    return int(minor)


def to_decimal(minor: int, currency: str) -> Decimal:
    """Minor units as an exact Decimal of major units: (12900, "USD") -> Decimal("129.00")."""
    return Decimal(minor).scaleb(-exponent(currency))


def to_text(minor: int, currency: str) -> str:
    """Minor units as the decimal string that the formats and cards use: 12900 -> "129.00"."""
    return f"{to_decimal(minor, currency):f}"
