"""Failures of the operating system in words: which of them refuse, which are faults of the storage."""

from __future__ import annotations

import errno
import os
import stat

from svcctl.errors import OutcomeUnknown, Refused, StorageFault
from svcctl.texts import Text, same

_WORDS = {
    "ENOSPC": Text("磁盘已满", "the disk is full"),
    "EDQUOT": Text("超出磁盘配额", "the disk quota is used up"),
    "EFBIG": Text("文件超过大小限制", "the file would be larger than allowed"),
    "EROFS": Text("磁盘为只读", "the file system is read-only"),
    "EACCES": Text("没有权限", "permission denied"),
    "EPERM": Text("不允许此操作", "operation not permitted"),
    "EIO": Text("磁盘读写出错", "the disk reports an input/output error"),
    "EMFILE": Text("打开的文件过多", "too many open files"),
    "ENFILE": Text("系统打开的文件过多", "too many open files in the system"),
    "ENOMEM": Text("内存不足", "not enough memory"),
    "ENOLCK": Text("此文件系统不能加锁", "this file system has no locks"),
    "EOPNOTSUPP": Text("此文件系统不支持该操作", "this file system cannot do it"),
    "ENOSYS": Text("此系统不支持该操作", "this system cannot do it"),
    "ENAMETOOLONG": Text("文件名过长", "the file's name is too long"),
    "ESTALE": Text("网络磁盘已失效", "the network file system has lost the file"),
    "ENOENT": Text("文件或文件夹不见了", "a file or folder has vanished"),
}
_TODO = {
    "ENOSPC": Text("请腾出空间后重试", "Free some space and repeat"),
    "EDQUOT": Text("请腾出空间后重试", "Free some space and repeat"),
    "EACCES": Text("请检查文件所有者和权限", "Look at the file's owner and mode"),
    "EPERM": Text("请检查文件所有者、权限和属性（lsattr）", "Look at the file's owner, mode and attributes (lsattr)"),
}
NOTHING_RECORDED = Text("未记录任何内容", "nothing was recorded")
# What open() says of a link, a folder, a pipe, a socket or a device where a file was expected.
_IN_THE_WAY = frozenset({errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.ENXIO, errno.ENODEV})
_IDS_NAMED = 20

_KINDS = (
    (stat.S_ISLNK, Text("符号链接", "a symbolic link")),
    (stat.S_ISDIR, Text("文件夹", "a folder")),
    (stat.S_ISFIFO, Text("命名管道", "a named pipe")),
    (stat.S_ISSOCK, Text("套接字", "a socket")),
    (stat.S_ISCHR, Text("设备", "a device")),
    (stat.S_ISBLK, Text("设备", "a device")),
    (stat.S_ISREG, Text("普通文件", "a file")),
)
FILE = Text("普通文件", "a regular file")
FOLDER = Text("文件夹", "a folder")


def words(error: OSError) -> Text:
    """What the system said, in both languages."""
    name = errno.errorcode.get(error.errno or 0, "")
    return _WORDS.get(name) or same(os.strerror(error.errno) if error.errno else str(error))


def write_fault(error: OSError, where: str) -> StorageFault:
    """The fault of a write that left nothing behind."""
    name = errno.errorcode.get(error.errno or 0, "")
    what = words(error).joined(NOTHING_RECORDED, "，", "; ")
    return StorageFault(what, where=where, todo=_TODO.get(name))


def read_fault(error: OSError, where: str) -> StorageFault:
    """The fault of something that could not be read."""
    return StorageFault(Text("无法读取", "cannot be read").joined(words(error), "：", ": "), where=where)


def open_fault(error: OSError, where: str, mode: int | None, expected: Text, writing: bool) -> Refused | StorageFault:
    """The failure of an ``open``: refused if something else is in the way (``mode``: of what is there)."""
    if error.errno in _IN_THE_WAY:
        return in_the_way(where, mode, expected)
    return write_fault(error, where) if writing else read_fault(error, where)


def in_the_way(where: str, mode: int | None, expected: Text) -> Refused:
    """A link, a pipe, a folder … where ``expected`` should be."""
    found = next((text for test, text in _KINDS if mode is not None and test(mode)), Text("别的东西", "something else"))
    what = Text(
        "这里有{found}，应为{expected}；链接一概不跟随", "found {found}, expected {expected}; no link is followed"
    )
    todo = Text("请查明来历后移走", "Find out where it comes from and move it away")
    return Refused(what.fill(found=found, expected=expected), where=where, todo=todo)


def hard_link(where: str, count: int) -> Refused:
    """A file to be written that has ``count`` names: writing would change it elsewhere too."""
    what = Text(
        "此文件有 {n} 个硬链接，写入会改动别处", "the file has {n} hard links; writing would change it elsewhere too"
    )
    todo = Text("请复制一份替换它", "Replace it by a copy of its own")
    return Refused(what.fill(n=count), where=where, todo=todo)


def outcome_unknown(where: str, ids: list[str], why: Text) -> OutcomeUnknown:
    """A fault after the bytes may have reached the file: names the ids and what to do."""
    named = ", ".join(ids[:_IDS_NAMED]) + (f" … ({len(ids)})" if len(ids) > _IDS_NAMED else "")
    what = Text("{why}；{ids} 可能已记录，也可能没有", "{why}; {ids} may or may not be recorded")
    todo = Text(
        "请用 svcctl show {id} 查看；带同一个 --key 重做是安全的",
        "Look with svcctl show {id}; repeating with the same --key is safe",
    )
    return OutcomeUnknown(what.fill(why=why, ids=named), where=where, todo=todo.fill(id=ids[0] if ids else "ID"))


def replace_unknown(where: str, error: OSError) -> OutcomeUnknown:
    """A fault after a whole file may have been put in the place of another."""
    what = Text("{why}；文件可能已换成新的，也可能没有", "{why}; the file may be the new one or still the old one")
    todo = Text("请查看后重做；重做是安全的", "Look at it and repeat; repeating is safe")
    return OutcomeUnknown(what.fill(why=words(error)), where=where, todo=todo)
