"""Everything about a net on one page: what `sgdcc inspect NET` prints."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from compiler.net import EdgeRole, Net, Role, Target
from runtime.inspect.bounds import Bound, bound_of
from runtime.inspect.margins import FlatType, flat_types, least_margins
from runtime.inspect.precision import Verdict, verdicts
from runtime.inspect.quantity import as_json
from runtime.inspect.weights import Weight, weights_of


class Certificate(NamedTuple):
    """Whether a net is proved right.

    Attributes:
        can_be_issued: whether `sgdcc compile --certificate` writes one for such a net.
        why: it cannot, else "".
        checked: the certificate's file, if one was given.
        valid: what the check of it came to; None if none was given.
        says: in words.
    """

    can_be_issued: bool
    why: str
    checked: str | None = None
    valid: bool | None = None
    says: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a net consists of.

    Attributes:
        source, target, preset: as `compiler.net.Net` has them.
        vertices, edges, levels: counts; ``levels`` is the depth, the longest path in edges.
        widest_level, fan_in, fan_out: the most vertices of a level, edges into and out of a vertex.
        inputs, random_inputs, outputs: counts.
        vertices_by_role, edges_by_role: counts of what is written out.
        trainable_edges: those that SGD may ever change.
        quotient: whether a vertex stands for several; ``copies`` is how many stand behind all.
        weights: all distinct ones, ascending.
        learning_rate: exact, and its logarithm.
        activation: exact break points.
        margins: by role and flat piece the least distance of a sum to the piece's end.
        dtypes: what floating-point formats do to the net.
        bound: its size against the paper's construction.
        samples, cells, noise: of a noise-tolerant net T, the cells, and the noise that it bears.
        certificate: whether it is proved right.
    """

    source: str
    target: str
    preset: str
    vertices: int
    edges: int
    levels: int
    widest_level: int
    fan_in: int
    fan_out: int
    inputs: int
    random_inputs: int
    outputs: int
    vertices_by_role: dict[str, int]
    edges_by_role: dict[str, int]
    trainable_edges: int
    quotient: bool
    copies: int
    weights: tuple[Weight, ...]
    learning_rate: str
    learning_rate_log2: float
    activation: dict[str, str]
    margins: tuple[FlatType, ...]
    dtypes: tuple[Verdict, ...]
    bound: Bound
    samples: int
    cells: int
    noise: float
    certificate: Certificate

    def facts(self) -> dict[str, Any]:
        """All of it for JSON."""
        found = asdict(self)
        found["weights"] = [weight._asdict() for weight in self.weights]
        found["margins"] = [
            {
                "role": one.role.name.lower(),
                "piece": one.piece,
                "vertices": one.vertices,
                "example": one.example,
                "margin": as_json(one.margin),
            }
            for one in self.margins
        ]
        found["dtypes"] = [verdict._asdict() for verdict in self.dtypes]
        found["certificate"] = self.certificate._asdict()
        found["bound"] = asdict(self.bound) | {"holds": self.bound.holds}
        for name in ("units", "vertices", "most_vertices", "edges", "most_edges"):
            if found["bound"][name] is not None and found["bound"][name] > 2**53:
                found["bound"][name] = str(found["bound"][name])  # beyond what JSON readers keep
        found["copies"] = found["copies"] if self.copies <= 2**53 else str(self.copies)
        return {"kind": "net", **found}

    def __str__(self) -> str:
        from runtime.inspect.text import summary_lines

        return "\n".join(summary_lines(self))


def summary_of(net: Net, certificate: Certificate | None = None) -> Summary:
    """Look at a net.

    Args:
        net: of any target.
        certificate: what a check said; else only whether there can be one.
    """
    targets = np.bincount(net.edge_target, minlength=net.vertices)
    sources = np.bincount(net.edge_source, minlength=net.vertices)
    return Summary(
        source=net.source,
        target=net.target.value,
        preset=net.preset,
        vertices=net.vertices,
        edges=net.edges,
        levels=net.levels,
        widest_level=int(np.bincount(net.level).max()),
        fan_in=int(targets.max()),
        fan_out=int(sources.max()),
        inputs=len(net.inputs),
        random_inputs=len(net.random_inputs),
        outputs=len(net.outputs),
        vertices_by_role=_by_name(Role, net.role.tolist()),
        edges_by_role=_by_name(EdgeRole, net.edge_role.tolist()),
        trainable_edges=int(net.trainable.sum()),
        quotient=net.is_quotient,
        copies=net.vertices + sum(count - 1 for count in net.copies.values()),
        weights=weights_of(net),
        learning_rate=net.show(net.learning_rate),
        learning_rate_log2=net.learning_rate.log2(),
        activation={name: str(value) for name, value in net.activation.items()},
        margins=least_margins(flat_types(net)),
        dtypes=verdicts(net),
        bound=bound_of(net),
        samples=net.samples,
        cells=len(net.cells),
        noise=net.noise.to_float(),
        certificate=certificate or issuable(net),
    )


def issuable(net: Net) -> Certificate:
    """Whether there can be a certificate; see `compiler.certificate.certificate_of`."""
    merged = bool(net.copies or net.fan_in_copies)
    if net.target is Target.NOISE_TOLERANT and merged:
        return Certificate(False, "noise makes the copies of a quotient differ")
    return Certificate(True, "")


def _by_name(kind: type[Role] | type[EdgeRole], values: list[int]) -> dict[str, int]:
    return {kind(value).name.lower(): n for value, n in sorted(Counter(values).items())}
