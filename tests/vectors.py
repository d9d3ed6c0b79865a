"""Circuits run on numbers: words are told by the names of their bits, ``a[0]``, ``a[1]``, ..."""

import re
from collections.abc import Mapping, Sequence

from circuits.circuit import Circuit
from circuits.evaluate import evaluate

_BIT = re.compile(r"(.*)\[(\d+)\]")


def run_on_words(circuit: Circuit, samples: Sequence[Mapping[str, int]]) -> list[dict[str, int]]:
    """The output words of a combinational circuit for input words, all samples in one pass.

    >>> from circuits.builder import Builder
    >>> b = Builder()
    >>> b.output("y[1]", b.xor(b.input("a[0]"), b.input("a[1]")))
    >>> run_on_words(b.build(), [{"a": 2}, {"a": 3}])
    [{'y': 2}, {'y': 0}]
    """
    inputs = []
    for name in circuit.input_names:
        word, index = _place(name)
        inputs.append(sum((sample[word] >> index & 1) << k for k, sample in enumerate(samples)))
    values = evaluate(circuit, inputs, width=len(samples)).outputs
    results: list[dict[str, int]] = [{} for _ in samples]
    for output, value in zip(circuit.outputs, values, strict=True):
        word, index = _place(output.name)
        for k, result in enumerate(results):
            result[word] = result.get(word, 0) | (value >> k & 1) << index
    return results


def _place(name: str) -> tuple[str, int]:
    """The word that a bit belongs to, and its place in it."""
    match = _BIT.fullmatch(name)
    return (match[1], int(match[2])) if match else (name, 0)
