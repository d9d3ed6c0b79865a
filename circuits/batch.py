"""A learning algorithm as one function of all its samples: the h of Lemma 6.

Where a `circuits.learner.Learner` sees one sample at a time and remembers, a batch reads T of them
at once and answers for one more:

    h(x_0, y_0, r_0, ..., x_(T-1), y_(T-1), r_(T-1), x)

with the samples x_t, their labels y_t and random bits r_t, and the sample x asked about. Lemma 6 of
Abbe and Sandon, "Poly-time universality and limitations of deep learning", is about any such
function; Theorem 5 adds the random bits. `circuits.learner_to_batch` makes one of a learner.

>>> from circuits.builder import Builder
>>> b = Builder("says the label of an equal sample")
>>> x_0, y_0, x = b.input("x@0"), b.input("label@0"), b.input("x")
>>> b.output("answer", b.and_(y_0, b.xor(x_0, x) ^ 1))
>>> batch = Batch(b.build(), samples=1, sample_names=("x",))
>>> batch.inputs, [answer(batch, [((1,), 1, ())], (x,)) for x in (0, 1)]
(1, [0, 1])
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from circuits.circuit import Circuit
from circuits.errors import Position, SourceError
from circuits.evaluate import Evaluator

Example: TypeAlias = tuple[Sequence[int], int, Sequence[int]]
"""(x, y, r): a sample, its label and its random bits, each bit a 0 or 1."""


@dataclass(frozen=True)
class Batch:
    """A combinational circuit that learns from T samples at once.

    Attributes:
        circuit: its inputs, by position, are for each of the T samples x, y and r, then the x
            asked about; its one output is the answer.
        samples: T, at least 1.
        sample_names: one per bit of a sample.
        random_names: one per random bit that comes with a sample.

    Raises:
        SourceError: the circuit has latches, or another number of inputs or outputs; a name is
            given twice, or there is neither a sample bit nor a random one.
    """

    circuit: Circuit
    samples: int
    sample_names: tuple[str, ...]
    random_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        circuit, found = self.circuit, len(self.circuit.input_names)
        repeated = [name for name, count in Counter(self.bit_names).items() if count > 1]
        wanted = self.samples * (self.inputs + 1) + len(self.sample_names)
        counts = f"{len(self.sample_names)} bits and {len(self.random_names)} random ones"
        for problem, wrong in (
            (f"{self.samples} samples; at least 1 is needed", self.samples < 1),
            ("samples of no bits leave no trace in a net", not self.inputs),
            (f"more than one bit is called {', '.join(repeated)}", bool(repeated)),
            (f"it has {len(circuit.latches)} latches; a batch has no memory", circuit.latches),
            (f"it has {len(circuit.outputs)} outputs, not one", len(circuit.outputs) != 1),
            (f"{self.samples} samples of {counts} are {wanted} inputs, not {found}",
             found != wanted),
        ):  # fmt: skip
            if wrong:
                raise SourceError(
                    f"batch {circuit.name or '-'}: {problem}",
                    Position(circuit.source) if circuit.source else None,
                    hint="inputs are x, y and r of each sample, then the x asked about",
                )

    @property
    def bit_names(self) -> tuple[str, ...]:
        """Names of the bits that come with each sample but its label: x, then r."""
        return self.sample_names + self.random_names

    @property
    def inputs(self) -> int:
        """How many bits come with each sample, not counting the label."""
        return len(self.bit_names)

    @cached_property
    def evaluator(self) -> Evaluator:
        """The circuit made ready for repeated evaluation."""
        return Evaluator.of(self.circuit)


def answer(batch: Batch, examples: Sequence[Example], x: Sequence[int]) -> int:
    """h: the label of x, 0 or 1, after exactly ``batch.samples`` examples."""
    given = [bit for x_t, y, r in examples for bit in (*x_t, y, *r)]
    return batch.evaluator.step((*given, *x)).outputs[0]
