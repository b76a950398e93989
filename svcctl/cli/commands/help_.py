"""``help TOPIC``: what a person may want to look up once, told briefly."""

from __future__ import annotations

from typing import Any

from svcctl.cli import template_help
from svcctl.cli.recipes import CRON, MAIL
from svcctl.cli.session import Session
from svcctl.cli.shape import Command, Param
from svcctl.errors import NotFound
from svcctl.fields import near
from svcctl.texts import Text

EXIT_CODES: tuple[tuple[int, Text], ...] = (
    (0, Text("完成", "done")),
    (1, Text("check、audit 发现问题，merge、sync 遇到同一编号两种内容；或列表、报表出自有损坏的台账；send 已寄出，但没有寄到每个人",
             "check or audit found problems, merge or sync an id with two contents; or a list or report was made from a damaged ledger; "
             "send has sent, but not to everybody")),
    (2, Text("用法：没有这个命令或选项、缺值、期间写错", "usage: unknown command or option, missing value, malformed period")),
    (3, Text("拒绝：值、规则、流转、封账的月份、要写的文件有损坏；什么都没有写",
             "refused: a value, a rule, a transition, a sealed month, damage in the file to be written; nothing was written")),
    (4, Text("没有这样的台账、记录、模板，或不止一个", "no such ledger, record or template, or ambiguous")),
    (5, Text("存储故障：什么都没有写；sync 连不上远端：已在这里提交；send 连不上服务器：没有寄出",
             "storage fault: nothing was written; sync cannot reach the remote: all is committed here; send cannot reach the server: nothing was sent")),
    (6, Text("结果不明：会说出编号，用同一个 --key 重做是安全的；send：不知道服务器收没收",
             "outcome unknown: the id is named, repeating with the same --key is safe; send: whether the server took it is not known")),
    (75, Text("被别的进程锁住超过10秒（$SVCCTL_LOCK_WAIT）", "locked for over 10 seconds ($SVCCTL_LOCK_WAIT)")),
    (130, Text("Ctrl-C 中断", "interrupted")),
    (141, Text("输出的管道关了", "the pipe of the output was closed")),
    (143, Text("被要求停止", "told to stop")),
)  # fmt: skip

TOPICS: dict[str, tuple[Text, Text]] = {
    "dates": (
        Text("时间和期间怎么写", "How times and periods are written"),
        Text(
            """时间：现在、14:05、下午3点半、昨天 14:05、周三 8点、11-20 08:00、11月20日 下午2点、2026-11-20T08:00、30分钟前、+2h
只写日期：作为发生时间，今天是现在，别的日子是那天 23:59:59；作为期限、--as-of、--known-at，都是那天 23:59:59。
期间：2026-11-20、2026-W47、2026-11、2026-11-01..2026-11-15、last（默认，最近一个完整的）、this、昨天、上周、本周、上月、本月
时长（ledger.yaml 里）：30m、24h、3d""",
            """Times: now, 14:05, 2:30 pm, yesterday 14:05, wednesday 8:00, 11-20 08:00, Nov 20 2pm, 2026-11-20T08:00, 30 minutes ago, +2h
A date alone: as the time something happened it is now if it is today, else 23:59:59; as a deadline, for --as-of and
--known-at it is always 23:59:59 of that day.
Periods: 2026-11-20, 2026-W47, 2026-11, 2026-11-01..2026-11-15, last (the default: the last complete one), this,
yesterday, last week, this month
Durations (in ledger.yaml): 30m, 24h, 3d""",
        ),
    ),
    "exit-codes": (
        Text("退出码", "Exit codes"),
        Text("\n".join(f"{c:>4}  {t.zh}" for c, t in EXIT_CODES), "\n".join(f"{c:>4}  {t.en}" for c, t in EXIT_CODES)),
    ),
    "ledger": (
        Text("台账的文件", "The files of a ledger"),
        Text(
            """一个名词一个目录，一个月一个文件：repairs/2026-11.yaml；有名字的录入点写 repairs/2026-11.night.yaml。
每条记录是一个 YAML 文档，每行“键: 值”；写下的不再改，更正（amend）和作废（void）是新的一条。
看、比、查都可以用普通工具；手工改过的地方 svcctl check 会指出来。
结账（svcctl seal 月份）写 seals/2026-10.yaml：条数、合计、指标、每条记录的校验和，从此少一条、改一字 svcctl check 都知道。
结账后这个月的记录要补录：--late 原因；时间照实写，存在现在这个月的文件里。别的录入点后来同步进来的，用 seal --accept 接受。
.svcctl/ 里是索引、锁和未完成的组，随时可以删掉重建，不进 git。
指明台账：-C 目录，或 $SVCCTL_LEDGER，否则从当前目录往上找 ledger.yaml 或 ledger/ledger.yaml。""",
            """A folder a noun, a file a month: repairs/2026-11.yaml; a desk with a name writes repairs/2026-11.night.yaml.
An entry is a YAML document of `key: value` lines. What is written is never changed: amend and void are entries too.
Read it, diff it, search it with any tool; svcctl check names what was changed by hand.
svcctl seal MONTH closes a month in seals/2026-10.yaml: counts, totals, measures and the sum of every entry, so that
svcctl check knows of each that is lost or changed. What comes for that month afterwards needs --late REASON: it has its
own time and stands in this month's file. What another desk's sync brings is accepted with seal --accept.
.svcctl/ has the index, the lock and unfinished groups; it can be deleted at any time and is not tracked by git.
Which ledger: -C DIR, or $SVCCTL_LEDGER, else the nearest ledger.yaml or ledger/ledger.yaml from here upward.""",
        ),
    ),
    "measures": (
        Text("指标", "Measures"),
        Text(
            """编号是 名词.名称，分项写在花括号里：repair.on_time_rate{party=property}
svcctl measures 列出全部；svcctl measure 编号 期间 给一个数；svcctl explain 编号 期间 给出公式和每一条记录。
--as-of 只看到某时为止发生的；--known-at 只看到某时为止录入的。
率是 分子/分母，分母为 0 显示“—”，不会显示 100% 除非分子等于分母。""",
            """An id is noun.name, a split stands in braces: repair.on_time_rate{party=property}
svcctl measures lists all; svcctl measure ID PERIOD gives a figure; svcctl explain ID PERIOD its formula and records.
--as-of looks at what had happened by then; --known-at at what had been recorded by then.
A rate is numerator / denominator; of nothing it is a dash, and it is 100 % only if the two are equal.""",
        ),
    ),
    "privacy": (
        Text("个人信息", "Personal data"),
        Text(
            """遮盖：投诉人、报修人等的姓名、电话、证件尾号在台账之外一律遮盖（王*、138****1234），自由文字里的手机号和身份证号也遮盖。
--reveal 显示；find 用真实值找，显示时遮盖。报表里没有明文。自由文字里的姓名认不出来：姓名写在姓名栏里。
18 位的完整身份证号在哪里都不收：只写证件种类和后四位。15 位的旧号和校验位不对的可能是别的号码：收下，输出时遮盖。
不想让电话留在命令历史里：不写 --contact，在终端里会问；程序用 append --from - 从标准输入给。
导入被拒的行写在 FILE.rejected.csv，是原文，权限 0600，用完请删。台账里的文件都只有本人可读；用 git 取来的克隆按那里的 umask。

删除：svcctl erase 编号 永久删去一条记录的个人信息（-n 先看）；条数、金额、时间、校验和、结账都不变，附件和自由文字不动，
它会说出还有哪里有。一条删了、另一处的副本没删的，以删了的为准；check 会指出，再 erase 一次即可。
svcctl purge 把已结且过了保留期（ledger.yaml 的 retention）的一并删去；可以每月定时运行，-n 先看编号。

git 的历史：删的是现在的文件，git 里从前的版本还有原文。要一并去掉（先让各处 sync 完并停下）：
  最简单，重新开始一段历史：把 .git 移到别处，git init，git add -A，git commit；旧的 .git 确认无用后销毁。
  只去掉几个文件的历史：在新克隆里，把现在的文件另存一份，git filter-repo --invert-paths --path 台账/complaints/2026-11.yaml，放回文件再提交。
  然后：推到新的空仓库（或 git push --force），各处的克隆全部删掉重新 clone，不要再 pull 旧的，否则原文又回来；
  留下的仓库：git reflog expire --expire=now --all && git gc --prune=now；托管的服务器请管理员清理；备份按期覆盖。
  最后每处 svcctl audit --anew：从头核对新的历史。
也别忘了已经发出的报表、邮件和命令历史。""",
            """Masked: names, numbers and the last digits of documents of complainants, reporters and others are masked everywhere
outside the ledger (W*, 138****1234), and so are mobile and identity numbers in free text. --reveal shows them; find
searches the real values and shows masked ones. Reports hold none. A name in free text is not recognised: write it into
its own field. A full identity number of 18 characters is taken nowhere: write the kind of document and its last four
characters. One of 15 digits, or with a wrong check digit, may be another number: it is taken, and masked in every output.
To keep a number out of the shell's history leave --contact away, and you are asked; programs use append --from -.
Rows that an import rejects are in FILE.rejected.csv in the source's own words, mode 0600; delete it when done. What svcctl
makes can be read by its owner only; a clone made by git has the modes of that umask.

Erased: svcctl erase ID takes the personal data out of a record for good (-n shows what). Counts, amounts, times, sums and
seals stay as they are; attachments and free text are not touched, and it says where else the values are. Of an erased and
an unerased copy the erased one counts; check names the other, and erasing once more removes it.
svcctl purge does so for all records that are closed and past their time (retention in ledger.yaml); run it monthly, -n
lists the ids.

git's history: erasing changes the files of today; earlier versions in git still have the values. To remove them there
(first let every desk sync and stop):
  Simplest, begin a new history: move .git away, then git init, git add -A, git commit; destroy the old .git afterwards.
  Only the history of some files, in a fresh clone: copy the present file aside, git filter-repo --invert-paths --path
  LEDGER/complaints/2026-11.yaml, put the file back and commit it.
  Then push to a new, empty repository (or git push --force), delete every clone and clone anew; never pull an old one
  again, or the values are back. In repositories that stay: git reflog expire --expire=now --all && git gc --prune=now;
  ask whoever runs the server to do the same. Backups are overwritten in their time.
  At last, on every desk: svcctl audit --anew, which looks at the new history from its beginning.
Remember reports and mails already sent, and the shell's history.""",
        ),
    ),
    "cron": (Text("定时出报表、寄报表", "Reports on a schedule, and mailing them"), CRON),
    "mail": (Text("邮件设置", "The mail settings"), MAIL),
}
TOPICS["templates"] = (Text("报表模板能写什么", "What a report's template may say"), template_help.topic())


def run(session: Session, given: dict[str, Any]) -> None:
    """Print a topic, or the list of them."""
    lang = session.lang
    topic = given["topic"]
    if not topic:
        for name, (title, _) in TOPICS.items():
            session.out(f"{name:<12} {title.to(lang)}")
        return
    if topic not in TOPICS:
        hint = near(topic, list(TOPICS))
        raise NotFound(
            Text(f"没有专题 {topic}", f"there is no topic {topic}"), expected=Text("、".join(TOPICS), ", ".join(TOPICS)),
            todo=Text(f"是不是 {hint}？", f"Did you mean {hint}?") if hint
            else Text("命令的说明：svcctl 命令 --help", "Help on a command: svcctl COMMAND --help"),
        )  # fmt: skip
    session.out(TOPICS[topic][1].to(lang))


COMMAND = Command(
    "help", Text("专题说明：时间、退出码、台账、指标、个人信息、定时、邮件、报表模板。",
                 "Help on a topic: dates, exit-codes, ledger, measures, privacy, cron, mail, templates."),
    tuple(Text(f"svcctl help {t}", f"svcctl help {t}") for t in ("dates", "exit-codes")),
    (Param("topic", ("TOPIC",), Text(" ".join(TOPICS), ", ".join(TOPICS)), metavar="TOPIC", complete=tuple(TOPICS)),), run,
)  # fmt: skip
