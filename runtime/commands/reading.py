"""What a command is about: read, and compiled where it takes a net."""

from __future__ import annotations

from dataclasses import fields
from fractions import Fraction
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from circuits.errors import SourceError
from circuits.machines.options import MachineOptions

if TYPE_CHECKING:
    from compiler.net import Net
    from runtime.compiled import Compiled
    from runtime.sources import Source


def read_with(
    source: str, format_: str | None, machine: MachineOptions, *further: str
) -> Source | Net:
    """What a command is about; as `runtime.sources.read_source`.

    Args:
        source: as the user names it.
        format_: of its file.
        machine: what the user says of a machine.
        further: names of options that are for machines only.

    Raises:
        SourceError: also where the user says something of a machine, and it is none.
    """
    from circuits.machines.machine import Machine
    from compiler.net import Net
    from runtime.sources import read_source

    found = read_source(source, format_, machine.start)
    if not isinstance(found, Machine):
        names = [field.name for field in fields(MachineOptions)]
        why, hint = f"{source} is not a machine", ""
        if isinstance(found, Net) and found.machine is not None:
            why = f"{source} is a net, of a machine that starts as it was compiled"
            hint = ", or name the machine itself"
        refuse_given(why, *names, *further, hint=hint)
    return found


def refuse_given(why: str, *names: str, hint: str = "") -> None:
    """Refuse options that the user has given, and that mean nothing here.

    Raises:
        SourceError: for the first of them, with the reason.
    """
    context = click.get_current_context()
    for name in names:
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise SourceError(why, hint=f"leave --{name} away{hint}")


def compiled_of(
    source: str,
    format_: str | None,
    preset: str | None = None,
    exponent: Fraction | None = None,
    machine: MachineOptions | None = None,
    steps: int | None = None,
    *,
    target: str | None = None,
    samples: int | None = None,
) -> Compiled:
    """The net that a command is about, compiled unless it is one, and the machine if that is one.

    Args:
        source: as the user names it.
        format_: of its file.
        preset: of the constants.
        exponent: likewise.
        machine: what the user says of a machine.
        steps: for how many steps its cells must do.
        target: what to compile to.
        samples: T of a noise-tolerant net.

    Raises:
        SourceError: as `read_with`; or the user gives constants for a net, which has its own.
    """
    from circuits.machines.bounded import bounded_machine
    from circuits.machines.machine import Machine
    from compiler.net import Net
    from runtime.compiled import compile_source

    found = read_with(source, format_, machine or MachineOptions())
    if isinstance(found, Net):
        why = f"{source} is a net, built with the {found.preset} preset"
        refuse_given(why, "preset", "exponent", "samples", hint=", or compile the source again")
        if target not in (None, found.target) and found.target != "component":
            refuse_given(f"{source} is a net of target {found.target}", "target")
    what = bounded_machine(found, machine, steps) if isinstance(found, Machine) else found
    return compile_source(
        what, target=target, samples=samples, preset=preset, exponent=exponent, name=source
    )


def net_of(source: str, format_: str | None) -> Net:
    """The net that a command is about; as `compiled_of`."""
    return compiled_of(source, format_).net
