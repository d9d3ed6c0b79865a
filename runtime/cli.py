"""The command line: `sgdcc COMMAND`.

Exit codes: 0 good; 1 the emulation diverged; 2 bad input or usage, nothing written; 3 cannot be
represented exactly, or a limit; 70 a bug of ours; 130 interrupted. A reader that closes our output
early ends us by SIGPIPE, like any other filter.
"""

from __future__ import annotations

import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from typing import Any

import click

from circuits.errors import SgdccError, SourceWarning
from runtime.commands.bench import bench_command
from runtime.commands.check import check_command
from runtime.commands.compile import compile_command
from runtime.commands.decompile import decompile_command
from runtime.commands.demo import demo_command
from runtime.commands.diff import diff_command
from runtime.commands.drift import drift_command
from runtime.commands.export import export_command
from runtime.commands.info import info_command
from runtime.commands.inspect import inspect_command
from runtime.commands.noise_sweep import noise_sweep_command
from runtime.commands.simulate import simulate_command
from runtime.commands.sweep import sweep_command
from runtime.commands.verify import verify_command

BAD_INPUT = 2
LIMIT = 3
BUG = 70
INTERRUPTED = 130


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 good, 1 the emulation diverged, 2 bad input or usage (nothing is "
    "written), 3 not exactly representable or beyond a limit, 70 a bug of sgdcc, 130 interrupted.",
)
@click.version_option(package_name="sgdcc")
def sgdcc() -> None:
    """Compile algorithms into neural nets that plain SGD executes, and verify every step.

    SOURCE is a circuit file (AIGER, BLIF, bench, Bristol, PLA, truth table, Verilog), a Turing
    machine's (bbchallenge text, turingmachine.io YAML, Morphett text, Golly turmite) or
    builtin:NAME[:key=value,...], for instance builtin:parity:bits=16 or
    builtin:busy-beaver:states=4. NET is a file that `sgdcc compile` wrote.
    """


for command in (
    compile_command,
    verify_command,
    check_command,
    decompile_command,
    simulate_command,
    info_command,
    inspect_command,
    diff_command,
    export_command,
    demo_command,
    drift_command,
    noise_sweep_command,
    bench_command,
    sweep_command,
):
    sgdcc.add_command(command)


def main() -> None:
    """Run the command line and exit with its code."""
    if hasattr(signal, "SIGPIPE"):  # click would exit with 1, which says that a net diverged
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    with warnings.catch_warnings():
        warnings.simplefilter("always", SourceWarning)
        warnings.showwarning = _show_warning(warnings.showwarning)
        code = _run()
    sys.exit(code)


def _show_warning(otherwise: Callable[..., None]) -> Callable[..., None]:
    """Show what is odd about a source as a line of ours; any other warning as it was."""

    def show(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
        if issubclass(category, SourceWarning):
            click.echo(f"warning: {message}", err=True)
        else:
            otherwise(message, category, *place, **more)

    return show


def _run() -> int:
    try:
        code = sgdcc.main(prog_name="sgdcc", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except SgdccError as error:
        click.echo(f"error: {error}", err=True)
        return error.exit_code
    except MemoryError:
        click.echo("error: not enough memory", err=True)
        return LIMIT
    except OSError as error:  # of the machine's making: a full disk, a device that went away
        click.echo(f"error: {error}", err=True)
        return BAD_INPUT
    except Exception as error:
        traceback.print_exc()
        click.echo(f"internal error: {error}\nThis is a bug in sgdcc; please report it.", err=True)
        return BUG
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    main()
