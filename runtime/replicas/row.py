"""How one run went, as a line of a table.

>>> row = Row(7, 7, "0 3", 40, 5, 11, 64, "0123456789abcdef", None)
>>> row.line()
'7,7,0 3,40,5,11,64,0123456789abcdef,,,,9de5fc27'
>>> Row.parse(row.line()) == row
True
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from zlib import crc32

from runtime.report import Divergence

COLUMNS = (
    "run", "seed", "target", "steps", "wrong_steps", "last_wrong_step", "right", "memory",
    "summed_noise", "mismatch_step", "mismatch", "crc32",
)  # fmt: skip

_MEMORY = re.compile(r"([0-9a-f]{16})?")


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The first thing that was not as the reference says.

    Attributes:
        step: counted from 0; the k-th question counts as step ``steps + k``.
        what: where, and what was expected and got.
    """

    step: int
    what: str

    @classmethod
    def of(cls, step: int, place: str, expected: object, got: object) -> Mismatch:
        """In words; names that a source gave become one line."""
        words = f"{place}: expected {float(str(expected))!r}, got {float(str(got))!r}"
        return cls(step, " ".join(words.split()))

    @classmethod
    def of_divergence(cls, found: Divergence) -> Mismatch:
        """What a verification found."""
        return cls(found.step, " ".join(str(found).partition(": ")[2].split()))

    def __str__(self) -> str:
        return f"step {self.step}: {self.what}"


@dataclass(frozen=True, slots=True)
class Row:
    """One run.

    Attributes:
        run: its number.
        seed: `sgdcc verify` does the same run with this seed.
        target: the hidden function, see `circuits.targets.Rule`; empty where there is none.
        steps: SGD steps made, up to the first mismatch.
        wrong_steps: steps whose output was not the label.
        last_wrong_step: the last of these, or None.
        right: fresh samples answered right; None where none were asked.
        memory: of the bits that the weights hold after the last step, the first 16 digits of the
            SHA-256 of ``numpy.packbits``; empty of a noise-tolerant net, which has none.
        mismatch: None where all was as the reference says.
        summed_noise: by absolute value, on the edge that had most; None where there is no noise.
    """

    run: int
    seed: int
    target: str
    steps: int
    wrong_steps: int
    last_wrong_step: int | None
    right: int | None
    memory: str
    mismatch: Mismatch | None
    summed_noise: float | None = None

    def line(self) -> str:
        """The values of `COLUMNS`, separated by commas; the last is a checksum of the others."""
        found = self.mismatch
        fields = (
            self.run,
            self.seed,
            self.target,
            self.steps,
            self.wrong_steps,
            self.last_wrong_step,
            self.right,
            self.memory,
            self.summed_noise,
            None if found is None else found.step,
            None if found is None else found.what,
        )
        text = io.StringIO()
        csv.writer(text, lineterminator="").writerow(fields)
        return f"{text.getvalue()},{crc32(text.getvalue().encode()):08x}"

    @classmethod
    def parse(cls, line: str) -> Row:
        """The row of a line.

        Raises:
            ValueError: `line` gives no such line; the message says what is odd.
        """
        text, _, check = line.rpartition(",")
        if check != f"{crc32(text.encode()):08x}":
            raise ValueError("the checksum is not that of the line")
        fields = next(csv.reader([text]))
        if len(fields) != len(COLUMNS) - 1:
            raise ValueError(f"{len(fields) + 1} columns, not {len(COLUMNS)}")
        run, seed, target, steps, wrong, last, right, memory, noise, at, what = fields
        if not _MEMORY.fullmatch(memory):
            raise ValueError(f"{memory!r} is no digest of a memory")
        return cls(
            int(run),
            int(seed),
            target,
            int(steps),
            int(wrong),
            int(last) if last else None,
            int(right) if right else None,
            memory,
            Mismatch(int(at), what) if at else None,
            float(noise) if noise else None,
        )
