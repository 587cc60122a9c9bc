"""A query while it is read: its text, its terms, and what of it has been understood."""

import re
from collections.abc import Iterator

from retrieval.terms import Term, Terms, folded_case, read_terms

_FREE, _KEPT, _REMOVED = 0, 1, 2

STOP = frozenset(
    word
    for line in (
        "a an and any are as at be but by can could do does for from get give got has have i i'd",
        "i'm in is it me my need of on or our please show some something that the them there these",
        "they this those to want we what which who will with would you your find looking look",
        "search searching buy like shop sell sells selling stock recommend suggest help list all",
        "anything one ones good item items product products thing things available under price",
        "priced cost costs costing weighing weighs weigh made only just also us",
    )
    for word in line.split()
)
"""Words of a request that name nothing; a name that is nothing but such words is not looked for."""

_FILLERS = """
我想要买 我想买 我想要 我想找 我要买 我要找 我需要 想要买 帮我找找 帮我找 帮我推荐 给我推荐
给我看看 给我找 有没有 有什么 能不能 可不可以 请问 请帮我 推荐一下 推荐几款 推荐一款 推荐 看看
看一下 找一下 找一款 找个 一款 一个 一件 一双 一只 一条 几款 几个 哪些 哪款 哪个 什么 想买 想要
想找 需要 要买 我要 我想 你们 有吗 有么 还有 的话 商品 产品 东西 来个 来一 求 请 给我 帮我 要 买
找 有 的 吗 呢 吧 啊 我 和 且 并且 而且 同时 又 款 是 在 里 那种 这种 以及 都 只 只要 卖 能 可以
"""
FILLERS = sorted(_FILLERS.split(), key=len, reverse=True)
"""The same in Chinese, where they stand beside other words without a space."""

_DANGLING = re.compile(
    r"^(?:\s|[,;:.、的]|(?:and|or|but|with|that|which|are|is)\b)+"
    r"|(?:\s|[,;:、]|\b(?:and|or|but|with|that|which|are|is|for|from|in|at|of|to|a|an|the|by))+$",
    re.IGNORECASE,
)
_REPEATED = re.compile(r"([,;。、])(?:\s*[,;。、])+")


class Query:
    """Places are those of `text`, which is `plain`; `original` has its capitals."""

    def __init__(self, query: str) -> None:
        self.original = folded_case(query)
        self.text = self.original.lower()
        if len(self.text) != len(self.original):
            self.original = self.text
        self.terms: list[Term] = read_terms(self.text)
        self._state = bytearray(len(self.text))

    def correct(self, term: Term, word: str) -> "Query":
        """The query with one word replaced."""
        return Query(self.original[: term.start] + word + self.original[term.end :])

    def keep(self, start: int, end: int) -> None:
        """Understood, and still of use for ranking."""
        self._mark(start, end, _KEPT)

    def remove(self, start: int, end: int) -> None:
        """Understood, and not to be searched for."""
        self._mark(start, end, _REMOVED)

    def free(self, start: int, end: int) -> bool:
        """Whether nothing in between has been understood yet."""
        return start < end and not any(self._state[start:end])

    def words(self, start: int, end: int) -> str:
        """The words as the shopper wrote them."""
        return self.original[start:end].strip()

    def left(self) -> str:
        """What is to be searched for: all that was not removed."""
        kept = [
            char if state != _REMOVED else " "
            for char, state in zip(self.original, self._state, strict=True)
        ]
        text = _REPEATED.sub(r"\1", " ".join("".join(kept).split()))
        while (shorter := _DANGLING.sub("", text)) != text:
            text = shorter
        return text

    def phrases(self, longest: int) -> Iterator[tuple[int, int]]:
        """Places in `terms`, from and to, of all runs that are free: longest first, then first."""
        free = [self.free(term.start, term.end) for term in self.terms]
        for width in range(min(longest, len(self.terms)), 0, -1):
            for i in range(len(self.terms) - width + 1):
                if all(free[i : i + width]):
                    yield i, i + width

    def phrase(self, i: int, j: int) -> Terms:
        """Terms from place to place."""
        return tuple(term.term for term in self.terms[i:j])

    def rest(self) -> list[Term]:
        """The free terms that name something: no stop words, no marks, no polite phrases."""
        fillers = self._fillers()
        return [
            term
            for term in self.terms
            if self.free(term.start, term.end)
            and term.word not in STOP
            and (term.word[0].isalnum())
            and not fillers[term.start]
        ]

    def _fillers(self) -> bytearray:
        """Where Chinese phrases stand that name nothing, at either end of a free run."""
        marked = bytearray(len(self.text) + 1)
        for run in re.finditer(r"[^\x00-\xff]+", self._free_text()):
            start, end = run.span()
            text = self.text
            while cut := next((f for f in FILLERS if text.startswith(f, start, end)), ""):
                start += len(cut)
            while cut := next((f for f in FILLERS if text.endswith(f, start, end)), ""):
                end -= len(cut)
            for i in (*range(run.start(), start), *range(end, run.end())):
                marked[i] = 1
        return marked

    def _free_text(self) -> str:
        pairs = zip(self.text, self._state, strict=True)
        return "".join(char if state == _FREE else " " for char, state in pairs)

    def _mark(self, start: int, end: int, state: int) -> None:
        for i in range(start, end):
            self._state[i] = max(self._state[i], state)
