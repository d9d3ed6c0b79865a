"""What the checker says of a certificate, for a summary."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from circuits.errors import SourceError
from compiler.net import Net
from compiler.netfile import dump_net
from runtime.inspect.summary import Certificate


def checked(net: Net, certificate: Path) -> Certificate:
    """Check a certificate against a net by `runtime.check`, which shares no code with the compiler.

    Raises:
        SourceError: the certificate cannot be read.
    """
    from runtime.check import RefusedError, UnreadableError, check_files

    with TemporaryDirectory() as folder:
        copy = Path(folder) / "inspected.net"  # the same net gives the same bytes
        copy.write_bytes(dump_net(net))
        try:
            proof = check_files(certificate, copy)
        except RefusedError as refused:
            return Certificate(True, "", str(certificate), False, f"refused: {refused}")
        except UnreadableError as unreadable:
            raise SourceError(str(unreadable)) from None
    return Certificate(True, "", str(certificate), True, str(proof))
