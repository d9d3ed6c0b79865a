"""Noise-tolerant nets that several tests run; each is compiled once."""

from functools import cache

from circuits.catalog import builtin_learner
from compiler.net import Net
from compiler.pipeline import compile_net


@cache
def noise_net(learner: str = "parity:bits=2", samples: int = 3, preset: str = "wide") -> Net:
    return compile_net(
        builtin_learner(learner),
        target="noise-tolerant",
        samples=samples,
        preset=preset,
        source_name=learner,
    )
