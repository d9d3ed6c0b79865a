"""`sgdcc compile SOURCE -o NET`."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import click

from runtime.commands.options import (
    EXPONENT,
    FORMAT,
    PRESET,
    SOURCE,
    output_option,
    refuse_to_overwrite,
    writable,
)
from runtime.commands.text import brief


@click.command("compile", short_help="Compile a circuit or learner to a net file.")
@SOURCE
@output_option("NET", required=True, help="The file to write.")
@click.option(
    "--target",
    default="emulation",
    show_default=True,
    type=click.Choice(["emulation"]),
    help="A circuit without memory becomes Lemma 1's component.",
)
@click.option(
    "--certificate",
    type=click.Path(path_type=Path),
    metavar="FILE",
    callback=writable,
    help="Also write a certificate, which `sgdcc check` checks.",
)
@PRESET
@EXPONENT
@FORMAT
def compile_command(
    source: str,
    output: Path,
    target: str,
    certificate: Path | None,
    preset: str | None,
    exponent: Fraction | None,
    format_: str | None,
) -> None:
    """Compile a circuit or learner to a net file.

    The same source gives the same bytes.
    """
    from circuits.circuit import Circuit
    from circuits.errors import SourceError
    from circuits.files import write_whole
    from compiler.certificate import certificate_of, dump_certificate
    from compiler.netfile import dump_net
    from compiler.pipeline import compile_net
    from runtime.sources import source_of

    del target  # one so far
    for written in filter(None, (output, certificate)):
        refuse_to_overwrite(source, written)
    if certificate is not None and certificate.absolute() == output.absolute():
        raise SourceError(f"{output} cannot be both net and certificate", hint="name another file")
    found, passes = source_of(source, format_), dict[str, Circuit]()
    net = compile_net(
        found,
        preset=preset,
        exponent=exponent,
        source_name=source,
        observe=passes.__setitem__,
    )
    data = dump_net(net)
    write_whole(output, data)
    if certificate is not None:
        stated = certificate_of(net, passes["lower_to_threshold"], data, output.name)
        write_whole(certificate, dump_certificate(stated))
    click.echo(
        f"{output}: {net.vertices} vertices, {net.edges} edges, {net.levels} levels, "
        f"{len(net.memory)} memory bits, learning rate {brief(net.learning_rate)}"
    )
