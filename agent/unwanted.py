"""What a whole message does not want, on top of what the query made of it says."""

import re
from dataclasses import replace

from retrieval.understanding.chips import Chip, Understood

# Not "I have no jacket", 我没有羽绒服: who has none wants one.
_UNWANTED = re.compile(
    r"(?:and |but )?(?:(?:nothing|without|neither|allergic|free of|avoid|except|other than"
    r"|exclud(?:ing|es?)|(?:any|every)thing but|rather than|allergy to"
    r"|(?:i )?(?:do not|don['’]?t) want|(?:it )?(?:must|should)(?: not|n['’]?t)"
    r"|(?:i |it )?(?:can not|cannot|can['’]?t)"
    r"|(?:do|does)(?: not|n['’]?t) (?:contain|include))\b"
    r"|.*\b(?:allergy|excluded)$|[a-z]+[ -]free$)"
    r"|(?:但|且|并且)?(?:不要|不想要|不含|不包含|不带|不得|不能[有含带]|不可以?[有含]|别|避开|排除|去掉|除|对"
    r"|.*(?:除外的?|过敏)$)",
    re.IGNORECASE,
)
_NEXT = re.compile(r"(?:or|nor|and)\b|[,，、/]|或|和|及|与|以及|还有", re.IGNORECASE)


def also_unwanted(query: Understood, message: Understood) -> Understood:
    """What a query says, and of the message that it was taken from what is not wanted."""
    said = {chip.key for chip in query.chips}
    added = [chip for chip in _unwanted(message) if chip.key not in said]
    return replace(query, chips=(*query.chips, *added))


def _unwanted(message: Understood) -> list[Chip]:
    """The chips of what is plainly not wanted; of a list all: "nothing with wool or down"."""
    kept: list[Chip] = []
    goes_on = False
    for chip in message.chips:
        if chip.kind == "not":
            goes_on = bool(_UNWANTED.match(chip.text) or (goes_on and _NEXT.match(chip.text)))
            kept += [chip] if goes_on else []
    return kept
