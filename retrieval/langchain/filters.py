"""Constraints as LangChain gives them: our `Filters`, or a plain dict of their fields."""

from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from retrieval.facets import Filters

FilterLike = Filters | Mapping[str, Any] | None


def as_filters(given: FilterLike) -> Filters:
    """The constraints that were given; an entry of None does not constrain.

    Raises ValueError where a name is no field of `Filters` or a value is not of its type: a
    constraint that is not understood must not be lost.
    """
    if isinstance(given, Filters):
        return given
    entries = {name: value for name, value in (given or {}).items() if value is not None}
    known = [field.name for field in fields(Filters)]
    if unknown := entries.keys() - set(known):
        raise ValueError(f"no filter is named {min(unknown)!r}; there are {', '.join(known)}")
    return _adapter().validate_python(entries)


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Filters]:
    return TypeAdapter(Filters)
