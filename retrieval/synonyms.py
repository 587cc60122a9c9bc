"""Words that are one word in search: basic colours, materials and attribute names, both languages.

General language, not a shop's: what a shop sells and how it names it comes from its catalogue.
"""

from collections.abc import Iterator
from functools import lru_cache

from retrieval.terms import Terms, terms

# The Chinese forms are roots: 红 is in 花楸红 and in 红色.
_COLOURS = """
red 红 | orange 橙 橘 | yellow 黄 | green 绿 | blue 蓝 | purple violet 紫 | pink 粉 粉红
brown 棕 褐 咖 | black 黑 | white 白 | grey gray 灰 | beige 米 | gold golden 金 | silver 银
cyan turquoise teal 青 | navy 藏青 藏蓝 海军蓝 | khaki 卡其 | transparent clear 透明
"""
# The last group of a form counts: down has feathers, and a mug of the name Feather no down.
_MATERIALS = """
leather 皮革 皮质 真皮 牛皮 羊皮 | cotton 棉 | wool 羊毛 | feather 羽毛 down 羽绒 鸭绒 鹅绒
down 羽绒 鸭绒 鹅绒 | fur 毛皮 皮草
plastic 塑料 | nylon 尼龙 锦纶 | polyester 涤纶 聚酯 | silk 真丝 蚕丝 丝绸 | linen 亚麻
wood wooden 木 | metal 金属 | steel 钢 | aluminium aluminum 铝 | titanium 钛 | iron 铁 | copper 铜
glass 玻璃 | ceramic 陶瓷 | rubber 橡胶 | silicone 硅胶 | bamboo 竹 | latex 乳胶 | paper 纸
"""
_KEYS = """
colour color colors colours 颜色 色彩 配色 花色 色
size sizes 尺码 尺寸 码 码数 鞋码 号码 规格
weight 重量 重 净重 商品重量 产品重量 | capacity volume 容量 体积 容积 | length 长度 长
width 宽度 宽 | height 高度 高 | depth 深度 | thickness 厚度 厚 | diameter 直径
material materials fabric 材质 材料 面料 质地 | power 功率 | brightness 亮度
battery_capacity 电池容量 | battery_life runtime run_time 续航 续航时间 电池续航
voltage 电压 | brand 品牌 牌子 | category 类别 分类 品类
"""


def _groups(table: str) -> Iterator[tuple[Terms, ...]]:
    for line in table.replace("|", "\n").splitlines():
        if line.strip():
            yield tuple(terms(form) for form in line.split())


def _by_form(table: str) -> dict[Terms, tuple[Terms, ...]]:
    return {form: group for group in _groups(table) for form in group}


BASIC_COLOURS = _by_form(_COLOURS)
"""Each form of a basic colour, with all its forms."""

BASIC_MATERIALS = _by_form(_MATERIALS)
"""Each form of a basic material, with all its forms."""

_KEY_NAMES = {form: " ".join(group[0]) for group in _groups(_KEYS) for form in group}
KEY_FORMS = {" ".join(group[0]): group for group in _groups(_KEYS)}
"""Every form of an attribute's name, by what `key_name` makes of them."""

COLOUR, SIZE, MATERIAL, ENDURANCE = (
    _KEY_NAMES[terms(name)] for name in ("colour", "size", "material", "battery_life")
)
_SUFFIXES = ("色", "质", "制")


@lru_cache(maxsize=4096)
def needles(words: str) -> tuple[Terms, ...]:
    """What a value holds one of to hold `words`: the words, or a synonym in either language."""
    asked = terms(words)
    bare = asked[:-1] if len(asked) > 1 and asked[-1] in _SUFFIXES else asked
    for form in (asked, bare):
        if group := BASIC_COLOURS.get(form) or BASIC_MATERIALS.get(form):
            return group
    return tuple(dict.fromkeys(form for form in (asked, bare) if form))


@lru_cache(maxsize=4096)
def key_name(key: str) -> str:
    """The name of an attribute for comparison: "Frame Color", "颜色" and "colour" are one."""
    name = terms(key)
    if name and (name[-1] == "色" or _KEY_NAMES.get(name[-1:]) == COLOUR):
        return COLOUR
    return _KEY_NAMES.get(name) or " ".join(name)
