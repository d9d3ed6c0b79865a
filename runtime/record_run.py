"""The loops behind `runtime.recording.record`: train, watch, and refuse what the theorem rules out.

Both loops keep events only, a step, an edge and what it became, so that a recording is as large as
what happened and not as the net.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from circuits.errors import SourceError
from compiler.net import Net
from runtime.labels import always_wrong, random_labels
from runtime.noise.lesson import Teacher
from runtime.recorded_steps import Array, steps_of
from runtime.recording import DivergenceError, Recording, memory_edges
from runtime.settings import Settings


def record_emulation(net: Net, settings: Settings) -> Recording:
    """Of an emulation net, ``settings.steps`` steps; see `runtime.recording.record`."""
    assert settings.steps is not None
    labels = settings.labels or random_labels(settings.seed)
    watch = memory_edges(net)
    exact = settings.is_exact(net)
    built = net.exact_weights() if exact else net.weights(settings.dtype)
    run, sizes = steps_of(net, settings, watch), abs(built[watch])
    shown = _samples(net, settings)
    said = [i for i in range(len(net.inputs)) if i not in set(net.random_inputs)]
    targets, outputs = np.empty(settings.steps, np.int8), np.empty(settings.steps)
    before = built[watch] < 0
    events: list[tuple[int, int]] = []
    for step, bits in enumerate(shown.tolist()):
        signs = [2 * bit - 1 for bit in bits]
        outputs[step] = output = run.output(signs)
        if output not in (-1, 1):
            raise DivergenceError(
                f"step {step}: the output is {output}, not -1 or 1 (vertex "
                f"{net.outputs[0].vertex}, {net.provenance(net.outputs[0].vertex)})"
            )
        label = labels(step, [bits[i] for i in said], int(output > 0))
        targets[step] = 2 * label - 1
        watched = run.update(signs, 2 * label - 1)
        _refuse(net, step, watch, sizes, abs(watched), "its magnitude was built as")
        after = watched < 0
        events += [(step, int(bit)) for bit in np.flatnonzero(after != before)]
        before = after
        if settings.progress is not None:
            settings.progress(step + 1, settings.steps)
    recording = _recording(
        net, settings, shown, targets, outputs, _columns(events), initial=built[watch] < 0
    )
    negated = recording.negated(recording.steps)
    wanted = np.where(negated, -built, built)
    _refuse(net, recording.steps, np.arange(net.edges), wanted, run.weights, "Lemma 2 says")
    return recording


def record_noise_tolerant(net: Net, settings: Settings) -> Recording:
    """Of a noise-tolerant net, its T steps or fewer; see `runtime.recording.record`."""
    labels, steps = settings.labels, net.samples if settings.steps is None else settings.steps
    if steps > net.samples:
        raise SourceError(
            f"{steps} steps of a net that memorises {net.samples} samples",
            hint=f"give {net.samples} steps or fewer",
        )
    if labels is always_wrong:
        raise SourceError(
            "no label is wrong for a net that says 1/2 while it memorises",
            hint="use other labels than always-wrong",
        )
    teacher = Teacher(net, settings.seed, 1, None if labels is None else lambda _run: labels)
    (lesson,) = teacher.lessons([settings.first_run])
    watch = np.flatnonzero(net.trainable)
    run = steps_of(net, settings, watch)
    built = run.weights.copy()
    cell = np.full(net.edges, -1)
    cell[net.cells.path[:, 0]] = np.arange(len(net.cells))
    outputs, before = np.empty(steps), built[watch]
    changes: list[tuple[int, int, float]] = []
    flips: list[tuple[int, int]] = []
    moved = np.full(net.edges, -1)
    for step, bits in enumerate(lesson.samples[:steps].tolist()):
        signs = [2 * bit - 1 for bit in bits]
        outputs[step] = run.output(signs)
        watched = run.update(signs, 2 * int(lesson.labels[step]) - 1).copy()
        changed = np.flatnonzero(watched != before)
        edges = watch[changed]
        again = edges[moved[edges] >= 0]
        if len(again):
            edge = int(again[0])
            raise DivergenceError(
                f"step {step}: edge {edge} changes, which step {moved[edge]} has changed before: "
                f"{net.provenance(int(net.edge_target[edge]))}"
            )
        moved[edges] = step
        changes += zip([step] * len(edges), edges.tolist(), watched[changed].tolist(), strict=True)
        flips += [(step, int(number)) for number in np.sort(cell[edges[cell[edges] >= 0]])]
        before = watched
        if settings.progress is not None:
            settings.progress(step + 1, steps)
    recording = _recording(
        net,
        settings,
        lesson.samples[:steps],
        (2 * lesson.labels[:steps].astype(np.int8) - 1),
        outputs,
        _columns(flips),
        initial=np.zeros(len(net.cells), bool),
        changes=changes,
    )
    wanted = built.astype(np.float64)
    wanted[recording.change_edges] = recording.change_values
    _refuse(net, steps, np.arange(net.edges), wanted, run.weights, "no step changed it from")
    return recording


def _samples(net: Net, settings: Settings) -> NDArray[np.int64]:
    """Shape (steps, inputs), 0 or 1: those of `runtime.verify_emulation`."""
    bits = np.random.default_rng([settings.seed, 0])
    samples = np.empty((settings.steps or 0, len(net.inputs)), np.int64)
    for row in samples:
        row[:] = bits.integers(0, 2, len(row))
    return samples


def _columns(events: list[tuple[int, int]]) -> NDArray[np.int32]:
    """Shape (2, events)."""
    return np.array(events, np.int32).reshape(-1, 2).T


def _recording(
    net: Net,
    settings: Settings,
    shown: NDArray[np.integer],
    labels: NDArray[np.int8],
    outputs: NDArray[np.float64],
    flips: NDArray[np.int32],
    initial: NDArray[np.bool_],
    changes: list[tuple[int, int, float]] | None = None,
) -> Recording:
    steps, edges, values = zip(*changes, strict=True) if changes else ((), (), ())
    return Recording(
        net=net,
        samples=(2 * shown.astype(np.int8) - 1).astype(np.int8),
        labels=labels,
        outputs=outputs,
        initial=initial,
        flip_steps=flips[0],
        flip_bits=flips[1],
        seed=settings.seed,
        dtype=settings.arithmetic_of(net),
        change_steps=np.array(steps, np.int32),
        change_edges=np.array(edges, np.int32),
        change_values=np.array(values, np.float64),
    )


def _refuse(
    net: Net,
    step: int,
    edges: NDArray[np.int64],
    wanted: NDArray[Any],
    got: Array,
    why: str,
) -> None:
    """Refuse the first weight that is not as it should be; NaN is not either."""
    bad = got != wanted
    if not bad.any():
        return
    i = int(np.argmax(bad))
    edge = int(edges[i])
    raise DivergenceError(
        f"step {step}: the weight of edge {edge} is {net.show(got[i])}, {why} "
        f"{net.show(wanted[i])}: {net.provenance(int(net.edge_target[edge]))}"
    )
