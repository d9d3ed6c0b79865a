"""Nets that the tests of inspection share, compiled once each."""

from functools import cache

from small_circuits import full_adder, toggle

from circuits.circuit import Circuit
from compiler.certificate import certificate_of
from compiler.net import Net
from compiler.netfile import dump_net
from compiler.pipeline import compile_net
from runtime.sources import source_of


@cache
def parity() -> Net:
    return compile_net(source_of("builtin:parity:bits=3"), source_name="builtin:parity:bits=3")


@cache
def printed() -> Net:
    return compile_net(source_of("builtin:parity:bits=2"), preset="printed")


@cache
def noise_tolerant(preset: str = "wide") -> Net:
    return compile_net(
        source_of("builtin:parity:bits=2"), target="noise-tolerant", samples=4, preset=preset
    )


@cache
def adder() -> Net:
    return compile_net(full_adder())


@cache
def many_bits() -> Net:
    """m' = 512."""
    return compile_net(toggle(memory_bits=300))


@cache
def certified_toggle() -> tuple[Net, dict[str, object]]:
    """A net and its certificate."""
    passes: dict[str, Circuit] = {}
    net = compile_net(toggle(), observe=passes.__setitem__)
    return net, certificate_of(net, passes["lower_to_threshold"], dump_net(net), "toggle.net")
