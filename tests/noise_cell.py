"""The noise-tolerant memory cell M' (Definition 7), built by hand from the printed constants.

Sample inputs stand in for what a whole net computes: vc, vc', and one output control vertex a step.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from circuits.builder import Builder
from compiler.activation import Activation
from compiler.exact import Exact
from compiler.net import EdgeRole, Net, Port, Role, Target
from compiler.net_builder import NetBuilder

TWO, THREE = Exact.of(2), Exact.of(3)


@dataclass(frozen=True)
class Cell:
    """A net that is one cell, with the numbers of its vertices and edges."""

    net: Net
    path: tuple[int, ...]
    """Edges v0 -> v1, ..., v4 -> v5."""
    frozen: tuple[int, ...]
    """Edges v1 -> vr, vc -> v4, vc' -> v4."""
    vertices: dict[str, int]
    write_step: int
    steps: int

    @property
    def samples(self) -> list[list[int]]:
        """(vc, vc', the output controls) in every step."""
        return [
            [2 * (t < self.write_step), 2 * (t > self.write_step)]
            + [2 * (t == other) for other in range(self.steps)]
            for t in range(self.steps)
        ]


def printed_cell(exponent: Fraction = Fraction(3), write_step: int = 2, steps: int = 5) -> Cell:
    """The printed constants for any exponent of f; for 3 they are the paper's."""
    p = Exact.of(exponent)
    weights = [p ** Fraction(4 - i, 2) / (4 * exponent**2) for i in range(5)]
    signal = Exact.of(1)  # what v3 sends to v4
    for weight in weights[:3]:
        signal = (signal * weight) ** exponent
    signal *= weights[3]
    contribution = weights[4] * signal**exponent
    growth = TWO ** (1 + exponent + exponent**2 + exponent**3)  # of the signal, when all double
    half_at = TWO ** (-1 / exponent)
    slope = p * half_at ** (exponent - 1)
    return cell(
        weights,
        Activation(p, dead_zone=signal / growth / 2, power_from=signal / growth),
        learning_rate=weights[4] ** 2 / (slope * contribution),
        controls=(-signal / 2, -signal * growth / 2),
        read=2 * Exact.of(4) ** exponent,
        output_control=half_at / 2,
        write_step=write_step,
        steps=steps,
    )


def linear_cell(
    weights: Sequence[Fraction], dead_zone: Fraction, power_from: Fraction, steps: int = 3
) -> Cell:
    """An exponent of 1; once set, in step 1, v1, v2 and v3 are on the plateau."""
    signal = weights[0] * weights[1] * weights[2] * weights[3]
    contribution = signal * weights[4]
    return cell(
        [Exact.of(w) for w in weights],
        Activation(
            Exact.of(1), Exact.of(dead_zone), Exact.of(power_from), Exact.of(Fraction(5, 4))
        ),
        learning_rate=Exact.of(weights[3] ** 2 / contribution),
        controls=(Exact.of(-signal / 2), Exact.of(-2 * weights[3])),
        read=Exact.of(4),
        output_control=Exact.of((Fraction(1, 2) - contribution) / 2),
        write_step=1,
        steps=steps,
    )


def cell(
    weights: Sequence[Exact],
    activation: Activation,
    learning_rate: Exact,
    controls: tuple[Exact, Exact],
    read: Exact,
    output_control: Exact,
    write_step: int,
    steps: int,
) -> Cell:
    b = NetBuilder()
    vc, vc_primed = b.vertex(Role.SAMPLE, "vc"), b.vertex(Role.SAMPLE, "vc'")
    given = [b.vertex(Role.SAMPLE, f"voc[{t}]") for t in range(steps)]
    path: list[int] = []
    frozen: list[int] = []
    vertices, before = {"vc": vc, "vc'": vc_primed}, 0
    for i, weight in enumerate(weights):
        others = []
        if i == 3:
            others = [(vc, controls[0]), (vc_primed, controls[1])]
            frozen += [b.edges + 1, b.edges + 2]
        if i == 4:
            others = [(v, output_control) for v in given]
        path.append(b.edges)
        edges = [(before, b.value(weight), EdgeRole.PATH)]
        edges += [(v, b.value(w), EdgeRole.CONTROL) for v, w in others]
        role = Role.OUTPUT if i == 4 else Role.STEM
        before = vertices[f"v{i + 1}"] = b.vertex(role, f"v{i + 1}", edges)
        if i == 0:
            frozen.append(b.edges)
            edges = [(before, b.value(read), EdgeRole.READ)]
            vertices["vr"] = b.vertex(Role.READ, "vr", edges)
    fields, vertex, edge = b.arrays()
    net = Net(
        target=Target.EMULATION,
        preset="printed",
        activation=activation,
        learning_rate=learning_rate,
        inputs=tuple(Port(int(vertex[v]), "") for v in (vc, vc_primed, *given)),
        outputs=(Port(int(vertex[vertices["v5"]]), "v5"),),
        memory=(),
        circuit=Builder("a cell").build(),
        source="a cell",
        **fields,
    )
    numbers = {name: int(vertex[v]) for name, v in vertices.items()}
    return Cell(
        net,
        tuple(int(edge[e]) for e in path),
        tuple(int(edge[e]) for e in frozen),
        numbers,
        write_step,
        steps,
    )
