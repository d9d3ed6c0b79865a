"""Runs Yosys on Verilog and returns the netlist it makes of it, as the plain data of its JSON.

Yosys runs in a process of its own: it keeps global state, writes to the file descriptors and may
end its process.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from circuits.errors import LimitError, SourceError
from circuits.formats.text import SourceText
from circuits.formats.yosys_netlist import SOURCE, Module

_INCLUDES = "include"
_PROGRAM = "from pyosys import libyosys; libyosys.run_pass('script script.ys', libyosys.Design())"
# Left are one-bit gates and flip-flops without enable or reset. No optimisation beyond constants
# and dead logic: stronger ones use that an uninitialised register may start either way.
_SCRIPT = f"""\
read_verilog {{language}} -I{_INCLUDES} {SOURCE}
hierarchy -check {{top}}
proc
flatten -noscopeinfo
opt_expr
opt_clean
check
delete */t:$print
memory
async2sync
techmap
dffunmap
opt_expr
opt_clean
write_json output.json
"""
_ERROR = re.compile(r"^(?:(\S.*):(\d+): )?ERROR: ?(.*)$", re.MULTILINE)
_CONFLICT = re.compile(r"^Warning: (.*conflicting.*(?:\n    .*)*)", re.MULTILINE)
_LEVELS = re.compile(r"^root of +(\d+) design levels: (.*?) *$", re.MULTILINE)


def netlist(data: bytes, file: str, top: str | None) -> tuple[str, Module]:
    """The top module's name and what it becomes as gates.

    Args:
        data: the Verilog source; SystemVerilog if ``file`` ends in ``.sv``.
        file: its name; files that it includes are looked for beside it.
        top: the module to take; None for the one above all others.

    Raises:
        SourceError: Yosys refuses the source, or the top is not clear.
        LimitError: Yosys is not installed.
    """
    if find_spec("pyosys") is None:
        raise LimitError("reading Verilog needs Yosys: pip install 'sgdcc[verilog]'")
    source = SourceText(data.decode("utf-8", "replace"), file)
    if top is not None and not re.fullmatch(r"[A-Za-z_][\w$]*", top, re.ASCII):
        raise source.error(f"{top!r} is not the name of a module", 0, hint="give a plain name")
    script = _SCRIPT.format(
        language="-sv" if ".sv" in Path(file).suffixes else "",
        top="-auto-top" if top is None else f"-top {top}",
    )
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / SOURCE).write_bytes(data)
        (folder / "script.ys").write_text(script)
        (folder / _INCLUDES).symlink_to(Path(file).resolve().parent)
        done = subprocess.run(
            [sys.executable, "-P", "-c", _PROGRAM],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        _check(done.returncode, done.stdout, source)
        modules = json.loads((folder / "output.json").read_text())["modules"]
    if not modules:
        raise source.error("no module", 0, hint="is this a Verilog file?")
    (found,) = modules.items()
    return found[0], found[1]


def _check(status: int, log: str, source: SourceText) -> None:
    """Refuse what Yosys refused, in its words and at its place, and what it only warned of."""
    levels = [(int(depth), module) for depth, module in _LEVELS.findall(log)]
    tops = sorted(module for depth, module in levels if depth == max(levels)[0])
    if len(tops) > 1:
        raise source.error(
            f"several modules could be the top: {', '.join(tops)}", 0, hint="say which one is"
        )
    error, conflict = _ERROR.search(log), _CONFLICT.search(log)
    if error is not None:
        raise _refusal(error, source)
    if status != 0:
        raise source.error(f"Yosys ended with status {status}", 0, hint="simplify the source")
    if conflict is not None:
        message = re.sub(r"\n +", " ", conflict[1]).replace("\\", "")
        raise source.error(message, 0, hint="a wire has one driver")


def _refusal(error: re.Match[str], source: SourceText) -> SourceError:
    file, line, message = error[1], int(error[2] or 0), error[3]
    if file is not None and file != SOURCE:
        included = Path(source.file).parent / file.removeprefix(f"{_INCLUDES}/")
        source = SourceText("", str(included))
    return source.error(
        message.replace("\\", "").strip().rstrip("."),
        line,
        hint="this is what Yosys says; it reads synthesisable Verilog",
    )
