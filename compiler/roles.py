"""What a net, its vertices and its edges are for; `compiler.net` has all of this too."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Target(StrEnum):
    """What a net is."""

    EMULATION = "emulation"
    """The emulation net of Theorem 4: one output of +-1, memory in edge weights."""
    COMPONENT = "component"
    """The backpropagation-proof component of Lemma 1: outputs of +-2, nothing trains."""
    NOISE_TOLERANT = "noise-tolerant"
    """The net of Lemma 6: one output, near 1/2 while it memorises and near +-1 afterwards."""

    @property
    def single_output(self) -> bool:
        """Whether such a net has exactly one output, which is compared with the label."""
        return self is not Target.COMPONENT


class Role(IntEnum):
    """What a vertex is for; v1, v2, ... are the paper's names (Definitions 6 and 7)."""

    CONSTANT = 0
    SAMPLE = 1
    """Input of +-1 from the sample."""
    RANDOM = 2
    """Input of +-1 drawn anew in each step (Theorem 4)."""
    GATE = 3
    """A gate of the computation component (Lemma 1): +-2."""
    READ = 4
    """Brings a memory bit from +-s0 to +-2 for the gates; vr of a cell: the label, 2 if unset."""
    SOURCE = 5
    """v0, which outputs 2."""
    STEM = 6
    """v1, v2: the part of a memory unit that both paths share; v1 holds the bit. v1 to v4 of a
    cell."""
    BRANCH = 7
    """v3, v4, v5: the path for output +1."""
    BRANCH_PRIMED = 8
    """v3', v4', v5': the path for output -1."""
    CONTROL = 9
    """vc: 0 lets the path for output +1 through, 2 silences it; of a cell: one that is unset."""
    CONTROL_PRIMED = 10
    """vc': likewise for output -1; of a cell: one that is set."""
    OUTPUT = 11
    """v6 of an emulation net, v5 of a noise-tolerant one; in a component a gate that only copies
    its source."""
    STATE = 12
    """Brings a cell's v2 to 2 where the cell is set, to -2 where not (the inputs of Lemma 5)."""
    OUTPUT_CONTROL = 13
    """voc[t]: 2 while sample t is memorised, else 0; voc[T]: twice the answer, 0 before."""


class EdgeRole(IntEnum):
    """What an edge is for."""

    BIAS = 0
    """From the constant."""
    GATE = 1
    """Into a gate, or into a control vertex."""
    READ = 2
    """From v1, or v2 of a cell, to the vertex that reads it."""
    SOURCE = 3
    """From the constant to v0."""
    PATH = 4
    """Of a memory unit: multiplied by -1 when the unit flips; all other edges are frozen. Of a
    cell: changed once, when the cell is set."""
    CONTROL = 5
    """From vc to v4, or vc' to v4'; of a cell both to v4."""
    OUTPUT_CONTROL = 6
    """From voc[t] to the output: changed when sample t is memorised, and of no use after that."""


class Unit(IntEnum):
    """Which kind of memory unit a vertex is part of."""

    NONE = 0
    MEMORY = 1
    """Holds a bit of the source."""
    DUAL = 2
    """Flips exactly when its memory unit does not, so that the number of flips is constant."""
    FILLER = 3
    """Flips in every step whose output is wrong, to bring the output to +-1."""
    CELL = 4
    """M' of a noise-tolerant net: set once, by a sample that has one bit at one value."""
