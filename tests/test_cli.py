"""The command line as a whole: help, exit codes, streams. `test_commands` has each command."""

from __future__ import annotations

import io
import signal
import subprocess
from pathlib import Path

import pytest
from command_line import PROGRAM, sgdcc, sgdcc_process

from circuits.errors import InvariantError
from runtime import cli

COMMANDS = tuple(sorted(cli.sgdcc.commands))


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def broken(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let everything that reads a source fail like this."""

    def fail(*_arguments: object) -> None:
        raise error

    monkeypatch.setattr("runtime.sources.read_source", fail)


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_names_every_command_and_exit_code(option: str) -> None:
    code, out, err = sgdcc(option)
    assert (code, err) == (0, "")
    listed = out.partition("Commands:\n")[2]
    assert tuple(line.split()[0] for line in listed.splitlines()[: len(COMMANDS)]) == COMMANDS
    assert {"compile", "verify", "simulate", "info", "export", "demo"} <= set(COMMANDS)
    assert "..." not in listed  # no command's summary is cut short
    assert (
        "  Exit codes: 0 good, 1 the emulation diverged, 2 bad input or usage (nothing\n"
        "  is written), 3 not exactly representable or beyond a limit, 70 a bug of\n"
        "  sgdcc, 130 interrupted.\n"
    ) in out


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_explains_its_options_in_80_columns(command: str) -> None:
    code, out, err = sgdcc(command, "--help")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    options = out.partition("Options:\n")[2]
    assert "  -h, --help" in options
    for line in options.splitlines():  # an option's help is beside it or below it
        assert line.startswith("  ")


def test_version_names_the_program() -> None:
    assert sgdcc("--version") == (0, "sgdcc, version 0.1.0\n", "")


def test_the_module_runs_like_the_console_script() -> None:
    assert sgdcc_process("--version") == (0, "sgdcc, version 0.1.0\n", "")


def test_no_command_shows_the_help_and_is_bad_usage() -> None:
    code, out, err = sgdcc()
    assert (code, out) == (2, "")
    assert err.startswith("Usage: sgdcc [OPTIONS] COMMAND [ARGS]...\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compyle"], "No such command 'compyle'."),
        (["--fast"], "No such option '--fast'."),
        (["info"], "Missing argument 'SOURCE|NET'."),
        (["info", "a", "b"], "Got unexpected extra argument (b)"),
        (["verify", "a", "--steps", "many"], "Invalid value for '--steps': 'many' is not a valid "),
        (["verify", "a", "--steps", "-1"], "Invalid value for '--steps': -1 is not in the range "),
        (["verify", "a", "--dtype", "int8"], "Invalid value for '--dtype': 'int8' is not one of "),
        (["verify", "a", "--control", "x"], "Invalid value for '--control': 'x' is not one of "),
        (["verify", "a", "--exponent", "1/0"], "Invalid value for '--exponent': '1/0' is not a "),
        (["verify", "a", "--exponent", "2/3"], "Invalid value for '--exponent': 2/3 is below 1"),
        (["compile", "a", "--preset", "x"], "Invalid value for '--preset': 'x' is not one of "),
        (["compile", "a"], "Missing option '-o' / '--output'."),
        (["export", "a"], "Missing option '-o' / '--output'."),
        (["demo", "--bits", "1"], "Invalid value for '--bits': 1 is not in the range 2<=x<=32."),
    ],
)  # fmt: skip
def test_bad_usage_is_explained_and_nothing_is_written(arguments: list[str], message: str) -> None:
    code, out, err = sgdcc(*arguments)
    assert (code, out) == (2, "")
    assert f"\nError: {message}" in err
    assert not list(Path().iterdir())


@pytest.mark.parametrize("error", [InvariantError("a node reads itself"), RuntimeError("oh")])
def test_a_bug_of_ours_exits_with_70_and_shows_where(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch, error)
    code, out, err = sgdcc("info", "builtin:parity:bits=2")
    assert (code, out) == (70, "")
    assert err.startswith("Traceback (most recent call last):\n")
    assert err.endswith(f"\ninternal error: {error}\nThis is a bug in sgdcc; please report it.\n")


def test_an_interrupt_exits_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, KeyboardInterrupt())
    assert sgdcc("info", "builtin:parity:bits=2") == (130, "", "\ninterrupted\n")


def test_too_little_memory_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, MemoryError())
    assert sgdcc("info", "builtin:parity:bits=2") == (3, "", "error: not enough memory\n")


def test_what_the_machine_refuses_is_not_a_bug_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, PermissionError(13, "Permission denied", "a.blif"))
    assert sgdcc("info", "a.blif") == (2, "", "error: [Errno 13] Permission denied: 'a.blif'\n")


def test_a_name_too_long_for_a_file_is_bad_input() -> None:
    code, out, err = sgdcc("info", "a" * 5000)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert "File name too long" in err


def test_a_reader_that_leaves_early_ends_the_program_without_a_word() -> None:
    command = [*PROGRAM, "simulate", "builtin:parity:bits=4", "--steps", "100000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        assert program.stdout.readline() == b"builtin:parity:bits=4, seed 0\n"
        program.stdout.close()
        assert program.stderr.read() == b""
    assert program.returncode == -signal.SIGPIPE


@pytest.mark.slow
def test_in_a_pipe_nothing_but_the_result_is_said() -> None:
    code, out, err = sgdcc_process("verify", "builtin:parity:bits=2", "--steps", "3")
    assert (code, err) == (0, "")
    assert out.startswith("builtin:parity:bits=2: emulates (3 SGD steps, ")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_progress_which_is_wiped_at_the_end() -> None:
    code, out, err = sgdcc("verify", "builtin:parity:bits=2", "--steps", "4", err=Terminal())
    assert code == 0
    assert "\r" not in out
    shown = err.split("\r")
    assert shown[1:5] == [f"SGD step {i}/4 ({25 * i}%)" for i in range(1, 5)]
    assert not "".join(shown[5:]).strip()
