"""The report of an evaluation: JSON for machines, Markdown and a page for people, the failures."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from finetune.evaluation.document import Document, Table
from finetune.evaluation.figures import Resampling
from finetune.evaluation.judging import MEASURES
from finetune.evaluation.plots import grouped_bars
from finetune.evaluation.running import Found

SHOWN = 25
"""Failures of one kind and variant in the report; all of them are in failures.jsonl."""
LABELS = MEASURES | {
    "bleu": "BLEU of the prose, 0 to 100",
    "perplexity": "perplexity of the gold answers",
}
_PLAIN = {"tokens", "prompt_tokens", "seconds", "bleu", "perplexity"}
_HEADLINE = (
    "tool",
    "first",
    "exact",
    "outcome",
    "f1",
    "format",
    "no_tool",
    "asks_back",
    "grounded",
)
_LANGS = {"en": "English", "zh": "Chinese", "all": "both"}

Body = dict[str, Any]


def body_of(name: str, found: Found, how: Resampling, machine: Body) -> Body:
    """Everything that was measured, without the single failures of steps."""
    variants: Body = {}
    for measured in found.measured:
        figures = {
            kind: {group: {m: f.as_dict() for m, f in sorted(some.items())} for group, some in of}
            for kind, split in measured.figures(how).items()
            for of in [split.items()]
        }
        kinds = Counter(failure["kind"] for failure in measured.failures())
        variants[measured.variant] = {
            "model": measured.about,
            "figures": figures,
            "faults": dict(kinds.most_common()),
        }
    return {
        "name": name,
        "data": found.data,
        "intervals": {"resamples": how.resamples, "seed": how.seed, "level": 0.95},
        "variants": variants,
        "tasks": found.tasks,
        "cases": found.cases,
        **machine,
    }


def write_report(folder: Path, body: Body, failures: Sequence[dict[str, str]]) -> Path:
    """report.json, report.md, report.html and failures.jsonl in `folder`; returns the page."""
    folder.mkdir(parents=True, exist_ok=True)
    document = document_of(body, failures)
    _write(folder / "report.json", json.dumps(body, ensure_ascii=False, indent=1))
    _write(folder / "report.md", document.markdown())
    lines = [json.dumps(failure, ensure_ascii=False) + "\n" for failure in failures]
    _write(folder / "failures.jsonl", "".join(lines))
    page = folder / "report.html"
    _write(page, document.page())
    return page


def _write(file: Path, text: str) -> None:
    beside = file.with_name(f"{file.name}.new")
    beside.write_text(text, "utf-8")
    beside.replace(file)


def document_of(body: Body, failures: Sequence[dict[str, str]]) -> Document:
    """The report as parts."""
    document = Document(f"Evaluation {body['name']}")
    about = [
        f"{key}: {body[key]}" for key in ("processor", "cores", "memory_gib", "date") if key in body
    ]
    document.add("What was measured", _summary(body) + (f" {', '.join(about)}." if about else ""))
    if body["variants"]:
        _steps(document, body)
    if body["tasks"]:
        _tasks(document, body)
    if body["cases"]:
        _cases(document, body)
    if failures:
        _failures(document, failures)
    return document


def _summary(body: Body) -> str:
    data, level = body["data"], body["intervals"]
    parts = []
    if data:
        langs = ", ".join(f"{n} {lang}" for lang, n in data["steps_by_language"].items())
        parts.append(
            f"{data['steps']} answers ({langs}) in {data['conversations']} held-out conversations "
            f"(SHA-256 {data['sha256'][:12]}…), each from the gold history before it."
        )
    parts.append(
        f"Brackets are 95 % bootstrap intervals, {level['resamples']} resamples of whole "
        f"dialogues, seed {level['seed']}."
    )
    return " ".join(parts)


def _steps(document: Document, body: Body) -> None:
    variants = list(body["variants"])
    for lang in ("en", "zh", "all"):
        rows = [
            [label, *(_figure(_of(body, v, "language", lang, measure), measure) for v in variants)]
            for measure, label in LABELS.items()
            if any(_of(body, v, "language", lang, measure) for v in variants)
        ]
        if rows:
            document.add(
                f"Held-out answers, {_LANGS[lang]}",
                table=Table(["measure", *variants], rows),
                svg=_bars(body, "language", [lang], list(_HEADLINE)),
            )
    document.add("Variants", table=_models(body))
    for kind, measure in (("tool", "decision"), ("intent", "decision")):
        groups = _groups(body, kind)
        rows = [
            [group, *(_figure(_either(body, v, kind, group, measure), measure) for v in variants)]
            for group in groups
        ]
        document.add(
            f"By {kind}",
            f"{LABELS[measure]}; the router by its first choice.",
            table=Table([kind, *variants], rows),
            svg=_bars_of(body, kind, [g for g in groups if g.startswith("all ")], measure),
        )


def _groups(body: Body, kind: str) -> list[str]:
    return sorted({g for v in body["variants"].values() for g in v["figures"][kind]})


def _of(body: Body, variant: str, kind: str, group: str, measure: str) -> Body | None:
    found: Body | None = body["variants"][variant]["figures"][kind].get(group, {}).get(measure)
    return found


def _either(body: Body, variant: str, kind: str, group: str, measure: str) -> Body | None:
    return _of(body, variant, kind, group, measure) or _of(body, variant, kind, group, "first")


def _figure(figure: Body | None, measure: str) -> str:
    if figure is None:
        return "–"
    value, low, high = figure["value"], figure["low"], figure["high"]
    if measure in _PLAIN:
        return f"{value:.2f} ({low:.2f} to {high:.2f})"
    return f"{100 * value:.1f} % ({100 * low:.1f} to {100 * high:.1f}), n {figure['n']}"


def _bars(body: Body, kind: str, groups: list[str], measures: list[str]) -> str:
    if not find_spec("matplotlib"):
        return ""
    bars = {v: [_of(body, v, kind, groups[0], m) for m in measures] for v in body["variants"]}
    return grouped_bars(f"Held-out answers, {_LANGS[groups[0]]}", measures, bars)


def _bars_of(body: Body, kind: str, groups: list[str], measure: str) -> str:
    if not find_spec("matplotlib") or not groups:
        return ""
    bars = {
        v: [_either(body, v, kind, group, measure) for group in groups] for v in body["variants"]
    }
    return grouped_bars(f"By {kind}", [group.removeprefix("all ") for group in groups], bars)


def _models(body: Body) -> Table:
    rows = [
        [name, "; ".join(f"{key} {value}" for key, value in one["model"].items() if value != "")]
        for name, one in body["variants"].items()
    ]
    return Table(["variant", "model"], rows)


def _tasks(document: Document, body: Body) -> None:
    names = list(body["tasks"])
    first = body["tasks"][names[0]]
    keys = [f"pass^{k}" for k in range(1, first["runs"] + 1)]
    rows = [[key, *(_figure(body["tasks"][v].get(key), key) for v in names)] for key in keys]
    for key in ("unconfirmed_writes", "dismissed_proposals", "turns", "seconds_a_turn"):
        rows.append([key.replace("_", " "), *(str(body["tasks"][v][key]) for v in names)])
    for kind in sorted({k for v in names for k in body["tasks"][v]["by_kind"]}):
        counts = [body["tasks"][v]["by_kind"].get(kind, [0, 0]) for v in names]
        rows.append([kind.replace("_", " "), *(f"{a} of {b}" for a, b in counts)])
    text = (
        f"{first['tasks']} sound training tasks of tau-bench retail (seed {first['seed']}), each "
        f"{first['runs']} times in other words; success is the state of the database."
    )
    document.add("Tasks with a scripted shopper", text, table=Table(["", *names], rows))
    lost = [
        [v, f"{one['task']}.{one['run']}", one["why"], _talk(one["transcript"])]
        for v in names
        for one in body["tasks"][v]["failed"][:SHOWN]
    ]
    if lost:
        table = Table(["variant", "task.run", "why", "conversation"], lost)
        document.add("Failed tasks", table=table, level=3)


def _cases(document: Document, body: Body) -> None:
    names = list(body["cases"])
    groups = list(dict.fromkeys(g for v in names for g in body["cases"][v]["passed"]))
    rows = [
        [group, *(_figure(body["cases"][v]["passed"].get(group), "passed") for v in names)]
        for group in groups
    ]
    rows.append(["median turn, s", *(str(body["cases"][v]["median_turn_s"]) for v in names)])
    document.add("Canned questions", "Whole cases passed.", table=Table(["", *names], rows))
    lost = [
        [v, one["id"], f"turn {one['turn']}: {'; '.join(one['why'])}", _talk(one["transcript"])]
        for v in names
        for one in body["cases"][v]["failed"]
    ]
    if lost:
        table = Table(["variant", "case", "why", "conversation"], lost)
        document.add("Failed cases", table=table, level=3)


def _talk(transcript: Sequence[Body]) -> str:
    return " / ".join(
        f"S: {turn['shopper']} A: [{', '.join(str(t[0]) for t in turn['tools'])}] "
        f"{turn['assistant']}"
        for turn in transcript
    )


def _failures(document: Document, failures: Sequence[dict[str, str]]) -> None:
    variants = list(dict.fromkeys(f["variant"] for f in failures))
    counts = Counter((f["kind"], f["variant"]) for f in failures)
    kinds = [kind for kind, _ in Counter(f["kind"] for f in failures).most_common()]
    rows = [[kind, *(str(counts[kind, v]) for v in variants)] for kind in kinds]
    text = f"Up to {SHOWN} of each kind are listed; all of them stand in failures.jsonl."
    document.add("Failures", text, table=Table(["kind", *variants], rows))
    head = ["step", "intent", "asked", "wanted", "got", "what"]
    for variant in variants:
        for kind in kinds:
            some = list(_some(failures, variant, kind))
            if some:
                listed = [[f["step"], f["act"], *(f[key] for key in head[2:])] for f in some]
                table = Table(head, listed)
                document.add(f"{variant}: {kind}", table=table, level=3)


def _some(failures: Sequence[dict[str, str]], variant: str, kind: str) -> Iterator[dict[str, str]]:
    """Evenly spread over all of a kind, so that no intent hides the others."""
    of_kind = [f for f in failures if f["variant"] == variant and f["kind"] == kind]
    step = max(1, -(-len(of_kind) // SHOWN))
    yield from sorted(of_kind, key=lambda f: (f["intent"], f["act"]))[::step]
