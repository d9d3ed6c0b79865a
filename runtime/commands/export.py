"""`sgdcc export NET --format json -o FILE`."""

from __future__ import annotations

from pathlib import Path

import click

from runtime.commands.options import SOURCE


@click.command("export")
@SOURCE
@click.option(
    "--format",
    "format_",
    required=True,
    type=click.Choice(["json"]),
    help="json: networkx node-link, with everything that training needs.",
)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE")
def export_command(source: str, format_: str, output: Path) -> None:
    """Write a net, with all weights and their exact values, for other programs."""
    from circuits.files import write_whole
    from compiler.export.node_link import node_link_json
    from runtime.sources import read_net

    del format_  # one so far
    net = read_net(source)
    write_whole(output, "".join(node_link_json(net)).encode())
    click.echo(f"{output}: {net.vertices} nodes, {net.edges} edges")
