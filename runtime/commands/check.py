"""`sgdcc check CERTIFICATE`."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command("check", short_help="Check the certificate of a net.")
@click.argument("certificate", type=click.Path(path_type=Path))
@click.option(
    "--net",
    type=click.Path(path_type=Path),
    metavar="NET",
    help="The net file, if not the one that the certificate names, beside it.",
)
def check_command(certificate: Path, net: Path | None) -> None:
    """Prove that a net runs its circuit, for every input, label and memory state.

    CERTIFICATE is what `sgdcc compile --certificate` wrote; docs/certificate.md says what follows
    from it. The checker shares no code with the compiler. Exit code 0: valid; 1: refused, with the
    obligation that does not hold and where; 2: a file cannot be read.

    Of a noise-tolerant net it is proved for all noise as well, up to the size that the certificate
    names.

    A filter file (`sgdcc compile --target rcnn`) is checked on every admissible patch, exactly.
    """
    from runtime.commands.rcnn import check_filter, filter_in

    net_filter = filter_in(str(certificate))
    if net_filter is not None:
        check_filter(net_filter)
    from runtime.check.__main__ import main

    sys.exit(main([str(certificate), *([] if net is None else [str(net)])]))
