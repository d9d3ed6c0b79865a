"""`sgdcc decompile NET -o OUT`."""

from __future__ import annotations

from pathlib import Path

import click

from runtime.commands.options import output_option, refuse_to_overwrite


@click.command("decompile", short_help="Read a circuit back from the weights of a net.")
@click.argument("net")
@output_option("OUT", required=True, help="The circuit file to write, in the format of its ending.")
@click.option("--format", "format_", metavar="NAME", help="Format to write, if not by the ending.")
def decompile_command(net: str, output: Path, format_: str | None) -> None:
    """Read a circuit back from nothing but the weighted graph of a net.

    Gates are read from weights and sums, latches from the paths that SGD trains; the source in the
    net file is not looked at. So OUT can be compared with the source, for all inputs, by tools for
    circuits. A net that trains becomes a circuit with one output, the prediction, whose latches
    load what follows if that is wrong.

    Exit code 2 if some vertex does not behave digitally.
    """
    from circuits.errors import SourceError
    from circuits.formats import write_circuit
    from compiler.decompile import decompile
    from compiler.net import Net
    from runtime.sources import read_source

    refuse_to_overwrite(net, output)
    found = read_source(net)
    if not isinstance(found, Net):
        raise SourceError(f"{net} is not a net", hint=f"sgdcc compile {net} -o NET makes one")
    circuit = decompile(found)
    write_circuit(circuit, output, format_)
    click.echo(
        f"{output}: {len(circuit.input_names)} inputs, {len(circuit.latches)} latches, "
        f"{len(circuit.outputs)} outputs, {circuit.gate_count} gates"
    )
