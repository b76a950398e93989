"""Where svcctl begins and ends: the error boundary. Every failure leaves here as one message and an exit code."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

from svcctl.errors import SvcError
from svcctl.texts import Lang, Text

SIGINT, SIGPIPE = 130, 141


def run() -> None:
    """The console script."""
    # What a command loads it keeps; looking for garbage among it again and again only takes time.
    gc.set_threshold(100_000, 50, 100)
    if os.name == "posix":
        # Python's own default, said beforehand: to look it up it would read its whole build configuration.
        os.environ.setdefault("PYTHONTZPATH", ":".join(f"/{p}/zoneinfo" for p in ("usr/share", "usr/lib", "usr/share/lib", "etc")))
    _occupied()
    code = main(sys.argv[1:])
    sys.stdout = sys.stderr = None  # both were flushed; the end must not try again
    os._exit(code)


def _occupied() -> None:
    """See that no file of the ledger gets the number of a standard stream that whoever started us had closed."""
    for fd in (0, 1, 2):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one


def main(arguments: Sequence[str]) -> int:
    """Run one command line; returns its exit code. Prints nothing that is not meant for a person or a program."""
    lang: Lang = "en"
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        from svcctl.cli.session import Session

        session = Session(arguments, os.environ)
        try:
            lang = session.lang
            code = _invoke(session, arguments) or session.exit_code
            session.flush()
            return code
        finally:
            session.close()
    except SvcError as error:
        _tell(error.say(lang))
        return error.exit_code
    except KeyboardInterrupt:
        _tell(Text("已中断", "interrupted").to(lang))
        return SIGINT
    except BrokenPipeError:
        return SIGPIPE
    except OSError as error:
        _tell(_os_error(error, of_stdout=error.filename is None and _stuck()).to(lang))
        return 5
    except Exception as error:
        _tell(_bug(error).to(lang))
        return 70


def _invoke(session: object, arguments: Sequence[str]) -> int:
    from typer import Abort, Exit, TyperException

    from svcctl.cli.app import root
    from svcctl.cli.session import Session

    assert isinstance(session, Session)
    if "_SVCCTL_COMPLETE" in os.environ:
        from typer.completion import completion_init  # type: ignore[attr-defined]

        completion_init()
    try:
        result = root(session).main(list(arguments), prog_name="svcctl", standalone_mode=False)
    except TyperException as error:
        from svcctl.cli.usage import translated

        raise translated(error) from None
    except Abort:
        raise KeyboardInterrupt from None
    except Exit as stop:
        result = stop.exit_code
    except SystemExit as stop:  # so typer ends where the reader of a pipe is gone, and a completion
        result = stop.code if "_SVCCTL_COMPLETE" in os.environ else SIGPIPE
    if result == SIGINT:  # typer turns an interrupt into an exit code of its own
        _tell(Text("已中断", "interrupted").to(session.lang))
    return result if isinstance(result, int) else 0


def _tell(message: str) -> None:
    from svcctl.mask import mask_numbers
    from svcctl.table import safe

    if sys.stderr is None:
        return
    lines = "\n".join(mask_numbers(safe(line)) for line in message.split("\n"))
    try:
        print("svcctl:", lines, file=sys.stderr, flush=True)  # noqa: T201
    except (OSError, ValueError):
        return


def _stuck() -> bool:
    """Whether stdout does not take what is waiting for it: typer prints helps by itself, and the system names no stream."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        return True
    return False


def _os_error(error: OSError, *, of_stdout: bool) -> Text:
    from svcctl.cli.session import STDOUT
    from svcctl.store import faults

    why = faults.words(error)
    if of_stdout or error.filename == STDOUT:
        return Text("标准输出: {why}；输出不完整。请换一个去处或腾出空间，再运行一遍",
                    "stdout: {why}; the output is not complete. Send it elsewhere or free some space, and run it again").fill(why=why)  # fmt: skip
    place = f" {error.filename}" if isinstance(error.filename, str) else ""
    return Text(f"系统报错{place}：{why.zh}", f"the system said of{place or ' a file'}: {why.en}")


def _bug(error: Exception) -> Text:
    """A fault of svcctl's own: where it happened, without any value that may be personal."""
    last = error.__traceback__
    place = "?"
    while last is not None:
        code = last.tb_frame.f_code
        if "svcctl" in code.co_filename:
            place = f"{os.path.basename(code.co_filename)}:{last.tb_lineno}"
        last = last.tb_next
    name = type(error).__name__
    if os.environ.get("SVCCTL_DEBUG"):
        import traceback

        traceback.print_exc()
    return Text(
        f"svcctl 自己出错了（{name}，{place}）；台账没有被改动，请把这一行报给维护者",
        f"a fault of svcctl's own ({name} at {place}); please report this line to its maintainers",
    )
