"""Random nets of gates, readers of memory and vertices that are neither."""

from fractions import Fraction

import numpy as np
from engine_nets import dead_zone_at, net_of

from compiler.net import EdgeRole, Net, Role
from compiler.net_builder import NetBuilder

INPUTS = 5


def gate_net(seed: int, vertices: int = 40) -> Net:
    """Threshold gates of up to seven wires, reads, whose sums may be anything, and floats.

    The last output adds up a little of each of the last vertices, so that all of them matter.
    """
    rng, builder = np.random.default_rng(seed), NetBuilder()
    made = [builder.vertex(Role.SAMPLE, "x") for _ in range(INPUTS)]

    def vertex(role: Role, sources: list[int], weights: list[Fraction], bias: Fraction) -> None:
        edges = [(0, builder.value(bias), EdgeRole.BIAS)] if bias else []
        for source, weight in zip(sources, weights, strict=True):
            factor = 2 if source <= INPUTS else 1
            edges.append((source, builder.value(factor * weight), EdgeRole.GATE))
        made.append(builder.vertex(role, "g", edges))

    gates = list(made)
    for _ in range(vertices):
        size, kind = int(rng.choice([1, 2, 2, 3, 4, 7])), rng.random()
        known = gates if kind < 0.75 else made
        sources = rng.permutation(known[-15:])[:size].tolist()
        weights = [Fraction(int(w)) for w in rng.choice([1, 1, 1, 2, -1, -1, 3], len(sources))]
        total = int(sum(map(abs, weights)))
        if kind < 0.65:
            bias = Fraction(2 * total - 4 * int(rng.integers(1, total + 1)) + 2)
            vertex(Role.GATE, sources, weights, bias)
        elif kind < 0.75:  # few of these are gates, some have one value
            vertex(Role.GATE, sources[:2], weights[:2], Fraction(int(rng.integers(-20, 20)), 2))
        elif kind < 0.85:
            vertex(Role.READ, sources[:1], weights[:1], Fraction(int(rng.integers(-1, 2)), 2))
        else:
            vertex(Role.GATE, sources[:2], [w / 8 for w in weights[:2]], Fraction(1, 8))
        if kind < 0.65 or 0.75 <= kind < 0.85:
            gates.append(made[-1])
    last = made[-12:]
    vertex(Role.OUTPUT, last, [Fraction(1 + i, 256) for i in range(len(last))], Fraction(1, 2))
    return net_of(builder, dead_zone_at("1"), [made[-2], made[-1]])
