"""The noise-tolerant net: Lemmas 4 to 6 and Theorem 5 for all samples, labels, coins and noise.

By induction over the steps: before step t the cells of samples 0 .. t - 1 have been written, one of
the two of each bit, by the sign of the label, and all other edges are as built, up to noise of
epsilon. `runtime.check.cell` shows that gates are then told so, whatever the noise; that a vertex
which carries a bit carries its own in spite of noise is shown gate by gate; and
`runtime.check.memorising` that so step t writes the cells of sample t, and that the net answers in
step T. `runtime.check.wiring` shows that nothing else is in the net.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from runtime.check.activation import Activation
from runtime.check.cell import CellConstants, NoisyActivation, check_cell
from runtime.check.circuit import Bits, Circuit
from runtime.check.files import RefusedError
from runtime.check.gates import Flat
from runtime.check.graph import Graph, Role
from runtime.check.memorising import check_memorising
from runtime.check.monomial import Monomial
from runtime.check.wiring import Wired, wire

NOISE = (
    "added to any weight after any step, its magnitudes adding up to epsilon at most on each edge"
)
"""What is added to `runtime.check.MODEL`."""

_TRUE = 1


def check_noise_tolerant(
    stated: dict[str, Any], graph: Graph, f: Activation
) -> dict[str, Fraction]:
    """Every obligation of a net of this target but those common to all.

    Returns:
        What noise leaves of the margins of gates and of control vertices.
    """
    header, circuit = graph.net.header, stated["circuit"]
    for name in ("noise", "samples"):
        if stated[name] != header[name]:
            text = f"the certificate says {stated[name]}, the net {header[name]}"
            raise RefusedError(name, text)
    noise, samples = Monomial.parse(stated["noise"]).rational(), stated["samples"]
    if noise is None or type(samples) is not int:
        raise RefusedError("noise", f"{stated['noise']} in {samples} samples")
    if graph.copies or graph.entering:
        raise RefusedError("graph", "a net in which a vertex or an edge stands for several")
    constants, inputs = CellConstants.parse(stated["cell"]), len(graph.inputs)
    wired = wire(graph, constants, samples)
    check_cell(constants, f, Monomial.parse(stated["learning_rate"]), inputs, noise)

    pieces = NoisyActivation(f)
    bits = Bits(graph, Flat(pieces.dead, pieces.plateau, f), pieces.top, noise)
    found = _circuit(circuit, wired, graph)
    check_memorising(found, inputs, samples)
    gates = bits.check_gates(found)
    margins = {} if gates is None else {"gate": gates}
    return margins | {"control": _check_controls(bits, found, wired)}


def _circuit(stated: dict[str, Any], wired: Wired, graph: Graph) -> Circuit:
    """The stated circuit with its vertices; as many literals as there are things to be told."""
    said = [stated["hold"], stated["held"], stated["current"]]
    cells, samples = len(wired.state), len(wired.output_control) - 1
    ((_, both, either),) = stated["outputs"]
    if [*map(len, said)] != [cells, cells, samples]:
        raise RefusedError("circuit", "other cells or samples than the net's are told something")
    flat = {
        "types": stated["types"],
        "gates": stated["gates"],
        "outputs": [["", both], ["", either]],
        "flips": [literal for literals in said for literal in literals],
    }
    return Circuit.of(flat, wired.state + wired.read, graph.roles[Role.GATE], graph)


def _check_controls(bits: Bits, circuit: Circuit, wired: Wired) -> Fraction:
    """Control vertices output 2 just where their literals are true; voc[T] the answer."""
    *voc, answer = wired.output_control
    told = [*wired.control, *wired.control_primed, *voc]
    margins = [
        bits.check_control(vertex, circuit, literal ^ 1, _TRUE)
        for vertex, literal in zip(told, circuit.flips, strict=True)
    ]
    return min([*margins, bits.check_answer(answer, circuit, *circuit.outputs)])
