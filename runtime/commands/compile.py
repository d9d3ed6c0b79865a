"""`sgdcc compile SOURCE -o NET`."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import click

from circuits.machines.options import MachineOptions
from runtime.commands.options import (
    EXPONENT,
    FORMAT,
    PRESET,
    SOURCE,
    file_option,
    machine_options,
    output_option,
    refuse_to_overwrite,
    samples_option,
)
from runtime.commands.rcnn import SCALE, machine_in, refuse_rcnn_options, write_filter
from runtime.commands.reading import read_with, refuse_given
from runtime.commands.text import brief


@click.command("compile", short_help="Compile a circuit, learner or machine to a net file.")
@SOURCE
@output_option("NET", required=True, help="The file to write.")
@click.option(
    "--target",
    default="emulation",
    show_default=True,
    type=click.Choice(["emulation", "noise-tolerant", "rcnn"]),
    help="emulation: a circuit without memory becomes Lemma 1's component. noise-tolerant: of a "
    "learner, the net that learns while its weights are perturbed. rcnn: of a machine, the "
    "filter of a recurrent convolutional net, proved right on every admissible patch.",
)
@samples_option("Of a noise-tolerant net: to memorise; by default 8 more than a sample has bits.")
@file_option("--certificate", help="Also write a certificate, which `sgdcc check` checks.")
@click.option(
    "--unroll",
    type=click.IntRange(min=0),
    metavar="T",
    help="Of a machine: T steps as a component of the symbols of all cells, not the one step "
    "that SGD repeats.",
)
@SCALE
@machine_options
@PRESET
@EXPONENT
@FORMAT
def compile_command(
    source: str,
    output: Path,
    target: str,
    samples: int | None,
    certificate: Path | None,
    unroll: int | None,
    scale: str | None,
    machine: MachineOptions,
    preset: str | None,
    exponent: Fraction | None,
    format_: str | None,
) -> None:
    """Compile a circuit, learner or machine to a net file.

    Of a machine, the net is that of one step; its configuration is in the memory bits.

    The same source gives the same bytes.
    """
    from circuits.circuit import Circuit
    from circuits.errors import SourceError
    from circuits.files import write_whole
    from circuits.machines.bounded import bounded_machine
    from circuits.machines.machine import Machine
    from compiler.certificate import certificate_of, dump_certificate
    from compiler.net import Net
    from compiler.netfile import dump_net
    from compiler.pipeline import compile_net

    for written in filter(None, (output, certificate)):
        refuse_to_overwrite(source, written)
    if target == "rcnn":
        given = ("certificate", "unroll", "preset", "exponent", "input", "cells", "head", "margin",
                 "samples")  # fmt: skip
        refuse_given("a filter has its proof with it, and is the same for all inputs", *given)
        write_filter(source, output, machine_in(source, format_, machine), scale)
        return
    refuse_rcnn_options()
    if certificate is not None and certificate.absolute() == output.absolute():
        raise SourceError(f"{output} cannot be both net and certificate", hint="name another file")
    found, passes = read_with(source, format_, machine, "unroll"), dict[str, Circuit]()
    if isinstance(found, Net):
        raise SourceError(f"{source} is a net, not a source", hint="name the circuit or learner")
    bounded = None
    if isinstance(found, Machine):
        bounded = bounded_machine(found, machine, unroll)
        found = bounded.circuit() if unroll is None else bounded.unrolled(unroll)
    net = compile_net(
        found,
        target=target,
        samples=samples,
        preset=preset,
        exponent=exponent,
        source_name=source,
        observe=passes.__setitem__,
    )
    if unroll is None:
        net = replace(net, machine=bounded)
    data = dump_net(net)
    write_whole(output, data)
    if certificate is not None:
        stated = certificate_of(net, passes["lower_to_threshold"], data, output.name)
        write_whole(certificate, dump_certificate(stated))
    memory = f"{len(net.memory)} memory bits"
    if net.samples:
        memory = f"{len(net.cells)} cells for {net.samples} samples"
    click.echo(
        f"{output}: {net.vertices} vertices, {net.edges} edges, {net.levels} levels, "
        f"{memory}, learning rate {brief(net.learning_rate)}"
    )
