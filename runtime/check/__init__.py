"""Check a certificate: that its net runs its circuit, for every input, label and memory state.

Nothing here comes from the compiler or from outside the standard library. ``docs/certificate.md``
says what is proved, and why. ``python -m runtime.check CERTIFICATE [NET]`` runs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from runtime.check.activation import PLATEAU, Activation
from runtime.check.circuit import Bits, Circuit
from runtime.check.emulation import Emulation
from runtime.check.files import NetFile, RefusedError, UnreadableError, read_certificate, read_net
from runtime.check.gates import Flat
from runtime.check.graph import Graph, Role
from runtime.check.monomial import Monomial
from runtime.check.noise_tolerant import NOISE, check_noise_tolerant
from runtime.check.rounding import check_rounding
from runtime.check.unit import Unit, check_unit

__all__ = ["Proof", "RefusedError", "UnreadableError", "check", "check_files"]

EXACT = "exact"
MODEL = {
    "optimizer": "SGD, one sample a step",
    "loss": "(output - label)^2, label 1 or -1",
    "summation": "any order, fused multiply-adds or not",
}
"""What is trained how. A component is certified for any loss with finite derivatives."""

_MALFORMED = (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError)


@dataclass(frozen=True)
class Proof:
    """What was proved of a net.

    Attributes:
        target: ``emulation``, ``component`` or ``noise-tolerant``.
        vertices, edges: how many are written out.
        units: m'; 0 but for an emulation net.
        arithmetic: ``exact`` and the floating-point formats that make no rounding error.
        margins: the least distance of a sum from the end of its flat piece, by kind of vertex;
            what noise leaves of it.
        samples: T, 0 but for a noise-tolerant net.
        noise: epsilon, likewise.
    """

    target: str
    vertices: int
    edges: int
    units: int
    arithmetic: tuple[str, ...]
    margins: dict[str, Fraction]
    samples: int = 0
    noise: Fraction = Fraction(0)

    def __str__(self) -> str:
        if self.samples:
            return (
                f"valid: {self.target} net, {self.vertices} vertices, {self.edges} edges, "
                f"{self.samples} samples\n"
                f"for every input and label, and all noise whose magnitudes add up to "
                f"{float(self.noise):.6g} at most on each edge"
            )
        margins = ", ".join(f"{kind} {margin}" for kind, margin in self.margins.items())
        return (
            f"valid: {self.target} net, {self.vertices} vertices, {self.edges} edges, "
            f"{self.units} units in each step\n"
            f"for every input, label and memory state, in arithmetic: {', '.join(self.arithmetic)}"
            f"\nmargins: {margins}"
        )


def check_files(certificate: Path, net: Path | None = None) -> Proof:
    """Check a certificate against a net file, by default the one that it names, beside it.

    Raises:
        UnreadableError: one of the files is not what it should be.
        RefusedError: an obligation that does not hold.
    """
    stated = read_certificate(certificate)
    try:
        found = read_net(net or certificate.parent / Path(stated["net"]["file"]).name)
        if not found.digest == found.stated == stated["net"]["sha256"]:
            raise RefusedError("digest", "the certificate is of another net, or one was changed")
        return check(stated, found)
    except _MALFORMED as error:
        raise UnreadableError(f"{certificate} or its net is malformed: {error!r}") from error


def check(stated: dict[str, Any], net: NetFile) -> Proof:
    """Check a certificate's statements against a net, all but the digest."""
    header, target = net.header, stated["target"]
    _equal("target", target, header["target"])
    _equal("learning_rate", stated["learning_rate"], header["learning_rate"])
    _equal("activation", stated["activation"], header["activation"])
    noisy = target == "noise-tolerant"
    _equal("model", stated["model"], MODEL | ({"noise": NOISE} if noisy else {}))
    f, graph = Activation.parse(stated["activation"]), Graph(net)
    if f.piece(f.top) != PLATEAU:
        raise RefusedError("activation", f"the plateau's value {f.top} is not on it")
    circuit, names = stated["circuit"], net.names
    _equal("inputs", circuit["inputs"], [port["name"] for port in names["inputs"]])
    _equal("outputs", [n for n, *_ in circuit["outputs"]], [p["name"] for p in names["outputs"]])
    _equal("random inputs", circuit["random"], names["random_inputs"])
    coins = {graph.inputs[i] for i in names["random_inputs"]}
    _equal("random inputs", sorted(coins), graph.roles[Role.RANDOM])
    _equal("levels", stated["levels"], _levels(target, str(f.top)))
    _equal("arithmetic", stated["arithmetic"][:1], [EXACT])
    size = len(net.role), len(net.edge_source)
    if noisy:
        _equal("arithmetic", stated["arithmetic"], [EXACT])
        margins = check_noise_tolerant(stated, graph, f)
        noise = _rational(Monomial.parse(stated["noise"]))
        return Proof(target, *size, 0, (EXACT,), margins, stated["samples"], noise)
    if graph.roles[Role.STATE] or graph.roles[Role.OUTPUT_CONTROL]:
        raise RefusedError("graph", f"vertices that no {target} net has")
    flat = Flat(_rational(f.dead), _rational(f.plateau), f)
    bits = Bits(graph, flat, _rational(f.top))
    if target == "emulation":
        c = stated["unit"]
        weights = [Monomial.parse(text) for text in c["weights"]]
        control, rate = Monomial.parse(c["control"]), Monomial.parse(stated["learning_rate"])
        unit = Unit(Monomial.parse(c["source"]), weights, control, rate, f)
        check_unit(unit)
        emulation = Emulation(graph, unit, bits)
        emulation.check(circuit)
        live, margins = emulation.live, emulation.margins
        margins["silent"] = flat.dead  # where a control cancels a signal the sum is 0
        _equal(
            "units", [c["units"], Monomial.parse(c["contribution"])], [str(live), unit.contribution]
        )
        single, equal = [*unit.once.values(), rate], [*unit.summed.values()]
    else:
        _equal("target", target, "component")
        margins, live, single, equal = _check_component(graph, bits, circuit), 0, [], []
    _equal("margins", stated["margins"], {kind: str(m) for kind, m in margins.items()})
    for name in stated["arithmetic"][1:]:
        if f.p != 1:
            raise RefusedError("rounding", f"x^{f.p} rounds in {name}")
        points = [f.dead, f.start, f.end, f.plateau, f.top]
        count = max([live, *graph.copies.values(), *graph.entering.values()])
        check_rounding(name, single + graph.weights + points, equal, count, graph.sums)
    return Proof(target, *size, live, tuple(stated["arithmetic"]), margins)


def _check_component(graph: Graph, bits: Bits, stated: dict[str, Any]) -> dict[str, Fraction]:
    """Lemma 1: gates and nothing else, so that every slope is 0; each output is its literal."""
    gates = sorted(graph.roles[Role.GATE] + graph.roles[Role.OUTPUT])
    if len(gates) + len(graph.inputs) + 1 != len(graph.net.role) or stated["bits"]:
        raise RefusedError("flatness", "a component has inputs and gates only")
    circuit = Circuit.of(stated, [], gates, graph)
    margin = bits.check_gates(circuit)
    for port, literal in zip(graph.net.names["outputs"], circuit.outputs, strict=True):
        if literal & 1 or circuit.vertex_of[literal >> 1] != port["vertex"] or literal < 2:
            raise RefusedError("function", f"output {port['name']}", port["vertex"])
    return {} if margin is None else {"gate": margin}


def _levels(target: str, top: str) -> dict[str, list[str]]:
    """What vertices of each kind output, in any step."""
    both = [f"-{top}", top]
    if target == "component":
        return {"input": ["-1", "1"], "gate": both}
    if target == "noise-tolerant":
        found = {"input": ["-1", "1"], "gate": both, "read": both, "control": ["0", top]}
        return found | {"answer": [f"-{top}", "0", top]}
    return {"input": ["-1", "1"], "gate": both, "read": both, "control": ["0", top]}


def _rational(x: Monomial) -> Fraction:
    value = x.rational()
    if value is None:
        raise RefusedError("activation", f"the flat pieces end at {x}, which is irrational")
    return value


def _equal(what: str, stated: object, found: object) -> None:
    if stated != found:
        raise RefusedError(what, f"the certificate says {stated}, the net {found}")
