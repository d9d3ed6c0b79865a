"""AIGER: the circuit that a net computes, read back from its weights by `compiler.decompile`."""

from __future__ import annotations

from collections.abc import Iterator

from circuits.formats.aiger import write_aiger_ascii, write_aiger_binary
from compiler.decompile import decompile
from compiler.net import Net


def aiger(net: Net, *, text: bool = False) -> Iterator[bytes]:
    """The file, binary (``aig``) or as text (``aag``).

    Raises:
        SourceError: a vertex does not behave digitally; `decompile` says more.
        LimitError: AIGER cannot hold the circuit.
    """
    yield (write_aiger_ascii if text else write_aiger_binary)(decompile(net))
