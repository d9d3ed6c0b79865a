"""`sgdcc export NET --format json -o FILE`."""

from __future__ import annotations

from pathlib import Path

import click

from runtime.commands.options import SOURCE_OR_NET, output_option, refuse_to_overwrite
from runtime.commands.reading import net_of


@click.command("export", short_help="Write a net for programs other than sgdcc.")
@SOURCE_OR_NET
@click.option(
    "--format",
    "format_",
    required=True,
    type=click.Choice(["json"]),
    help="json: networkx node-link, with everything that training needs.",
)
@output_option("FILE", required=True, help="The file to write.")
def export_command(source: str, format_: str, output: Path) -> None:
    """Write a net, with all weights and their exact values, for other programs.

    docs/net-format.md describes the file.
    """
    from circuits.files import write_whole
    from compiler.export.node_link import node_link_json

    del format_  # one so far
    refuse_to_overwrite(source, output)
    net = net_of(source, None)
    write_whole(output, "".join(node_link_json(net)).encode())
    click.echo(f"{output}: {net.vertices} nodes, {net.edges} edges")
