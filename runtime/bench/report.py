"""Entries as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from runtime.bench.measure import Entry

_HEAD = (
    "| figure | net | edges | levels | time | baseline | its time | ratio |",
    "|---|---|---|---|---|---|---|---|",
)


TABLES: Mapping[str, tuple[Sequence[tuple[str, str]], str]] = {
    "steps": (
        (
            ("step_levels_vs_autograd", "levels"),
            ("loop_native_vs_autograd", "native, loop"),
            ("loop_live_vs_autograd", "live, loop"),
            ("step_native_vs_autograd", "native"),
            ("step_live_vs_autograd", "live"),
            ("step_boolean_vs_autograd", "boolean"),
            ("step_gpu_vs_autograd", "gpu"),
            ("replica_step_vs_autograd", "one of 64 replicas"),
        ),
        "autograd",
    ),
    "machines": (
        (
            ("machine_step_levels_vs_autograd", "levels"),
            ("machine_step_native_vs_autograd", "native"),
            ("machine_step_live_vs_autograd", "live"),
            ("machine_step_boolean_vs_autograd", "boolean"),
        ),
        "autograd",
    ),
    "split": (
        (
            ("step_native_vs_split_autograd", "native"),
            ("step_live_vs_split_autograd", "live"),
            ("step_boolean_vs_split_autograd", "boolean"),
        ),
        "autograd with split",
    ),
    "jax": (
        (
            ("step_native_vs_jax", "native"),
            ("step_live_vs_jax", "live"),
            ("step_boolean_vs_jax", "boolean"),
        ),
        "JAX scan",
    ),
    "sparse": ((("step_native_vs_sparse", "native"),), "torch.sparse"),
    "stream": ((("step_native_vs_stream", "native"),), "stream"),
    "scatter": ((("step_native_vs_gather_scatter", "native"),), "gather and scatter"),
    "gather": (
        (("step_live_vs_gather", "live"), ("step_boolean_vs_gather", "boolean")),
        "gather",
    ),
    "forward": (
        (
            ("forward_levels_vs_autograd", "levels"),
            ("forward_one_vs_autograd", "live"),
            ("forward_one_in_bits_vs_autograd", "one, in bits"),
            ("forward_batch_vs_autograd", "one of a batch"),
        ),
        "autograd",
    ),
    "evaluator": (
        (
            ("forward_one_vs_evaluator", "live"),
            ("forward_one_in_bits_vs_evaluator", "one, in bits"),
        ),
        "evaluator",
    ),
    "batch": (
        (("forward_batch_vs_evaluator", "one of a batch"),),
        "evaluator, one of a batch",
    ),
    "emulation": (
        (
            ("emulation_vs_direct", "live"),
            ("emulation_boolean_vs_direct", "boolean"),
            ("replica_emulation_vs_direct", "one of 64 replicas"),
        ),
        "learner, one of 64 runs",
    ),
    "alone": ((("emulation_vs_direct_alone", "live"),), "learner, alone"),
    "layers": ((("rcnn_fast_vs_plain", "fast path"),), "plain path"),
}
"""What docs/performance.md shows: by title, the columns and the baseline of `pivot`."""


GATES = (
    ("forward_one_vs_autograd", "one input, live"),
    ("forward_one_in_bits_vs_autograd", "one input, in bits"),
    ("forward_batch_vs_autograd", "4,096 inputs"),
)
"""The columns of its table ``gates``, by `gate_rates`."""


def table(entries: Iterable[Entry]) -> str:
    """A row an entry.

    >>> print(table([Entry("step_live_vs_autograd", "parity", 1000, 30, 2e-6, "autograd", 1e-3)]))
    | figure | net | edges | levels | time | baseline | its time | ratio |
    |---|---|---|---|---|---|---|---|
    | step_live_vs_autograd | parity | 1,000 | 30 | 2.00 us | autograd | 1.00 ms | 500 |
    """
    return "\n".join([*_HEAD, *map(_row, entries)])


def pivot(entries: Sequence[Entry], columns: Sequence[tuple[str, str]], baseline: str) -> str:
    """A row a net: the time of the baseline, and of each entry's with its ratio.

    Args:
        entries: of any names.
        columns: names of entries with one baseline, and what to call them.
        baseline: what to call that.

    >>> entry = Entry("step_live_vs_autograd", "parity", 1000, 30, 2e-6, "autograd", 1e-3)
    >>> print(pivot([entry], [("step_live_vs_autograd", "live")], "autograd"))
    | net | edges | levels | autograd | live |
    |---|---|---|---|---|
    | parity | 1,000 | 30 | 1.00 ms | 2.00 us (500) |
    """
    wanted = {name for name, _ in columns}
    found: dict[tuple[str, int, int], dict[str, Entry]] = {}
    for entry in entries:
        if entry.name in wanted:
            found.setdefault((entry.net, entry.edges, entry.levels), {})[entry.name] = entry
    shown = [(n, title) for n, title in columns if any(n in row for row in found.values())]
    heads = ["net", "edges", "levels", baseline, *(title for _, title in shown)]
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for (net, edges, levels), row in found.items():
        first = next(row[name] for name, _ in columns if name in row)
        cells = [net, f"{edges:,}", f"{levels:,}", duration(first.baseline_seconds)]
        for name, _ in shown:
            cells.append(_cell(row.get(name)))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def gate_rates(entries: Sequence[Entry], columns: Sequence[tuple[str, str]]) -> str:
    """A row a net: its gates, and how many of them are evaluated in a second.

    >>> entry = Entry("forward_one_vs_gather", "adder", 9, 3, 2e-6, "gather", 1e-6, gates=5)
    >>> print(gate_rates([entry], [("forward_one_vs_gather", "one")]))
    | net | gates | one |
    |---|---|---|
    | adder | 5 | 2.5e+06 |
    """
    names = [name for name, _ in columns]
    found: dict[tuple[str, int], dict[str, float]] = {}
    for entry in entries:
        if entry.name in names:
            row = found.setdefault((entry.net, entry.gates), {})
            row[entry.name] = entry.gates / entry.seconds
    heads = ["net", "gates", *(title for _, title in columns)]
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for (net, gates), row in found.items():
        rates = [f"{row[name]:.1e}" if name in row else "-" for name in names]
        lines.append(f"| {' | '.join([net, f'{gates:,}', *rates])} |")
    return "\n".join(lines)


def duration(seconds: float) -> str:
    """Seconds with three digits and a unit.

    >>> [duration(x) for x in (0.5e-9, 1.5e-7, 2.34567e-3, 0.5, 12.0)]
    ['0.500 ns', '150 ns', '2.35 ms', '500 ms', '12.0 s']
    """
    for unit, size in (("ns", 1e-9), ("us", 1e-6), ("ms", 1e-3)):
        if seconds < 999.5 * size:
            return f"{_digits(seconds / size)} {unit}"
    return f"{_digits(seconds)} s"


def _digits(number: float) -> str:
    places = 0 if number >= 99.95 else 1 if number >= 9.995 else 2 if number >= 0.9995 else 3
    return f"{number:,.{places}f}"


def _cell(entry: Entry | None) -> str:
    return "-" if entry is None else f"{duration(entry.seconds)} ({_ratio(entry)})"


def _ratio(entry: Entry) -> str:
    return _digits(entry.ratio)


def _row(entry: Entry) -> str:
    cells = [entry.name, entry.net, f"{entry.edges:,}", f"{entry.levels:,}"]
    cells += [duration(entry.seconds), entry.baseline, duration(entry.baseline_seconds)]
    return f"| {' | '.join([*cells, _ratio(entry)])} |"
