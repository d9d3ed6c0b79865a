"""Run the command line: in this process, which is quick, or in one of its own."""

import io
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import NamedTuple
from unittest.mock import patch

import pytest

from runtime.cli import main

PROGRAM = (sys.executable, "-m", "runtime.cli")


class Result(NamedTuple):
    """How a run ended, and what it said."""

    code: int
    out: str
    err: str


def sgdcc(
    *arguments: str, out: io.StringIO | None = None, err: io.StringIO | None = None
) -> Result:
    """What `sgdcc ARGUMENTS` does, by the function that the console script calls."""
    out, err = out or io.StringIO(), err or io.StringIO()
    with (
        _signals_kept(),
        patch.object(sys, "argv", ["sgdcc", *arguments]),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as exited,
    ):
        main()
    assert isinstance(exited.value.code, int)
    return Result(exited.value.code, out.getvalue(), err.getvalue())


def sgdcc_process(*arguments: str, timeout: float = 120) -> Result:
    """The same in a process of its own, with pipes for its output."""
    done = subprocess.run(
        [*PROGRAM, *arguments], capture_output=True, text=True, check=False, timeout=timeout
    )
    return Result(done.returncode, done.stdout, done.stderr)


@contextmanager
def _signals_kept() -> Iterator[None]:
    handler = signal.getsignal(signal.SIGPIPE)
    try:
        yield
    finally:
        signal.signal(signal.SIGPIPE, handler)
