"""What certificates cost as nets grow: `python tests/certificate_costs.py` prints a table."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence

from circuits.circuit import Circuit
from circuits.learners.catalog import builtin
from compiler.certificate import certificate_of, dump_certificate
from compiler.netfile import dump_net
from compiler.pipeline import compile_net
from runtime.check import check
from runtime.check.files import parse_net

SIZES = (4, 16, 56, 156)
"""Bits of parity learners with about 10^3, 10^4, 10^5 and 10^6 edges."""


def rows(sizes: Sequence[int]) -> Iterator[str]:
    """Lines of a Markdown table."""
    for bits in sizes:
        passes: dict[str, Circuit] = {}
        times = [time.perf_counter()]
        net = compile_net(builtin(f"parity:bits={bits}"), observe=passes.__setitem__)
        data = dump_net(net)
        times.append(time.perf_counter())
        stated = certificate_of(net, passes["lower_to_threshold"], data, "parity.net")
        text = dump_certificate(stated)
        times.append(time.perf_counter())
        check(json.loads(text), parse_net(data))
        times.append(time.perf_counter())
        seconds = (f"{after - before:.2f} s" for before, after in zip(times, times[1:], strict=False))
        size = f"{len(text) / 1000:,.0f} kB"
        print("|", " | ".join((f"parity, {bits} bits", f"{net.edges:,}", size, *seconds)), "|")
        yield f"{net.edges}"


if __name__ == "__main__":
    list(rows(SIZES))
