"""The check of a noise-tolerant net: Lemmas 4 to 6 and Theorem 5, run by run.

What is compared is in `runtime.noise.checks`. The reference, the circuit h of all samples, is
evaluated in `circuits` before a run begins; nothing runs beside the net.
"""

from __future__ import annotations

from circuits.errors import SourceError
from compiler.net import Net
from runtime.findings import Findings
from runtime.labels import Labels, always_wrong
from runtime.noise.report import NoiseReport
from runtime.noise.runs import NoiseRuns
from runtime.settings import Settings


def verify_noise_tolerant(
    net: Net, settings: Settings, labels: Labels | None
) -> tuple[Findings, NoiseReport]:
    """Train the net again and again; see `runtime.verify.verify`.

    Each run is on other samples; where ``labels`` is None, fair coins label them. A run ends at its
    first divergence; the findings are those of all runs, with the first divergence of the first run
    that has one.

    Raises:
        SourceError: labels that depend on predictions, and as `runtime.noise.controls.tampering`.
        LimitError: the built weights overflow the format that noise stores them in.
    """
    if labels is always_wrong:
        raise SourceError(
            "no label is wrong for a net that says 1/2 while it memorises",
            hint="use other labels than always-wrong",
        )
    runs = NoiseRuns(net, settings, None if labels is None else lambda _run: labels)
    total, failed, summed = Findings(net, exhaustive=runs.teacher.exhaustive), [], 0.0
    for result in runs.results():
        total.add_run(result.findings)
        if result.findings.first is not None:
            failed.append(result.run)
        summed = max(summed, result.summed_noise)
    return total, NoiseReport(
        noise=settings.noise,
        noise_model=settings.noise_name,
        runs=settings.runs,
        successes=settings.runs - len(failed),
        failed_run=failed[0] if failed else None,
        samples=net.samples,
        questions=runs.teacher.questions,
        guaranteed_noise=net.noise.to_float(),
        summed_noise=summed,
    )
