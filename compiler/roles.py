"""What a net, its vertices and its edges are for; `compiler.net` has all of this too."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Target(StrEnum):
    """What a net is."""

    EMULATION = "emulation"
    """The emulation net of Theorem 4: one output of +-1, memory in edge weights."""
    COMPONENT = "component"
    """The backpropagation-proof component of Lemma 1: outputs of +-2, nothing trains."""


class Role(IntEnum):
    """What a vertex is for; v1, v2, ... are the paper's names (Definition 6)."""

    CONSTANT = 0
    SAMPLE = 1
    """Input of +-1 from the sample."""
    RANDOM = 2
    """Input of +-1 drawn anew in each step (Theorem 4)."""
    GATE = 3
    """A gate of the computation component (Lemma 1): +-2."""
    READ = 4
    """Brings a memory bit from +-s0 to +-2 for the gates."""
    SOURCE = 5
    """v0, which outputs 2."""
    STEM = 6
    """v1, v2: the part of a memory unit that both paths share; v1 holds the bit."""
    BRANCH = 7
    """v3, v4, v5: the path for output +1."""
    BRANCH_PRIMED = 8
    """v3', v4', v5': the path for output -1."""
    CONTROL = 9
    """vc: 0 lets the path for output +1 through, 2 silences it."""
    CONTROL_PRIMED = 10
    """vc': likewise for output -1."""
    OUTPUT = 11
    """v6 of an emulation net; in a component a gate that only copies its source."""


class EdgeRole(IntEnum):
    """What an edge is for."""

    BIAS = 0
    """From the constant."""
    GATE = 1
    """Into a gate, or into a control vertex."""
    READ = 2
    """From v1 to the vertex that reads it."""
    SOURCE = 3
    """From the constant to v0."""
    PATH = 4
    """Of a memory unit: multiplied by -1 when the unit flips; all other edges are frozen."""
    CONTROL = 5
    """From vc to v4, or vc' to v4'."""


class Unit(IntEnum):
    """Which kind of memory unit a vertex is part of."""

    NONE = 0
    MEMORY = 1
    """Holds a bit of the source."""
    DUAL = 2
    """Flips exactly when its memory unit does not, so that the number of flips is constant."""
    FILLER = 3
    """Flips in every step whose output is wrong, to bring the output to +-1."""
