"""What a proof costs as nets grow, beside compiling: `make bench` prints this table."""

from __future__ import annotations

import json
import sys
import time
from itertools import pairwise

from circuits.catalog import builtin_learner
from circuits.circuit import Circuit
from compiler.certificate import certificate_of, dump_certificate
from compiler.decompile import decompile
from compiler.netfile import dump_net
from compiler.pipeline import compile_net
from runtime.check import check
from runtime.check.files import parse_net

SIZES = (4, 14, 54, 160)
"""Bits of parity learners with about 10^3, 10^4, 10^5 and 10^6 edges."""

HEAD = (
    "| source | edges | certificate | compile | certify | check | decompile |\n"
    "|---|---|---|---|---|---|---|\n"
)  # fmt: skip


def row(bits: int) -> str:
    """A line of the table."""
    passes: dict[str, Circuit] = {}
    times = [time.perf_counter()]
    net = compile_net(builtin_learner(f"parity:bits={bits}"), observe=passes.__setitem__)
    data = dump_net(net)
    times.append(time.perf_counter())
    text = dump_certificate(certificate_of(net, passes["lower_to_threshold"], data, "parity.net"))
    times.append(time.perf_counter())
    check(json.loads(text), parse_net(data))
    times.append(time.perf_counter())
    decompile(net)
    times.append(time.perf_counter())
    seconds = [f"{after - before:.2f} s" for before, after in pairwise(times)]
    size = f"{len(text) / 1000:,.0f} kB"
    return f"| {' | '.join([f'parity, {bits} bits', f'{net.edges:,}', size, *seconds])} |\n"


if __name__ == "__main__":
    sys.stdout.write(HEAD)
    for size in map(int, sys.argv[1:]) if sys.argv[1:] else SIZES:
        sys.stdout.write(row(size))
        sys.stdout.flush()
