"""What exports cost: seconds to write and bytes, by format and size of the net. Prints a table.

    python benchmarks/export_costs.py            # nets of 10^3 to 10^6 edges
    python benchmarks/export_costs.py 1000000/30 parity:bits=16

Arguments are edges/depth of synthetic nets, or names of learners. Each file is written twice, and
the faster time counts. The last column is what onnxruntime needs to load the model and, as the
best of three, for a forward pass of one sample, on one thread.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from circuits.catalog import builtin_learner
from compiler.export.formats import FORMATS, write_export
from compiler.net import Net
from compiler.pipeline import compile_net
from runtime.bench.synthetic import synthetic_net

NETS = ["1000/30", "10000/30", "100000/30", "1000000/30", "parity:bits=16", "parity:bits=64"]


def seconds(action: Callable[[], object], times: int = 2) -> float:
    """The best of some times."""
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        action()
        found.append(time.perf_counter() - begin)
    return min(found)


def cells(net: Net, folder: Path, circuit: bool) -> list[str]:
    """Seconds and megabytes of each format, then onnxruntime's."""
    found = []
    for name in FORMATS:
        if name == "aiger" and not circuit:
            found.append("")
            continue
        file = folder / f"net{FORMATS[name].endings[0]}"
        taken = seconds(lambda name=name, file=file: write_export(net, file, name))  # type: ignore[misc]
        found.append(f"{taken:.2f} s, {file.stat().st_size / 1e6:.2f} MB")
    return [*found, run_by_onnxruntime(net, folder / "net.onnx")]


def run_by_onnxruntime(net: Net, file: Path) -> str:
    """Seconds to load, milliseconds to run."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    begin = time.perf_counter()
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    loaded = time.perf_counter() - begin
    sample = np.ones((1, len(net.inputs)))
    run = seconds(lambda: session.run(None, {"input": sample}), 3)
    return f"{loaded:.2f} s, {run * 1e3:.1f} ms"


def main(names: list[str]) -> None:
    """Print the table."""
    heads = ["net", "edges", "levels", *FORMATS, "onnxruntime"]
    sys.stdout.write(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}\n")
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            edges, slash, depth = name.partition("/")
            net = (
                synthetic_net(int(edges), int(depth))
                if slash
                else compile_net(builtin_learner(name))
            )
            row = [name, f"{net.edges:,}", str(net.levels)]
            row += cells(net, Path(folder), circuit=not slash)
            sys.stdout.write(f"| {' | '.join(row)} |\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:] or NETS)
