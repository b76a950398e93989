"""The reference of the template language, for ``help templates`` and README: made from what the reader of templates knows."""

from __future__ import annotations

from svcctl.reports.template_keys import BLOCKS, COMMON, Block, Key
from svcctl.texts import Text, same

INTRO = Text(
    """一份报表显示什么，写在 templates/名字.yaml 里：svcctl template copy weekly 复制一份到台账来改，
或写 extends: weekly 只写改动；svcctl template check 检查，svcctl report 名字 出报表。
文字写 {zh: …, en: …}，或两种语言通用的一段。指标叫 noun.name（svcctl measures），或一组记录：
received carried_over ended reopened open overdue coming，或一种状态（repair.paused）。必填的带 *。
外观：台账 templates/ 里有 brand.xlsx，报表就用它的标志（第一张表的第一个 PNG、JPEG）、颜色（样式“品牌”、否则 A1 的底色、否则主题）、
字体（“常规”样式或主题）、页眉页脚文字；带不过来的会一一说出。读者：report --audience，见最后一组。""",
    """What a report shows stands in templates/NAME.yaml: svcctl template copy weekly puts a copy into the ledger to be changed,
or `extends: weekly` takes it over and only the changes are written; svcctl template check checks it, svcctl report NAME
makes it. A text is {zh: …, en: …}, or one for both languages. A figure is called noun.name (svcctl measures), or is a
group of records: received, carried_over, ended, reopened, open, overdue, coming, or a state (repair.paused). What has to be
there is marked *.
Look: with brand.xlsx in the ledger's templates/, reports take its logo (the first PNG or JPEG of the first sheet), colours
(the style Brand, else the fill of A1, else the theme), fonts (the style Normal, or the theme), and the words of its header
and footer; what cannot be carried over is named. Audiences: report --audience, see the last part.""",
)


def _blocks() -> list[Block]:
    """Every block, with what most of them have in one of its own."""
    found = [block._replace(keys=tuple(k for k in block.keys if k not in COMMON)) for block in BLOCKS.values()]
    found.insert(1, Block(Text("每张工作表、统计表", "in every sheet and every table of a sheet"), COMMON))
    return found


def topic() -> Text:
    """The whole of it as text."""
    lines = [INTRO]
    for block in _blocks():
        lines += [same(""), block.where]
        lines += [same(f"  {_marked(key):<11} ").joined(key.about, en="").joined(_example(key), en="") for key in block.keys]
    return Text("\n".join(t.zh for t in lines), "\n".join(t.en for t in lines))


def _marked(key: Key) -> str:
    return key.name + ("*" if key.needed else "")


def _example(key: Key) -> Text:
    return Text(f"，如 {key.example}", f"; such as {key.example}")


def rows() -> list[tuple[Text, ...]]:
    """The same as rows of a table: where, key, meaning, example."""
    made: list[tuple[Text, ...]] = [(Text("在哪里", "Where"), Text("键", "Key"), Text("含义", "Meaning"), Text("例子", "Example"))]
    for block in _blocks():
        made += [(block.where, same(f"`{_marked(key)}`"), key.about, same(f"`{key.example}`")) for key in block.keys]
    return made
