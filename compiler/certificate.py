"""Write the certificate of a net: what it computes, and the constants that show it.

A certificate states a threshold circuit, the constants of a memory unit or cell, and the levels and
margins of each kind of vertex or the noise; ``docs/certificate.md`` says what follows from it.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import Any

import numpy as np

from circuits.circuit import Circuit
from circuits.errors import SourceError
from compiler.certified_circuit import certified_circuit
from compiler.container import DIGEST
from compiler.exact import FLOAT_FORMATS, ONE, Exact
from compiler.net import EdgeRole, Net, Role, Target

FORMAT = "sgdcc-certificate"
VERSION = 1

MODEL = {
    "optimizer": "SGD, one sample a step",
    "loss": "(output - label)^2, label 1 or -1",
    "summation": "any order, fused multiply-adds or not",
}
"""How a certified net is trained."""

NOISE = (
    "added to any weight after any step, its magnitudes adding up to epsilon at most on each edge"
)
"""And a noise-tolerant one besides."""

_LARGEST_SUM = 2**20
"""Of the magnitudes of all weights into one gate: far from the 2^24 halves that float32 adds."""


def certificate_of(net: Net, lowered: Circuit, data: bytes, file: str) -> dict[str, Any]:
    """The certificate of a net.

    Args:
        net: as compiled.
        lowered: the circuit after `lower_to_threshold`, of which the net was made.
        data: the net file.
        file: its name, for whoever looks for it.

    Raises:
        SourceError: a noise-tolerant net that is a quotient: noise makes copies differ.
    """
    from safetensors.numpy import load

    noisy = net.target is Target.NOISE_TOLERANT
    if noisy and (net.copies or net.fan_in_copies):
        raise SourceError(
            "a quotient of a noise-tolerant net has no certificate, as noise makes copies differ",
            hint="certify the net that it is the quotient of",
        )
    stated: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "compiler": version("sgdcc"),
        "net": {"file": file, "sha256": load(data)[DIGEST].tobytes().hex()},
        "target": net.target.value,
        "model": MODEL | ({"noise": NOISE} if noisy else {}),
        "arithmetic": _arithmetic(net),
        "learning_rate": str(net.learning_rate),
        "activation": {name: str(value) for name, value in net.activation.items()},
        "levels": _levels(net),
    }
    if noisy:
        stated |= {"noise": str(net.noise), "samples": net.samples, "cell": _cell(net)}
    else:
        stated["margins"] = _margins(net)
    if net.target is Target.EMULATION:
        stated["unit"] = _unit(net)
    return stated | {"circuit": certified_circuit(net, lowered)}


def dump_certificate(stated: dict[str, Any]) -> bytes:
    """The bytes of a certificate: JSON, a line for each entry."""
    lines = [f"{json.dumps(name)}: {_compact(value)}" for name, value in stated.items()]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _unit(net: Net) -> dict[str, Any]:
    """The constants of a memory unit, as any one of them has them."""
    length = int(net.path_index[net.outputs[0].vertex])
    weights: dict[int, Exact] = {}
    for edge in np.flatnonzero(net.trainable).tolist():
        t = int(net.path_index[net.edge_target[edge]])
        weights.setdefault(t, abs(net.values[net.edge_value[edge]]))
        if len(weights) == length:
            break
    control = int(np.flatnonzero(net.edge_role == EdgeRole.CONTROL)[0])
    return {
        "source": str(net.activation.plateau if (net.role == Role.SOURCE).any() else ONE),
        "weights": [str(weight) for _, weight in sorted(weights.items())],
        "control": str(net.values[net.edge_value[control]]),
        "units": str(net.units_per_step),
        "contribution": str(ONE / net.units_per_step),
    }


def _cell(net: Net) -> dict[str, Any]:
    """The constants of a cell, as the first one has them."""
    cells = net.cells

    def weight(edge: int) -> str:
        return str(net.values[net.edge_value[edge]])

    state = int(np.searchsorted(net.edge_target, cells.state_vertex[0]))  # the constant's edge
    return {
        "weights": [weight(edge) for edge in cells.path[0].tolist()],
        "state": weight(state + 1),
        "state_bias": weight(state),
        "read": weight(cells.read[0]),
        "control": weight(cells.control[0]),
        "control_primed": weight(cells.control_primed[0]),
        "output_control": weight(cells.output_control[0]),
        "answer": weight(cells.output_control[-1]),
    }


def _levels(net: Net) -> dict[str, list[str]]:
    top = net.activation.plateau
    both = [str(-top), str(top)]
    found = {"input": ["-1", "1"], "gate": both}
    if net.target is Target.EMULATION:
        found |= {"read": both, "control": ["0", str(top)]}
    if net.target is Target.NOISE_TOLERANT:
        found |= {"read": both, "control": ["0", str(top)], "answer": [str(-top), "0", str(top)]}
    return found


def _margins(net: Net) -> dict[str, str]:
    """How far sums stay from the ends of their flat pieces.

    Gates, readers and v0 get +-2 or more beyond it (`compiler.component`), where the plateau begins
    at 3/2; control vertices get 0, 2 or 4; where a control cancels a signal the sum is 0.
    """
    plateau, dead = net.activation.plateau - net.activation.plateau_from, net.activation.dead_zone
    found = {"gate": plateau} if (net.role == Role.GATE).any() else {}
    if net.target is Target.COMPONENT:
        return {name: str(margin) for name, margin in ({"gate": plateau}).items()}
    if (net.role == Role.SOURCE).any():
        found["source"] = plateau
    if net.memory:
        found["read"] = plateau
    found |= {"control": min(dead, plateau), "silent": dead}
    return {name: str(margin) for name, margin in found.items()}


def _arithmetic(net: Net) -> list[str]:
    """``exact``, and the formats in which a dyadic net makes no rounding error."""
    if net.activation.exponent != ONE or net.target is Target.NOISE_TOLERANT:
        return ["exact"]
    found, flat = ["exact"], ~net.trainable
    size = np.bincount(net.edge_target[flat], np.abs(net.weights())[flat], net.vertices)
    for name, (bits, _, _) in FLOAT_FORMATS.items():
        units = max([net.units_per_step, *net.copies.values(), *net.fan_in_copies.values()])
        if units <= 2**bits and size.max(initial=0) <= _LARGEST_SUM:
            found.append(name)
    return found
