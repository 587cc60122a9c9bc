"""Every figure, date, attribute and promise in the prose must trace to a tool result.

The check is deterministic and runs before a sentence is released. A shopper's own figures, counts
of what was shown, and sums and differences of grounded amounts are allowed too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from itertools import combinations, zip_longest
from pathlib import Path

import yaml

from agent.events import Lang
from agent.figures import amounts, numbers, prices
from agent.normalise import language_of

_LEXICON = Path(__file__).resolve().parent.parent / "data" / "grounding.yaml"

_WEIGHS = re.compile(r"\bweighs?\b|重(?:量)?(?:是|为|达|约)")
_WEIGHT = re.compile(r"\d\s*(?:g|kg|lb|lbs|oz|grams?|kilograms?|pounds?|ounces?|克|公斤|千克|磅)")
_LINK = re.compile(r"https?://\S+|www\.\S+|\b[\w.+-]+@[\w-]+\.\w[\w.-]*", re.IGNORECASE)
_MARKUP = re.compile(r"[<>{}|]|\n")
LONGEST = {"en": 320, "zh": 140}
# Characters of one sentence; what is longer is a list, and lists live in cards.
# Names and units are short or capitalised; these are words of a sentence.
_ENGLISH_WORD = re.compile(r"\b[a-z]{3,}\b")
NEGATION = re.compile(
    r"\b(?:no|not|none|never|cannot|can't|don't|doesn't|isn't|aren't|without|couldn't|unable)\b|[不没无未]",
    re.IGNORECASE,
)
# Two or more capitalised words inside a sentence read as the name of a product or a brand.
_NAME = re.compile(r"(?<=[a-z,] )(?:[A-Z][\w'-]+)(?: (?:(?!I\b)[A-Z][\w'-]*|\d+))+")
# At a sentence's start one capital and a number are none: "Within 30 days".
_FIRST_NAME = re.compile(r"^[A-Z][\w'-]+ (?:\d+ )?(?!I\b)[A-Z][\w'-]*(?: (?:[A-Z][\w'-]*|\d+))*")
# What a sentence may begin with right before a name.
_OPENING = re.compile(
    r"^(?:The|Our|Your|This|That|Both|Yes|No|Sorry|Order|For|In|On|From|With|Use|Try)\b ?"
)
# Words of Latin letters inside a Chinese sentence: brands, names, payment methods; no numbers.
_LATIN = re.compile(r"(?<![A-Za-z0-9-])[A-Za-z][A-Za-z'’-]{2,}(?![A-Za-z0-9])")


_BEGINNING, _ENDING = 2, 4
# A Chinese character that may belong to a name, and does not merely stand before one.
_OF_A_NAME = re.compile(
    r"[\u3400-\u9fff](?<![的是款个件这那种和与跟把有为在了到或对看看下选买要有条双只台本套])"
)


@cache
def _lexicon() -> tuple[list[re.Pattern[str]], list[re.Pattern[str]], re.Pattern[str]]:
    """Claims, attribute words and claims of action, each compiled over both languages."""
    raw = yaml.safe_load(_LEXICON.read_text(encoding="utf-8"))
    claims = [re.compile(f"{c['en']}|{c['zh']}", re.IGNORECASE) for c in raw["claims"].values()]
    attributes = [
        re.compile("|".join(rf"\b{w}\b" if w.isascii() else w for w in words), re.IGNORECASE)
        for words in raw["attributes"]
    ]
    actions = re.compile(f"{raw['actions']['en']}|{raw['actions']['zh']}", re.IGNORECASE)
    return claims, attributes, actions


# "6 products", "六件": how many there are of what was shown.
_COUNT = re.compile(
    r"\b[\w-]+ (?:products?|items?|options?|results?|choices?|matches|orders?)\b"
    r"|\b(?:found|find|here are|there are) [\w-]+|(?:找到|共)\d+"
    r"|[\d零一二两三四五六七八九十]+ ?(?:件|款|个|种|条|双|张|份|笔)",
    re.IGNORECASE,
)

# How tools begin the line of a product ("P1 Title, 12.00 …") or an order ("LP-1: shipped …").
_RECORD = re.compile(r"^(?:P\d+ (?P<title>[^,\n]+),|(?P<order>#?[A-Za-z]{0,4}-?\d[\w-]*): )", re.M)


# "5 orders:", "共5个订单：": how tools begin a list, of which they may show a part.
_HEAD = re.compile(r"(?:共)?(\d{1,5})\s?(?:products|orders|rows|件商品|个订单|行)")


def _plain(text: str) -> str:
    """Without white space, punctuation and case: how a name is looked for in a sentence."""
    return re.sub(r"[\W_]", "", text).casefold()


def _records(result: str) -> Iterator[tuple[str, str]]:
    """The records of a result, each with the name it goes by, up to where the next begins."""
    marks = list(_RECORD.finditer(result))
    for mark, following in zip_longest(marks, marks[1:]):
        end = following.start() if following else len(result)
        yield mark["title"] or mark["order"], result[mark.start() : end]


@dataclass
class Evidence:
    """What the session knows: tool results and cards, and what the shopper said.

    `refusals` are what tools told the model in this turn: they are evidence of nothing.
    """

    results: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    def about(self, sentence: str) -> "Evidence":
        """Only the records that the sentence names, where it names any: what is true of one order
        or product proves nothing of another. Of an order or product shown twice the last counts.
        """
        wanted = _plain(sentence)
        named: dict[str, str] = {}
        for result in self.results:
            for name, record in _records(result):
                if _plain(name) in wanted:
                    named[name] = record
        return Evidence(list(named.values()), self.said) if named else self

    def misnamed(self, sentence: str) -> str:
        """What of a Chinese sentence ends as a shown title does and begins otherwise, "" for
        nothing: 救助徒步急救包 for 愈行徒步急救包.
        """
        titles = {_plain(name) for result in self.results for name, _ in _records(result)}
        rest = _plain(sentence)
        for title in sorted(titles, key=len, reverse=True):
            rest = rest.replace(title, " ")
        for title in titles:
            ending = title[_BEGINNING:]
            place = rest.find(ending) if len(ending) >= _ENDING else -1
            if place > 0 and _OF_A_NAME.match(rest[place - 1]):
                return rest[max(0, place - _BEGINNING) : place] + ending
        return ""

    def text(self) -> str:
        """All tool results as one text."""
        return "\n".join(self.results)

    def counts(self) -> set[Decimal]:
        """How many records each result holds, or says that there are."""
        held = {len(list(_records(result))) for result in self.results}
        said = {int(head[1]) for result in self.results if (head := _HEAD.match(result))}
        return {Decimal(count).normalize() for count in held | said}

    def figures(self) -> set[Decimal]:
        """Every allowed figure: given, counted, or the sum or difference of two given ones."""
        given = numbers(self.text()) | numbers("\n".join(self.said))
        recent = numbers("\n".join([*self.results[-2:], *self.said[-1:]]))
        # One is a pronoun more often than a count.
        return given | _sums(recent) | self.counts() | {Decimal(1)}

    def amounts(self) -> set[Decimal]:
        """Every allowed amount of money: a stock or a rating lends none."""
        said = numbers("\n".join(self.said))
        recent = prices("\n".join(self.results[-2:])) | numbers("\n".join(self.said[-1:]))
        return prices(self.text()) | said | _sums(recent)


def _sums(figures: set[Decimal]) -> set[Decimal]:
    """The sums and differences of any two, of the 60 least."""
    pairs = combinations(sorted(figures)[:60], 2)
    return {s.normalize() for a, b in pairs for s in (a + b, abs(a - b))}


def ungrounded(sentence: str, evidence: Evidence, lang: Lang) -> str | None:
    """Why `sentence` may not be shown, or None where every part of it is grounded."""
    if not sentence.strip():
        return None
    if is_mixed(sentence, lang) or language_of(sentence, lang) != lang:
        return "not in the shopper's language"
    if _MARKUP.search(sentence) or len(sentence) > LONGEST[lang]:
        return "not prose"
    if any(_plain(sentence) in _plain(refusal) for refusal in evidence.refusals):
        return "reads out what was meant for the model"
    _, _, actions = _lexicon()
    everything = _plain(evidence.text() + "\n".join(evidence.said))
    counts = evidence.counts()
    if lang == "zh" and (name := evidence.misnamed(sentence)):
        return f"name without a source: {name}"
    evidence = evidence.about(sentence)
    known = evidence.text()
    if match := actions.search(sentence):
        return f"claims an action: {match[0]}"
    figures = _LINK.sub(" ", sentence)
    figures = _COUNT.sub(lambda m: " " if numbers(m[0]) <= counts else m[0], figures)
    extra = numbers(figures) - evidence.figures() or amounts(figures) - evidence.amounts()
    if extra:
        return f"figure without a source: {', '.join(f'{n:f}' for n in sorted(extra))}"
    for link in _LINK.findall(sentence):
        if link.rstrip(".,") not in known:
            return f"address without a source: {link}"
    if why := unsourced(sentence, known):
        return why
    if _WEIGHS.search(sentence) and not _WEIGHT.search(sentence):
        return "a weight without its unit"
    # Of a Chinese list the inner items are names whole, of an English one what is capitalised.
    names = _NAME.findall(sentence) + _FIRST_NAME.findall(_OPENING.sub("", sentence))
    names += sentence.split("、")[1:-1]
    if lang == "zh":
        names += _LATIN.findall(_LINK.sub(" ", sentence))
    for name in names:
        if _plain(name) not in everything:
            return f"name without a source: {name}"
    return None


def is_mixed(text: str, lang: Lang) -> bool:
    """Whether a text that should be Chinese goes on in English words; names and units may."""
    return lang == "zh" and len(_ENGLISH_WORD.findall(text)) > 2


def unsourced(sentence: str, known: str) -> str | None:
    """The first claim, colour or material of `sentence` that `known` does not have, and why."""
    claims, attributes, _ = _lexicon()
    for pattern in claims:
        if (match := pattern.search(sentence)) and not pattern.search(known):
            return f"claim without a source: {match[0]}"
    if not NEGATION.search(sentence):
        for pattern in attributes:
            if (match := pattern.search(sentence)) and not pattern.search(known):
                return f"attribute without a source: {match[0]}"
    return None


_END = re.compile(r"(?<=[。！？；])|(?<=[.!?])(?=\s|$)|\n+")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|approx|vs|no|mr|ms|dr|st|etc)|(?:^|\n)\s*\d{1,2})\.$", re.IGNORECASE
)


def split_sentences(text: str, *, final: bool) -> tuple[list[str], str]:
    """Whole sentences at the head of `text`, and the rest that may still grow.

    With `final` the rest is a sentence too. Sentences keep no surrounding white space.
    """
    sentences: list[str] = []
    start = 0
    for end in _END.finditer(text):
        piece = text[start : end.end()]
        at_edge = (
            end.end() == len(text) and not final and not piece.rstrip().endswith(tuple("。！？；"))
        )
        if at_edge or _ABBREVIATION.search(piece.rstrip()):
            continue
        if piece.strip():
            sentences.append(piece.strip())
        start = end.end()
    rest = text[start:]
    if final and rest.strip():
        sentences.append(rest.strip())
        rest = ""
    return sentences, rest
