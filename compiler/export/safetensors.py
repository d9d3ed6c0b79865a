"""safetensors: the net file itself, which has the exact constants in its metadata."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from circuits.errors import SourceError
from compiler.net import Net
from compiler.netfile import dump_net


def safetensors(net: Net, weights: NDArray[np.floating] | None = None) -> Iterator[bytes]:
    """The bytes of `compiler.netfile.dump_net`.

    Raises:
        SourceError: weights are given; the file holds a net as it was built.
    """
    if weights is not None:
        raise SourceError("a net file holds a net as it was built")
    yield dump_net(net)
