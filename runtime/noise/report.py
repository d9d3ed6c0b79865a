"""What the report of a verification says of noise."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NoiseReport:
    """How the runs of a noise-tolerant net went; see `runtime.noise.verify`.

    Attributes:
        noise: how much noise there was, as `runtime.noise.models` has it; None for a
            model that needs no amount, or without noise.
        noise_model: its name, or None without noise.
        runs: how often the net was trained from the start, each time on other samples.
        successes: runs without any mismatch.
        failed_run: the first run with one, from 0, which is that of the first divergence; or None.
        samples: T, the samples that the net memorises.
        questions: inputs that were asked about after the T samples of a run.
        guaranteed_noise: epsilon, what the noise on every edge may sum to in absolute values so
            that nothing goes wrong, by `compiler.noise_margin`.
        summed_noise: what it did sum to, at the worst edge of all runs; edges from voc[t] do not
            count after step t, when they are of no use any more.
    """

    noise: float | None
    noise_model: str | None
    runs: int
    successes: int
    failed_run: int | None
    samples: int
    questions: int
    guaranteed_noise: float
    summed_noise: float

    def __str__(self) -> str:
        """Two lines for a person."""
        amount = "" if self.noise is None else f" of {self.noise:g}"
        noise = "no noise" if self.noise_model is None else f"{self.noise_model} noise{amount}"
        return (
            f"{self.successes} of {self.runs} runs right, each of {self.samples} samples and "
            f"{self.questions} questions; {noise}\n"
            f"noise on an edge summed to {self.summed_noise:.3g} at most; "
            f"{self.guaranteed_noise:.3g} is guaranteed to do no harm"
        )
