"""What ``help cron`` and ``help mail`` tell: recipes to copy. A test runs every command line in them."""

from __future__ import annotations

from svcctl.mail.config import EXAMPLE
from svcctl.texts import Text

# One script for cron and systemd alike, in a form that needs no quoting in either.
_SCRIPT = """\
#!/bin/sh
svc() {{ /srv/desk/.venv/bin/python -I -m svcctl -C /srv/desk/ledger --lang {lang} "$@"; }}
file=$(svc report weekly -q -o /srv/desk/out/) && svc send "$file" --to {who} >/dev/null
"""
_CRONTAB = """\
MAILTO=desk@example.org
0 7 * * 1  /bin/sh /srv/desk/weekly.sh
0 7 1 * *  /srv/desk/.venv/bin/python -I -m svcctl -C /srv/desk/ledger --lang {lang} report monthly -q -o /srv/desk/out/ >/dev/null
"""
_SERVICE = """\
[Unit]
Description=Weekly report of the service desk
[Service]
Type=oneshot
User=desk
ExecStart=/bin/sh /srv/desk/weekly.sh
"""
_TIMER = """\
[Unit]
Description=Weekly report of the service desk, Mondays
[Timer]
OnCalendar=Mon 07:00 Asia/Shanghai
Persistent=true
[Install]
WantedBy=timers.target
"""
_WINDOWS = (
    'schtasks /Create /TN svcctl-weekly /SC WEEKLY /D MON /ST 07:00 /TR "C:/desk/.venv/Scripts/python.exe -I -m svcctl'
    ' -C C:/desk/ledger --lang {lang} report weekly -q -o C:/desk/out/"\n'
)

_CRON = Text(
    """脚本 /srv/desk/weekly.sh：出上周的周报，出好了就寄（怎样设置邮件：svcctl help mail）。不寄就不写 && 之后的部分。
{script}
crontab（crontab -e，用客服台自己的账号，不用 root）：
{crontab}
systemd：/etc/systemd/system/svcctl-weekly.service
{service}
/etc/systemd/system/svcctl-weekly.timer（关机错过的，开机后补）
{timer}
然后 systemctl enable --now svcctl-weekly.timer；看结果：journalctl -u svcctl-weekly

Windows 任务计划程序（未在 Windows 上试过）：
{windows}
路径都写全，用 -C 指明台账。-I 隔开账号的 Python 设置和当前目录，台账里放的 yaml.py 之类不会被运行。
-q：标准输出只有文件名，标准错误没有内容；出错时有一行，不含个人信息，cron 把它寄给 MAILTO。
-o 目录/ 没有就建（权限 0700）；文件名固定（店名_weekly_2026-W47.xlsx），先写好再换上，正在看旧文件的人不受影响；
内容没变就不重写，时间也不变。同时运行两次、有人正在登记，都不妨碍：报表只读，不占锁。
哪一周由 ledger.yaml 的 timezone 定，与机器的时区、语言无关；cron 的 7 点是机器的时间。错过的：report weekly 2026-W46。

退出码：0 做好了（或没变） · 1 台账有损坏，报表已做、写明，脚本里不会寄，请运行 svcctl check；send 的 1：有人没寄到，或寄的是这样的报表
2 命令写错 · 3 拒绝：设置、权限、收件人 · 4 没有台账、模板、邮件设置或这个名字 · 5 磁盘或邮件服务器：没有写、没有寄，下次照做即可
6 寄没寄到不知道，先问再寄 · 75 一直有人在写，等了10秒（$SVCCTL_LOCK_WAIT 秒），再运行一次""",
    """The script /srv/desk/weekly.sh makes last week's report and, once it is made, mails it (settings: svcctl help mail).
Without mail leave away what follows &&.
{script}
crontab (crontab -e, under the desk's own account, not root's):
{crontab}
systemd: /etc/systemd/system/svcctl-weekly.service
{service}
/etc/systemd/system/svcctl-weekly.timer (what was missed while the machine was off is made up for)
{timer}
then systemctl enable --now svcctl-weekly.timer; what became of it: journalctl -u svcctl-weekly

Windows Task Scheduler (not tried on Windows):
{windows}
Write paths in full and name the ledger with -C. -I keeps the account's Python settings and the current folder out, so
that a yaml.py planted in a ledger is not run.
-q: stdout has the file's name and nothing else, stderr nothing. A failure is one line without personal data, which cron
mails to MAILTO.
-o FOLDER/ is made if need be (mode 0700). Names are stable (SITE_weekly_2026-W47.xlsx); a file is written beside the old
one and put in its place, so that nobody reads half of it; one that has not changed keeps its bytes and its time. Two runs
at once and people typing do no harm: a report only reads, and holds no lock.
Which week it is follows `timezone` in ledger.yaml, whatever the machine's zone and language; 7:00 is the machine's. One
that was missed: report weekly 2026-W46.

Exit codes: 0 made (or unchanged) · 1 the ledger is damaged: the report is made and says so, the script does not mail it,
run svcctl check; of send: not everybody was reached, or such a report was sent · 2 a wrong command · 3 refused: settings,
modes, recipients · 4 no such ledger, template, mail settings or name · 5 disk or mail server: nothing was written or
sent, the next run makes up for it · 6 it is not known whether it was sent: ask first · 75 somebody wrote without a pause
for 10 seconds ($SVCCTL_LOCK_WAIT): run it again""",
)  # fmt: skip


def _filled(zh: bool) -> str:
    words = {"lang": "zh" if zh else "en", "who": "经理" if zh else "manager"}
    parts = {"script": _SCRIPT, "crontab": _CRONTAB, "windows": _WINDOWS}
    return _CRON.to("zh" if zh else "en").format(
        **{name: part.format(**words) for name, part in parts.items()}, service=_SERVICE, timer=_TIMER,
    )  # fmt: skip


CRON = Text(_filled(zh=True), _filled(zh=False))

MAIL = Text(
    f"""自己的设置，在 ~/.config/svcctl/mail.yaml（$XDG_CONFIG_HOME；Windows 是 %APPDATA%\\svcctl），从不在台账里：

{EXAMPLE.zh}
这个目录别人不能写（chmod 700），文件别人不能读（chmod 600），不跟随符号链接。
security：starttls（默认，587）、tls（465）；none（25）只能到本机。证书总要核对；自己的证书机构：环境变量 SSL_CERT_FILE=文件
密码三选一：password_file（同目录的文件）、password_env（环境变量名）、password（直接写）。不用登录的服务器不写 user。
from_name：发件人的名字。recipients：只能寄给这里的名字，一个名字可以有几个地址；命令行不收地址。
先看会寄什么：svcctl send FILE --to 名字 -n。只寄 svcctl report 做的 .xlsx，最大 20 MB；里面没有个人信息的原文。
邮件里有期间、截至、台账校验码和附件的 SHA-256：以后台账若被改动，可凭这封信核对。
同一份报表寄给同样的人，邮件编号相同；svcctl 不会自己重寄。""",
    f"""Your own settings, in ~/.config/svcctl/mail.yaml ($XDG_CONFIG_HOME; on Windows %APPDATA%\\svcctl), never in a ledger:

{EXAMPLE.en}
Others can neither write to that folder (chmod 700) nor read the file (chmod 600); symbolic links are not followed.
security: starttls (the default, 587), tls (465); none (25) is for this computer itself. The certificate is always
checked; a certificate authority of your own is named by the variable SSL_CERT_FILE=FILE.
The password is one of password_file (a file in that folder), password_env (the name of a variable), password (as it is).
For a server without login leave `user` away.
from_name: the sender's name. recipients: only these names can be written to, each one address or several; an address is
not taken on the command line.
Look first at what would be sent: svcctl send FILE --to NAME -n. Only .xlsx files that svcctl report made are sent, up to
20 MB; they hold no personal data in the clear.
The mail has the period, the as-of, the hash of the ledger's entries and the SHA-256 of the attachment: if the ledger is
changed later, this mail proves it.
The same report to the same people has the same message id; svcctl sends nothing again by itself.""",
)  # fmt: skip
