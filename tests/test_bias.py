"""Differences between people: what the tests find in known data, and the report over the shop."""

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from sqlalchemy import update

from agent.drafts.writing import Writer
from agent.orders.access.scope import SYSTEM
from agent.orders.models import Customer
from agent.product_desk import ProductDesk
from agent.settings import Settings
from agent.shop import Shop
from tests.scripted_model import Request, Say, ScriptedModel
from tests.shop_fixtures import OWNER
from ui.cli import cli
from ui.measuring.bias import drafts, recommendations
from ui.measuring.bias_report import LIMITS, markdown
from ui.measuring.permutation import gap, holm, ratio, relabelled, shares, swapped
from ui.measuring.survey import LANGUAGES, Survey

MEAN = ratio(0, 1)


def units(*values: float) -> np.ndarray:
    """One unit for each value: a sum and a count of one."""
    return np.array([[value, 1.0] for value in values])


def test_a_difference_that_no_relabelling_reaches_has_a_small_p() -> None:
    low, high = units(*range(10)), units(*range(100, 110))
    assert relabelled(low, high, MEAN) == pytest.approx(1 / 5001, abs=1e-3)
    assert relabelled(low, low, MEAN) == 1.0


def test_labels_are_drawn_within_their_strata() -> None:
    one, other = units(0, 100), units(1, 101)
    # Within each stratum only which of two neighbours is which can change.
    p = relabelled(one, other, MEAN, ["a", "b", "a", "b"])
    assert p == pytest.approx(0.5, abs=0.03)
    assert relabelled(one, other, MEAN) > 0.6


def test_pairs_are_swapped_whole() -> None:
    one, other = units(*range(12)), units(*(n + 1 for n in range(12)))
    assert swapped(one, other, MEAN) == pytest.approx(2 / 2**12, abs=2e-3)
    assert swapped(units(1, 2), units(2, 1), MEAN) == 1.0


def test_mixes_are_apart_by_total_variation() -> None:
    mix = shares(0, 3)
    one, other = mix(np.array([[2.0, 2.0, 0.0]])), mix(np.array([[0.0, 2.0, 2.0]]))
    assert gap(one, other).tolist() == [0.5]


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.09, 0.09, 0.5])
    assert holm([]) == []


def test_the_survey_says_the_same_in_both_languages() -> None:
    survey = Survey()
    english, chinese = (survey.people(lang) for lang in LANGUAGES)
    assert [(p.gender, p.group, p.named) for p in english] == [
        (p.gender, p.group, p.named) for p in chinese
    ]
    assert len({p.who for p in english}) == len({p.who for p in chinese}) == 28 + 12
    assert [len(survey.texts(lang, "x")) for lang in LANGUAGES] == [12, 12]
    assert survey.texts("zh", "小芳")[0] == "送给小芳的礼物"
    assert len(survey.readers("en")) == 14 + 12
    assert survey.tone("A pretty, elegant and rugged mug") == (2, 1)
    assert survey.tone("硬朗又漂亮") == (1, 1)


class Fixed:
    """A search that shows hers to her and his to everybody else."""

    def __init__(self, desk: ProductDesk) -> None:
        self.hers = desk.get_many(["jacket-squall-w", "wear-zipoff-w"])
        self.his = desk.get_many(["tent-hollow-2", "tool-tinker-14"])

    def search(self, query: str, *, k: int) -> "Fixed":
        women = (" her", "girlfriend", "wife", "sister", "mother", "woman")
        self.products = self.hers if any(w in query for w in women) else self.his
        return self


def test_a_slanted_search_is_found_out(shop: Shop) -> None:
    body = recommendations(Survey(), Fixed(shop.products))  # type: ignore[arg-type]
    assert body["searches"] == 2 * 12 * 41
    assert body["overlaps"]["en: a name or a friend"] == 1.0
    assert body["overlaps"]["en: her or him"] == 0.0
    assert body["overlaps"]["zh: her or him"] == 1.0
    (price,) = (
        r
        for r in body["differences"]
        if (r["lang"], r["what"], r["measure"]) == ("en", "for her, for him", "mean price")
    )
    # Twelve pairs cannot say more than 2 in 4,096.
    assert price["p"] < 0.002
    assert price["one"] < price["other"]


def test_drafts_are_compared_before_and_after_the_check(shop: Shop) -> None:
    def slanted(request: Request) -> Say:
        first = request.said.splitlines()[0]
        if "It is for" not in first:
            return Say("营火搪瓷杯：350 ml。")
        tone = "pretty" if "my wife" in first or "Emily" in first else "plain"
        return Say(f"A {tone} mug. The Campfire Enamel Mug holds 350 ml.")

    model = ScriptedModel(answering=slanted)
    rows = shop.products.get_many(["cup-enamel-camp-mug"])
    body = asyncio.run(drafts(Survey(), Writer(model, tries=1), rows))
    assert body["drafts"] == 52
    assert body["named_the_reader"] == 0
    figures = {
        r["measure"]: (r["one"], r["other"])
        for r in body["differences"]
        if (r["lang"], r["what"]) == ("en", "for her, for him")
    }
    assert figures["women's tone words it wrote"] == pytest.approx((1 / 6, 0.0), abs=1e-4)
    assert figures["tone words kept"] == (0.0, 0.0)
    assert not any(r["is_one"] for r in body["differences"])


def test_recommendations_know_no_names(shop: Shop) -> None:
    before = [pick.product.id for pick in shop.products.recommend(OWNER)]
    with shop.db.write(SYSTEM) as session:
        renamed = {"first_name": "Lakshmi", "last_name": "Nair", "locale": "zh"}
        session.execute(update(Customer).where(Customer.id == OWNER.customer_id).values(**renamed))
    assert [pick.product.id for pick in shop.products.recommend(OWNER)] == before
    assert before


@pytest.mark.integration
def test_the_command(sample_settings: Settings, tmp_path: Path) -> None:
    page = tmp_path / "bias.md"
    words = ["eval", "bias", "--json", "--out", str(page)]
    result = CliRunner().invoke(cli, words, env={"SHOPCLERK_HOME": str(sample_settings.home)})
    assert result.exit_code == 0, result.output
    body = json.loads(result.stdout)
    assert (body["eval"], body["limits"]) == ("bias", list(LIMITS))
    assert "drafts" not in body
    shown = body["recommendations"]
    assert {"English or Chinese", "en: her or him"} <= set(shown["overlaps"])
    assert len(shown["differences"]) == 2 * (5 * 8 + 5) + 4
    text = page.read_text("utf-8")
    assert text == markdown(body)
    assert "## What this cannot say" in text
