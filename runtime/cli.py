"""The command line: `sgdcc COMMAND`.

Exit codes: 0 good; 1 the emulation diverged; 2 bad input or usage, nothing written; 3 cannot be
represented exactly, or a limit; 70 a bug of ours; 130 interrupted.
"""

from __future__ import annotations

import os
import sys
import traceback

import click

from circuits.errors import InvariantError, SgdccError
from runtime.commands.compile import compile_command
from runtime.commands.demo import demo_command
from runtime.commands.export import export_command
from runtime.commands.info import info_command
from runtime.commands.simulate import simulate_command
from runtime.commands.verify import verify_command

BUG = 70
INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="sgdcc")
def sgdcc() -> None:
    """Compile algorithms into neural nets that plain SGD executes, and verify every step.

    SOURCE is a circuit file (AIGER, BLIF, bench, Bristol, PLA, truth table, Verilog) or
    builtin:NAME[:key=value,...], for instance builtin:parity:bits=16. NET is a file that
    `sgdcc compile` wrote.
    """


for command in (
    compile_command,
    verify_command,
    simulate_command,
    info_command,
    export_command,
    demo_command,
):
    sgdcc.add_command(command)


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        code = sgdcc.main(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
    except SgdccError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:  # the reader of our output has gone; not worth a traceback
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except (InvariantError, Exception) as error:
        traceback.print_exc()
        click.echo(f"internal error: {error}\nThis is a bug in sgdcc; please report it.", err=True)
        sys.exit(BUG)


if __name__ == "__main__":
    main()
