"""How the model of reviews' sentiment is taught: data, fit, figures, what is written."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from catalogue_fixtures import HashEmbedder
from click.testing import CliRunner
from review_model import reviews

from agent.errors import TrainingError
from agent.reviews.meaning import read_meaning, to_encode
from agent.reviews.polarity import CARD, MODEL, load_polarity, softmax
from agent.reviews.words import BUCKETS, counts, grams, rarity, weighted
from agent.settings import CHECKOUT
from finetune.sentiment.comparing import BASELINE, CHOSEN, compare, kept_back, teach
from finetune.sentiment.data import (
    NEGATIVE,
    NEUTRAL,
    POSITIVE,
    Review,
    data_hash,
    from_stars,
    plain,
    read_reviews,
    without_duplicates,
)
from finetune.sentiment.fitting import (
    balanced,
    examples,
    fit,
    logits_of,
    make_kernels,
    temperature,
)
from finetune.sentiment.judging import calibration_error, judge, macro_f1
from finetune.sentiment.meaning import kept_meaning
from retrieval import embedders
from tests.shared_data import shared_data
from ui.cli import cli


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    data = text.encode()
    file.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return file


def test_grams_of_both_languages() -> None:
    assert list(grams("Runs SMALL, don’t buy!")) == [
        *("runs", "small", "don't", "buy", "!"),
        *("runs small", "small don't", "don't buy", "buy !"),
    ]
    assert list(grams("偏小！")) == ["偏", "小", "!", "偏小", "小!", "偏小!"]
    assert list(grams("")) == []


def test_words_are_weighted_and_of_length_one() -> None:
    idf = rarity(["good tent", "good stove"])
    buckets, weights = weighted("good good tent", idf)
    assert len(idf) == BUCKETS
    assert list(buckets) == sorted(buckets)
    assert np.linalg.norm(weights) == pytest.approx(1)
    rare, common = (idf[counts(word)[0][0]] for word in ("tent", "good"))
    assert rare == pytest.approx(np.log(3 / 2) + 1)
    assert common == pytest.approx(1)
    assert [len(part) for part in weighted("", idf)] == [0, 0]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "words.csv",
            "text,label,lang\nLovely,Positive,en\n太差,差评,zh\nIt is blue,neutral,\n",
            [("en", POSITIVE, True), ("zh", NEGATIVE, True), ("en", NEUTRAL, True)],
        ),
        (
            "binary.csv",
            "text,label\nLovely,1\n太差,0\n",
            [("en", POSITIVE, False), ("zh", NEGATIVE, False)],
        ),
        (
            "signs.csv",
            "text,label\nLovely,1\nBad,-1\nBlue,0\n",
            [("en", POSITIVE, True), ("en", NEGATIVE, True), ("en", NEUTRAL, True)],
        ),
        (
            "stars.csv",
            "text,rating\nLovely,5\nBad,2.0\nFine,3\n",
            [("en", POSITIVE, True), ("en", NEGATIVE, True), ("en", NEUTRAL, True)],
        ),
        (
            "scores.jsonl.gz",
            '{"text": "Lovely", "score": 2.4, "locale": "en-GB"}\n\n'
            '{"text": "差", "score": -0.6}\n{"text": "Blue", "score": 0.5}\n',
            [("en", POSITIVE, True), ("zh", NEGATIVE, True), ("en", NEUTRAL, True)],
        ),
    ],
)
def test_labels_in_every_form(
    tmp_path: Path, name: str, text: str, expected: list[tuple[str, int, bool]]
) -> None:
    found = read_reviews([write(tmp_path, name, text)])
    assert [(review.lang, review.label, review.whole) for review in found] == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize(("name", "ends"), [("a.csv", "\r\n"), ("a.csv.gz", "\n")])
def test_a_file_of_a_chinese_spreadsheet(
    tmp_path: Path, name: str, ends: str, encoding: str
) -> None:
    data = ends.join(["text,label", "尺码偏小，退了,差评", "Very warm 😀,好评", ""]).encode(
        encoding
    )
    file = tmp_path / name
    file.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    found = read_reviews([file])
    assert [(review.text, review.lang, review.label) for review in found] == [
        ("尺码偏小，退了", "zh", NEGATIVE),
        ("Very warm 😀", "en", POSITIVE),
    ]


def test_a_file_in_neither_encoding(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("text,label\nLovely,1\n".encode("utf-16"))
    with pytest.raises(TrainingError, match=r"a\.csv: cannot be read: it is neither UTF-8 nor"):
        read_reviews([file])


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.csv", "text,label\nLovely,1\nBad,7\n", "a.csv:3: label: '7' is none of negative"),
        ("a.csv", "text,label\nLovely,positive\nBad,\n", "a.csv:3: label: '' is none of"),
        ("a.csv", "text,stars\nLovely,5\n", "a.csv: no labels in it"),
        ("a.csv", "words,label\nLovely,1\n", "a.csv: no reviews in it"),
        ("a.jsonl", '{"text": "x", "score": "high"}', "a.jsonl:1: score: 'high' is none of"),
        ("a.jsonl", '{"text": "x", "label": 1}\n{', "a.jsonl:2: no JSON object"),
        ("a.csv.gz", "", "a.csv.gz: no reviews in it"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, name: str, text: str, why: str) -> None:
    with pytest.raises(TrainingError) as refused:
        read_reviews([write(tmp_path, name, text)])
    assert why in str(refused.value)


def test_a_text_counts_once_and_contradictions_do_not() -> None:
    found = from_stars(
        [("Good tent!", 5), ("good  TENT", 4), ("So-so", 3), ("so so.", 1), ("…", 5)]
    )
    assert [(review.text, review.label) for review in found] == [("Good tent!", POSITIVE)]
    assert plain("Ｇood, 帐篷！") == "good帐篷"


def test_near_duplicates_and_parts_of_one_text_stay_together() -> None:
    long = "这家酒店的房间很干净，服务也很热情，下次还会再来住的，推荐给大家"
    found = without_duplicates(
        Review(text, POSITIVE, "zh", group, False)
        for text, group in [
            *((long, ""), (long + "哦", ""), ("书的内容一般，翻译得也不好", "")),
            *(("first sentence", "a"), ("second sentence", "a")),
        ]
    )
    groups = [review.group for review in found]
    assert groups[0] == groups[1] != groups[2]
    assert groups[3:] == ["a", "a"]
    taught, kept = kept_back(found, range(5))
    assert not {found[row].group for row in taught} & {found[row].group for row in kept}


def test_the_data_hash_knows_no_order() -> None:
    known = reviews()
    assert data_hash(known) == data_hash(known[::-1])
    assert data_hash(known) != data_hash(known[1:])


def test_a_file_without_neutral_teaches_nothing_of_it() -> None:
    whole = [review for review in reviews() if review.lang == "en"]
    binary = [
        Review(r.text, r.label, r.lang, r.group, False)
        for r in reviews()
        if r.lang == "zh" and r.label != NEUTRAL
    ]
    known = [*whole, *binary]
    idf = rarity(review.text for review in known)
    data = examples(known, idf, None)
    assert data.open[-1].tolist() == [True, False, True]
    head = fit(data, balanced(known), 10.0)
    # What stands in Chinese texts alone is left where it was.
    chinese = weighted("太差了", idf)[0]
    assert np.abs(head.words[chinese, NEUTRAL]).max() < 1e-6
    assert np.abs(head.words[chinese, NEGATIVE]).max() > 0.1
    shares = softmax(logits_of(head, data))
    assert shares.argmax(axis=1).tolist() == [review.label for review in known]
    assert shares[-1, NEUTRAL] == 0


def test_rare_labels_weigh_more() -> None:
    known = [Review(str(n), POSITIVE if n else NEGATIVE, "en", "", True) for n in range(4)]
    assert balanced(known).tolist() == pytest.approx([2, 2 / 3, 2 / 3, 2 / 3])
    assert balanced(known, 0).tolist() == [1, 1, 1, 1]


def test_temperature_undoes_overconfidence() -> None:
    labels = np.array([0, 0, 0, 1] * 25)
    logits = np.tile(np.array([[10.0, 0.0, -90.0]], np.float32), (100, 1))
    by = temperature(logits, labels)
    assert softmax(logits / np.float32(by))[0, 0] == pytest.approx(0.75, abs=0.02)


def test_figures_by_hand() -> None:
    labels, predicted = np.array([0, 0, 1, 2]), np.array([0, 1, 1, 2])
    assert macro_f1(labels, predicted) == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)
    sure = np.array([[0.95, 0.05, 0], [0.95, 0.05, 0], [0.3, 0.7, 0]], np.float32)
    assert calibration_error(np.array([0, 1, 1]), sure) == pytest.approx(
        2 / 3 * 0.45 + 1 / 3 * 0.3, abs=1e-6
    )
    known = [Review(str(n), n % 3, "en", str(n), True) for n in range(60)]
    right = np.eye(3, dtype=np.float32)[[review.label for review in known]]
    figures = judge(known, {"base": right[:, [0, 0, 0]], "ours": right}, "base", 7)["en"]
    assert figures["ours"].macro_f1 == 1.0
    assert figures["ours"].interval == (1.0, 1.0)
    assert figures["ours"].above == pytest.approx(1 - figures["base"].macro_f1, abs=1e-4)
    assert figures["ours"].above_interval[0] > 0.5
    assert figures["ours"].reviews == 60


@pytest.mark.integration
def test_models_are_compared_on_reviews_that_none_has_seen() -> None:
    known, embedder = reviews(), HashEmbedder()
    meaning = read_meaning([review.text for review in known], embedder)
    said: list[str] = []
    figures = compare(known, meaning, said.append)
    assert said == [f"fold {n} of 5" for n in range(1, 6)]
    for lang in ("en", "zh"):
        assert next(iter(figures[lang])) == BASELINE
        assert set(CHOSEN.values()) < set(figures[lang])
        assert figures[lang][CHOSEN["meaning"]].macro_f1 > 0.9
    with pytest.raises(TrainingError, match="10 labelled reviews are too few"):
        compare(known[:10], meaning.of(range(10)), said.append)


def test_a_model_is_the_same_after_it_was_written(tmp_path: Path) -> None:
    from finetune.sentiment.publishing import publish

    known, embedder = reviews(), HashEmbedder()
    meaning = read_meaning([review.text for review in known], embedder)
    trained = teach(known, meaning, range(len(known)))
    file = write(tmp_path, "mine.csv", "text,label\n")
    folder = publish(trained, known, [file], {}, embedder, tmp_path / "model")
    card = json.loads((folder / CARD).read_text("utf-8"))
    assert card["data"]["sha256"] == data_hash(known)
    assert card["data"]["reviews"] == {
        f"{lang} {label}": 15
        for lang in ("en", "zh")
        for label in ("negative", "neutral", "positive")
    }
    assert set(card["data"]["files"]) == {"mine.csv"}
    assert card["embedder"] == {"name": "hash", "weights": "weights-1"}
    assert {path.name for path in folder.iterdir()} == {MODEL, CARD}
    again = publish(trained, known, [file], {}, embedder, tmp_path / "again")
    assert (again / MODEL).read_bytes() == (folder / MODEL).read_bytes()
    model = load_polarity(folder)
    texts = [review.text for review in known]
    given = model.probabilities(texts, embedder)
    assert given.argmax(axis=1).tolist() == [review.label for review in known]


def test_the_meaning_of_a_review_is_that_of_its_clauses_as_well() -> None:
    texts = ["Warm, but it leaks. It leaks.", "重4.5公斤，太沉，背不动了", "fine"]
    parts = ["Warm", "it leaks", "It leaks", "重4.5公斤，太沉", "背不动了", "fine"]
    assert to_encode(texts) == [*texts, *parts[:-1]]
    embedder = HashEmbedder()
    meaning = read_meaning(texts, embedder)
    assert meaning.counts.tolist() == [3, 2, 1]
    encoded = dict(zip(to_encode(texts), embedder.encode_passages(to_encode(texts)), strict=True))
    assert np.array_equal(meaning.whole, [encoded[text] for text in texts])
    assert np.array_equal(meaning.parts, [encoded[part] for part in parts])
    turned = meaning.of([2, 0])
    assert np.array_equal(turned.whole, meaning.whole[[2, 0]])
    assert np.array_equal(turned.parts, meaning.parts[[5, 0, 1, 2]])
    assert turned.counts.tolist() == [1, 3]
    assert meaning.of([]).parts.shape == (0, embedder.dimension)


def test_clauses_count_on_average_whatever_their_number() -> None:
    known, embedder = reviews(), HashEmbedder()
    kernels = make_kernels(read_meaning([review.text for review in known], embedder))
    once = kernels.near(read_meaning(["it leaks"], embedder))
    texts = ["it leaks. it leaks", "it leaks. lovely", "lovely"]
    often = kernels.near(read_meaning(texts, embedder))
    centres = len(kernels.whole.centres)
    assert often.shape == (3, centres + len(kernels.parts.centres))
    parts = often[:, centres:]
    assert parts[0] == pytest.approx(once[0, centres:], abs=1e-6)
    assert parts[1] == pytest.approx((parts[0] + parts[2]) / 2, abs=1e-6)


def test_vectors_are_kept_for_the_next_run(tmp_path: Path) -> None:
    known, embedder = reviews()[:4], HashEmbedder()
    first = kept_meaning(known, embedder, tmp_path)
    done = len(embedder.encoded)
    again = kept_meaning(known, embedder, tmp_path)
    assert all(np.array_equal(vars(again)[name], part) for name, part in vars(first).items())
    assert len(embedder.encoded) == done
    kept_meaning(known[:3], embedder, tmp_path)
    assert len(embedder.encoded) > done
    kept_meaning(known, HashEmbedder("another"), tmp_path)
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.integration
def test_the_command_trains_and_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedders, "load_embedder", lambda *_, **__: HashEmbedder())
    names = ("negative", "neutral", "positive")
    lines = [f'"{r.text}",{names[r.label]},{r.group}' for r in reviews()]
    file = write(tmp_path, "mine.csv", "\n".join(["text,label,group", *lines]))
    runner = CliRunner(env={"SHOPCLERK_HOME": str(tmp_path / "home")})
    arguments = ["finetune", "sentiment", "--data", str(file), "--out", str(tmp_path / "model")]
    done = runner.invoke(cli, [*arguments, "--json"])
    assert done.exit_code == 0, done.output
    body = json.loads(done.stdout)
    assert body["reviews"] == 90
    assert set(body["figures"]) == {"en", "zh"}
    assert load_polarity(tmp_path / "model").embedder == "weights-1"
    shown = runner.invoke(cli, arguments).stdout.splitlines()
    assert shown[0] == "en: 45 reviews"
    assert shown[1].startswith(f"  {BASELINE}")
    assert "above the first +0.000 (+0.000 to +0.000)" in shown[1]
    refused = runner.invoke(cli, ["finetune", "sentiment", "--out", str(tmp_path / "own")])
    assert isinstance(refused.exception, Exception)


def test_the_shipped_model_says_what_it_is() -> None:
    folder = CHECKOUT / "data" / "models" / "review-sentiment"
    card = json.loads((folder / CARD).read_text("utf-8"))
    for lang in ("en", "zh"):
        found = card["figures"][lang][CHOSEN["meaning"]]
        # It wins clearly: by more than chance gives.
        assert found["above_interval"][0] > 0
        assert found["ece"] < 0.05
    assert "MIT" in (folder / "README.md").read_text("utf-8")


def test_the_shipped_model_was_trained_on_the_shared_reviews() -> None:
    folder = shared_data("reviews")
    known = read_reviews([folder / "en.jsonl.gz", folder / "zh.jsonl.gz"])
    card = json.loads((CHECKOUT / "data/models/review-sentiment" / CARD).read_text("utf-8"))
    assert card["data"]["sha256"] == data_hash(known)
    assert len({plain(review.text) for review in known}) == len(known) == 12667
