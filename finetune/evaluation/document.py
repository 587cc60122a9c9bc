"""A report as parts, written out as Markdown and as one HTML page that needs nothing else."""

import html
from collections.abc import Sequence
from dataclasses import dataclass, field

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
body{color:#1c2321}
table{border-collapse:collapse;margin:.6rem 0 1.4rem;font-size:13px}
th,td{padding:.3rem .7rem;border-bottom:1px solid #d7dedb;text-align:left;vertical-align:top}
th{background:#f1f5f3;position:sticky;top:0}
td+td{font-variant-numeric:tabular-nums}
h1{font-size:1.6rem}h2{margin-top:2.4rem;border-bottom:2px solid #2f6f5e;padding-bottom:.2rem}
figure{margin:1rem 0}svg{max-width:100%;height:auto}
@media(prefers-color-scheme:dark){body{background:#161b19;color:#e4ebe8}
th{background:#222a27}th,td{border-color:#36413d}svg{background:#fff}}
"""


@dataclass(frozen=True)
class Table:
    """Rows of cells under a head."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Section:
    """A heading, what is said under it, a table and a drawing. `level` 2 or 3."""

    title: str
    text: str = ""
    table: Table | None = None
    svg: str = ""
    level: int = 2


@dataclass
class Document:
    """A title and its sections."""

    title: str
    sections: list[Section] = field(default_factory=list)

    def add(self, title: str, text: str = "", **more: object) -> None:
        """One section more."""
        self.sections.append(Section(title, text, **more))  # type: ignore[arg-type]

    def markdown(self) -> str:
        """As Markdown; drawings stand in the page alone."""
        parts = [f"# {self.title}"]
        for section in self.sections:
            parts.append(f"{'#' * section.level} {section.title}")
            parts += filter(None, [section.text, _markdown(section.table)])
        return "\n\n".join(parts) + "\n"

    def page(self) -> str:
        """As one HTML page."""
        parts = [f"<h1>{html.escape(self.title)}</h1>"]
        for section in self.sections:
            parts.append(f"<h{section.level}>{html.escape(section.title)}</h{section.level}>")
            if section.text:
                parts.append(f"<p>{html.escape(section.text)}</p>")
            if section.svg:
                parts.append(f"<figure>{section.svg}</figure>")
            if section.table:
                parts.append(_html(section.table))
        title, body = html.escape(self.title), "".join(parts)
        head = f"<meta charset=utf-8><title>{title}</title><style>{_STYLE}</style>"
        return f"<!doctype html><html lang=en><head>{head}</head><body>{body}</body></html>"


def _markdown(table: Table | None) -> str:
    if table is None:
        return ""
    lines = [table.head, ["---"] * len(table.head), *table.rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _html(table: Table) -> str:
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in table.head)
    rows = "".join(
        f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in table.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
