"""Names of vertices and of what they compute, in the manner of TransformerLens.

A vertex is ``level.12.unit.3``: unit 3, counted from 0, of level 12. The tensor of what f is
applied to at level 12 is ``level.12.hook_pre``, and that of its values ``level.12.hook_post``, as
in the ONNX export; unit 3 is row 3. The K-th edge into the unit, by ascending source, is
``level.12.unit.3.weight.K``. Compiling the same source with the same options gives the same net
and so the same names; where the source changed, names from the source are what stays.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from circuits.errors import SourceError
from compiler.net import Net

_UNIT = re.compile(r"level\.(\d{1,9})\.unit\.(\d{1,9})")


def unit_names(net: Net) -> list[str]:
    """The name of every vertex, in order.

    >>> from circuits.builder import Builder
    >>> from compiler.pipeline import compile_net
    >>> b = Builder("and")
    >>> b.output("z", b.and_(b.input("x"), b.input("y")))
    >>> unit_names(compile_net(b.build()))
    ['level.0.unit.0', 'level.0.unit.1', 'level.0.unit.2', 'level.1.unit.0']
    """
    unit = np.arange(net.vertices) - _first(net)[net.level]
    pairs = zip(net.level.tolist(), unit.tolist(), strict=True)
    return list(map("level.%d.unit.%d".__mod__, pairs))


def vertex_of(net: Net, name: str) -> int:
    """The vertex that such a name is of.

    Raises:
        SourceError: there is none.
    """
    found = _UNIT.fullmatch(name)
    if found:
        first, level, unit = _first(net), int(found[1]), int(found[2])
        if level <= net.levels and first[level] + unit < first[level + 1]:
            return int(first[level]) + unit
    raise SourceError(f"no unit is called {name!r}", hint="names look like level.12.unit.3")


def _first(net: Net) -> NDArray[np.intp]:
    """Shape (levels + 2,): the first vertex of each level, and the number of all."""
    return np.searchsorted(net.level, np.arange(net.levels + 2))
