"""Where the labels of a verification run come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np

from circuits.errors import SourceError
from circuits.formats.text import SourceText

Labels: TypeAlias = Callable[[int, Sequence[int], int], int]
"""(step, sample bits, the reference's prediction) -> the label, 0 or 1."""

LabelsOf: TypeAlias = Callable[[int], Labels]
"""The number of a run -> its labels."""


def random_labels(seed: int, run: int = 0) -> Labels:
    """Fair coins, from their own stream of the seed and the number of a run."""
    coins = np.random.default_rng([seed, 1, run])
    return lambda _step, _sample, _prediction: int(coins.integers(2))


def always_wrong(_step: int, _sample: Sequence[int], prediction: int) -> int:
    """The complement of the prediction: every step updates."""
    return 1 - prediction


def read_labels(path: Path) -> Labels:
    """Labels from a text file: one 0 or 1 a line, ``#`` comments; step k takes the k-th.

    Raises:
        SourceError: anything else in the file, or a run of more steps than it has labels.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror}") from None
    text = SourceText.decode(data, str(path))
    labels = []
    for line in range(1, len(text.lines) + 1):
        words = text.words(line, comment="#")
        for word in words:
            if word.text not in ("0", "1") or len(words) > 1:
                raise text.error(
                    f"{word.text!r} is not a label", line, word.column, hint="one 0 or 1 a line"
                )
            labels.append(int(word.text))

    def label(step: int, _sample: Sequence[int], _prediction: int) -> int:
        if step >= len(labels):
            raise SourceError(
                f"{path} has {len(labels)} labels, step {step} needs one more",
                hint=f"give --steps {len(labels)} or fewer",
            )
        return labels[step]

    return label
