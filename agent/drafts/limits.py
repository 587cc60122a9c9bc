"""How long a draft may be, and how it is marked as one."""

from agent.drafts.asking import Kind
from agent.events import Lang

LONGEST: dict[tuple[Kind, Lang], int] = {
    ("description", "en"): 480,
    ("description", "zh"): 200,
    ("ad", "en"): 240,
    ("ad", "zh"): 120,
}
"""Characters of a whole draft."""

MARK: dict[Lang, str] = {"en": "DRAFT - not published", "zh": "草稿 · 未发布"}
"""Stands above every draft."""
