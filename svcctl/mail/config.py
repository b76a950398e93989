"""The mail settings, ``mail.yaml`` in the user's own configuration folder: who may be written to, and through which server.

Nothing of it is ever read from a ledger, which comes from elsewhere as easily as from here. The password is a secret:
the file is for its owner alone, and no message holds what stands in it.
"""

from __future__ import annotations

import os
import re
import shlex
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address

from svcctl.errors import NotFound, Refused, SvcError, refuse
from svcctl.fields import BadValue
from svcctl.mail.source import plain
from svcctl.reports.form import Form, Path, Tree, number_between, words
from svcctl.site import FILE as LEDGER
from svcctl.store.tree import parse_tree
from svcctl.table import safe
from svcctl.texts import Text, same

FILE = "mail.yaml"
LARGEST = 1 << 16  # bytes of settings, or of a file with a password
PORTS = {"starttls": 587, "tls": 465, "none": 25}
KEYS = ("host", "port", "security", "user", "password", "password_file", "password_env", "from", "from_name", "recipients")
_EXAMPLE = """\
host: smtp.example.org
security: starttls            # {or_tls}
user: desk@example.org
password_file: password       # {beside}
from: desk@example.org
recipients:
  {manager}: manager@example.org
  {owners}: [li@example.org, zhao@example.org]
"""
EXAMPLE = same(_EXAMPLE).fill(
    or_tls=Text("或 tls", "or tls"), beside=Text("同目录的文件，权限 0600", "a file beside this one, mode 0600"),
    manager=Text("经理", "manager"), owners=Text("业主", "owners"),
)  # fmt: skip

# Narrower than the standard on purpose: nothing that a mail program, a shell or a parser of lists could take for more.
_ADDRESS = r"(?=.{3,254}\Z)[A-Za-z0-9_][A-Za-z0-9_+-]{0,63}(?:\.[A-Za-z0-9_+-]{1,63})*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_VISIBLE = "[!-~]([ -~]{0,254}[!-~])?"  # what every way to log in can carry
_ADDRESS_FORM = Text("一个邮箱地址，如 name@example.org", "one address such as name@example.org")
_SECRET_FORM = Text("一行可见的 ASCII 字符", "one line of visible ASCII")
_ONE_SECRET = Text("password、password_file、password_env 之一", "one of password, password_file, password_env")


@dataclass(frozen=True)
class Settings:
    """Who sends, through which server, and who may be written to: the addresses behind each name."""

    host: str
    port: int
    security: str  # a key of PORTS
    user: str
    password: str = field(repr=False)
    sender: str
    sender_name: str
    recipients: Mapping[str, tuple[str, ...]]


def folder(environ: Mapping[str, str]) -> str:
    """The user's configuration folder of svcctl, whether it is there or not."""
    if os.name == "nt":
        base = environ.get("APPDATA", "") or os.path.join(os.path.expanduser("~"), "AppData", "Roaming")
    else:
        base = environ.get("XDG_CONFIG_HOME", "")
        if not os.path.isabs(base):  # as the standard has it; a relative one would depend on where one stands
            base = os.path.join(environ.get("HOME", "") or os.path.expanduser("~"), ".config")
    return os.path.join(base, "svcctl")


def read(environ: Mapping[str, str]) -> Settings:
    """The settings. Raises NotFound, saying what to make; Refused with every wrong line, or if others can get at the file."""
    place = folder(environ)
    path = os.path.join(place, FILE)
    try:
        _check_folder(place)
        data = _private(path)
    except FileNotFoundError:
        raise _missing(path) from None
    try:
        tree = parse_tree(data.decode("utf-8"), path)
    except UnicodeDecodeError:
        raise Refused(Text("不是 UTF-8", "not UTF-8"), where=path) from None
    if not isinstance(tree.root, dict):  # said without what stands there: it may be a password
        raise Refused(Text("邮件设置", "the mail settings"), where=f"{path}:1", expected=Text("几行“键: 值”", "`key: value` lines"))
    form = Form(tree.line, path)
    found = _settings(form, tree.root, place, environ)
    refuse(form.problems)
    return found


def _missing(path: str) -> SvcError:
    where, make = os.path.dirname(path), f"umask 077; mkdir -p {shlex.quote(os.path.dirname(path))}"
    return NotFound(
        Text("还没有邮件设置，什么都没有寄", "there are no mail settings yet; nothing was sent"), where=path,
        todo=Text(f"建这个文件（先 {make}），例如：\n{EXAMPLE.zh}密码写在 {where} 里的 password 文件；两个文件都 chmod 600",
                  f"Make that file (first {make}), for instance:\n{EXAMPLE.en}with the password in the file `password` in {where}; chmod 600 both"),
    )  # fmt: skip


# -- what belongs to the user alone -----------------------------------------------------------------------------------


def _check_folder(place: str) -> None:
    """Refuse a folder that others can write to, or that lies in a ledger. Raises FileNotFoundError."""
    found = os.stat(place)
    if os.name == "posix" and (stat.S_IMODE(found.st_mode) & 0o022 or found.st_uid not in (0, os.geteuid())):
        raise _exposed(place, found, Text("别人可以改动这个目录", "others can change this folder"), "0700", f"chmod 700 {shlex.quote(place)}")
    above = os.path.realpath(place)
    while above != os.path.dirname(above):
        if os.path.lexists(os.path.join(above, LEDGER)):
            raise Refused(
                Text("邮件设置不能放在台账里", "mail settings cannot be in a ledger"), where=place,
                todo=Text("放到自己的目录，如 ~/.config/svcctl", "Put them into a folder of your own such as ~/.config/svcctl"),
            )  # fmt: skip
        above = os.path.dirname(above)


def _private(path: str) -> bytes:
    """The bytes of a file that nobody else can read or change. Raises Refused, FileNotFoundError."""
    data, found = plain(path, LARGEST)
    if os.name == "posix" and (stat.S_IMODE(found.st_mode) & 0o077 or found.st_uid not in (0, os.geteuid())):
        raise _exposed(path, found, Text("别人也能读这个文件", "others can get at this file"), "0600", f"chmod 600 {shlex.quote(path)}")
    if len(data) > LARGEST:
        raise Refused(Text("太大，不像是设置", "too large for settings"), where=path)
    return data


def _exposed(path: str, found: os.stat_result, what: Text, mode: str, todo: str) -> Refused:
    mine = found.st_uid in (0, os.geteuid())
    return Refused(
        what, where=path, got=f"{stat.S_IMODE(found.st_mode):04o}" if mine else f"uid {found.st_uid}",
        expected=Text(f"你自己的，权限 {mode}", f"your own, mode {mode}"),
        todo=Text(f"运行 {todo}", f"Run {todo}") if mine else Text("请自己另建一个", "Make one of your own"),
    )  # fmt: skip


# -- what stands in the file ------------------------------------------------------------------------------------------


def _settings(form: Form, tree: Tree, place: str, environ: Mapping[str, str]) -> Settings:
    form.table((), tree, KEYS, ("host", "from", "recipients"))
    host = form.value(("host",), tree["host"], _host, "") if tree.get("host") else ""
    security = form.word(("security",), tree.get("security") or "starttls", tuple(PORTS))
    if security == "none" and host and not is_loopback(host):
        form.wrong(("security",), Text("starttls 或 tls；none 只能用于本机", "starttls or tls; none is for this computer itself"), "none")
    port = form.value(("port",), tree["port"], number_between(1, 65535), 0) if tree.get("port") else PORTS[security]
    user = tree.get("user") or ""
    if user and (not isinstance(user, str) or not re.fullmatch(_VISIBLE, user)):
        form.wrong(("user",), _SECRET_FORM)
        user = ""
    password = _password(form, tree, place, environ) if tree.get("user") else _no_password(form, tree)
    return Settings(
        host, port, security, user, password, _address(form, ("from",), tree["from"]) if tree.get("from") else "",
        _line(form, ("from_name",), tree.get("from_name"), 64), _recipients(form, tree.get("recipients")),
    )  # fmt: skip


def _host(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        if len(text) > 253 or not re.fullmatch(_HOST, text):
            raise BadValue(Text("服务器名，如 smtp.example.org", "the name of a server such as smtp.example.org")) from None
        return text


def is_loopback(host: str) -> bool:
    """Whether a host or address is this computer itself."""
    try:
        return host.lower() == "localhost" or ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _line(form: Form, path: Path, tree: Tree, longest: int) -> str:
    """A text of one line, or nothing; a wrong one is not shown."""
    if tree in (None, ""):
        return ""
    if not isinstance(tree, str) or len(tree) > longest or safe(tree) != tree or tree != tree.strip():
        form.wrong(path, Text(f"一行文字，最多 {longest} 个字", f"a line of at most {longest} characters"))
        return ""
    return tree


def _address(form: Form, path: Path, tree: Tree) -> str:
    if not isinstance(tree, str) or not re.fullmatch(_ADDRESS, tree):
        form.wrong(path, _ADDRESS_FORM)
        return ""
    return tree


def _recipients(form: Form, tree: Tree) -> dict[str, tuple[str, ...]]:
    """The addresses by name; a wrong one is not shown."""
    if not isinstance(tree, dict):
        if tree not in (None, ""):
            form.wrong(("recipients",), Text("几行“名字: 地址”", "`name: address` lines"))
        return {}
    found = {}
    for name, several in tree.items():
        path = ("recipients", name)
        if not name or len(name) > 64 or "@" in name or safe(name) != name or name != name.strip():
            form.wrong(("recipients",), Text("名字，最多 64 个字，没有 @", "names of at most 64 characters, without @"))
        elif isinstance(several, list) and several:
            found[name] = tuple(dict.fromkeys(_address(form, (*path, n), one) for n, one in enumerate(several)))
        else:
            found[name] = (_address(form, path, several),)
    return found


def _no_password(form: Form, tree: Tree) -> str:
    for key in ("password", "password_file", "password_env"):
        if key in tree:
            form.wrong((key,), Text("有 user 才有密码", "a password only with a user"))
    return ""


def _password(form: Form, tree: Tree, place: str, environ: Mapping[str, str]) -> str:
    """The password: as it stands here, in a file of its own, or in the environment. Never part of a message."""
    given = [key for key in ("password", "password_file", "password_env") if tree.get(key)]
    if len(given) != 1:
        form.wrong((given[1] if given else "user",), _ONE_SECRET)
        return ""
    key, named = given[0], tree[given[0]]
    secret = named
    if key == "password_file" and isinstance(named, str):
        secret = _from_file(form, os.path.join(place, named))
    elif key == "password_env" and isinstance(named, str):
        secret = environ.get(named, "")
        if not secret:
            form.wrong((key,), Text("一个有值的环境变量", "an environment variable that is set"))
    if secret is not None and (not isinstance(secret, str) or not re.fullmatch(_VISIBLE, secret)):
        form.wrong((key,), _SECRET_FORM)
        return ""
    return secret or ""


def _from_file(form: Form, path: str) -> str | None:
    """The only line of a file; None if there is a problem, which then is kept."""
    try:
        return _private(path).decode("ascii").removesuffix("\n").removesuffix("\r")
    except FileNotFoundError:
        form.wrong(("password_file",), Text("一个有密码的文件：", "a file with the password: ").joined(same(path), "", ""))
    except UnicodeDecodeError:
        form.wrong(("password_file",), _SECRET_FORM)
    except Refused as refused:
        form.problems.append(refused)
    return None


def addressed(settings: Settings, names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """The addresses of those named, each name once. Raises Refused for an address, NotFound for an unknown name."""
    from svcctl.fields import near

    known = list(settings.recipients)
    for name in names:
        if name in settings.recipients:
            continue
        hint = near(name, known)
        if "@" in name:
            raise Refused(
                Text("不能直接写地址，只能写邮件设置里的名字", "an address cannot be typed, only a name in the mail settings"),
                where="--to", expected=words(known), todo=Text(f"名字和地址在 {FILE} 的 recipients 里", f"Names and addresses are in {FILE}, under recipients"),
            )  # fmt: skip
        raise NotFound(
            Text("邮件设置里没有这个名字", "no such name in the mail settings"), where="--to", expected=words(known), got=name,
            todo=Text(f"是不是 {hint}？", f"Did you mean {hint}?") if hint else None,
        )  # fmt: skip
    return {name: settings.recipients[name] for name in dict.fromkeys(names)}
