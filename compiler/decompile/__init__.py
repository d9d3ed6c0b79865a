"""Read a net back as a circuit, from nothing but its weighted graph.

What a net *is* and what it was compiled *from* can so be compared, for all inputs and memory states
at once, by tools that have never heard of nets. Used are

- the edges, their exact weights and, of a quotient, multiplicities; the activation; that vertices
  are numbered from the sources of edges to their targets;
- the learning rate, only to check that SGD negates what it writes (Lemma 2);
- which vertex is the constant, which are inputs and outputs, and in which order;
- which edges hold memory bits, and their weights for 0 (`Net.memory`);
- the names of inputs, outputs and memory bits, for the ports of the circuit.

Not used are the source circuit, roles of vertices and edges, units, path indices, labels, lines,
levels, the preset and which inputs are random; vertex names in errors are the one exception.

How: a vertex on flat pieces for every combination of its sources' values is a threshold gate, by
the converse of Lemma 1 (`gates`). The others are parts of paths from a constant to the output
(`paths`), which controls silence; a memory bit is the sign of an edge on a path. When the output
is wrong, SGD negates the edges of live paths (`writes`), so the next state of a bit is itself XOR
whether a path through its edge is live. What the paths add up to is the prediction. Everything that
this relies on is checked with exact numbers, so a net that is not digital is refused. At the end
XORs and multiplexers, which take two vertices each, are put together again (`hidden_gates`).
"""

from __future__ import annotations

from circuits.circuit import Circuit
from circuits.errors import SourceError
from compiler.decompile.graph import Graph
from compiler.decompile.machine import read_machine
from compiler.net import Net, Target

__all__ = ["decompile"]


def decompile(net: Net) -> Circuit:
    """The circuit that a net computes, with the net's ports in the net's order.

    A net that trains becomes a circuit in the update-on-error form of Lemma 3: its one output is
    the prediction, and its latches hold the memory bits and load what follows if that is wrong.
    `circuits.update_on_error.UpdateOnError` runs it, given the net's ``random_inputs``. Any other
    net (Lemma 1) becomes a combinational circuit.

    Raises:
        SourceError: a vertex does not behave digitally, or the memory is no memory; or the net is
            a noise-tolerant one.

    >>> from circuits.builder import Builder
    >>> from compiler.pipeline import compile_net
    >>> b = Builder("toggle")
    >>> on, q = b.input("on"), b.latch("q", reset=1)
    >>> b.set_next(q, b.xor(on, q))
    >>> b.output("z", b.and_(on, q))
    >>> print(decompile(compile_net(b.build())), end="")
    circuit -
      %1 = input on
      %2 = latch q reset 1 next %4
      %3 = and %1 %2
      %4 = xor %1 %2
      output z = %3
    """
    if net.target is Target.NOISE_TOLERANT:
        raise SourceError(
            f"{net.source} is a noise-tolerant net, whose cells hold samples and not the bits of "
            "latches",
            hint="a certificate proves what it computes: `sgdcc compile --certificate FILE`",
        )
    return read_machine(Graph.of(net))
