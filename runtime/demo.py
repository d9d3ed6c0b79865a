"""The demonstration: a compiled net and an ordinary one, trained alike on a hidden parity."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from circuits.learners.parity import parity
from circuits.targets import target
from compiler.net import Net
from compiler.pipeline import compile_net
from runtime.engines.threads import one_thread
from runtime.figures.style import BLUE, ORANGE, drawing, new_figure, write_figure
from runtime.module import NetModule
from runtime.settings import Progress

FRESH = 500
"""Samples after training, on which both nets are judged."""

WINDOW = 20
"""Samples over which the error rate of the picture is taken."""

HIDDEN, RATES = 128, (0.003, 0.01, 0.03)
"""Of the ReLU net: two hidden layers of 128, and the learning rates of which the best is shown."""


@dataclass(frozen=True)
class Demo:
    """What happened.

    Attributes:
        net: the compiled net.
        seed: of everything.
        compiled_wrong, relu_wrong: per training sample, whether the output had the wrong sign.
        compiled_fresh, relu_fresh: of `FRESH` samples after training, the share that was right.
        relu_rate: the learning rate of the ReLU net that is shown, the best of `RATES`.
        flips: shape (samples, memory bits), the bits that SGD flipped at each sample.
    """

    net: Net
    seed: int
    compiled_wrong: NDArray[np.bool_]
    relu_wrong: NDArray[np.bool_]
    compiled_fresh: float
    relu_fresh: float
    relu_rate: float
    flips: NDArray[np.bool_]

    def __str__(self) -> str:
        """A small table."""
        last = np.flatnonzero(self.compiled_wrong)
        done = int(last[-1]) + 1 if len(last) else 0
        rows = [
            ("", "compiled net", "ReLU net"),
            ("weights, all trained", self.net.edges, _relu_weights(self.net)),
            ("learning rate", str(self.net.learning_rate), self.relu_rate),
            ("wrong in training", int(self.compiled_wrong.sum()), int(self.relu_wrong.sum())),
            ("last wrong sample", f"{done} of {len(self.compiled_wrong)}", self._relu_last()),
            (f"right of {FRESH} fresh", f"{self.compiled_fresh:.1%}", f"{self.relu_fresh:.1%}"),
        ]
        table = "\n".join(f"{name:<26} {a!s:>14} {b!s:>14}" for name, a, b in rows)
        bits = len(self.net.inputs) - len(self.net.random_inputs)
        return f"a hidden parity of {bits} bits, seed {self.seed}, one sample a step\n{table}"

    def _relu_last(self) -> str:
        last = np.flatnonzero(self.relu_wrong)
        return f"{int(last[-1]) + 1 if len(last) else 0} of {len(self.relu_wrong)}"

    def draw(self, path: Path) -> Path:
        """The error rates and the flips of the memory bits, as a picture.

        Raises:
            SourceError: matplotlib is not installed, or the file cannot be written.
        """
        with drawing():
            figure = new_figure(9, 6)
            top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[1, 1.3])
            samples = np.arange(1, len(self.compiled_wrong) + 1)
            for wrong, color, style, name in (
                (self.relu_wrong, ORANGE, "--", f"ReLU net (rate {self.relu_rate})"),
                (self.compiled_wrong, BLUE, "-", "compiled net"),
            ):
                window = np.convolve(wrong, np.ones(WINDOW))[: len(wrong)]
                rate = window / np.minimum(samples, WINDOW)
                top.plot(samples, rate, color=color, linestyle=style, label=name)
            top.set_ylabel(f"wrong of the last {WINDOW}")
            top.set_ylim(-0.03, 1.03)
            top.legend(loc="upper right")
            bits = len(self.net.inputs) - len(self.net.random_inputs)
            top.set_title(f"SGD learns a hidden parity of {bits} bits, one sample a step")
            step, bit = np.nonzero(self.flips)
            bottom.scatter(step + 1, bit, s=7, marker="s", color=BLUE, linewidths=0)
            bottom.set_ylabel("memory edge whose sign flipped")
            bottom.set_ylim(-1, self.flips.shape[1])
            bottom.set_xlabel("sample")
        write_figure(figure, path)
        return path


def run_demo(bits: int, seed: int, progress: Progress) -> Demo:
    """Train both nets on the same ``8 bits`` samples, then judge them on fresh ones."""
    with one_thread():
        return _run(bits, seed, progress)


def _run(bits: int, seed: int, progress: Progress) -> Demo:
    net = compile_net(parity(bits), source_name=f"builtin:parity:bits={bits}")
    rng = np.random.default_rng(seed)
    rule, train = target("parity", bits, seed), 8 * bits
    samples = rng.integers(0, 2, (train + FRESH, bits))
    coins = rng.integers(0, 2, (train + FRESH, len(net.random_inputs)))
    labels = torch.tensor([2.0 * rule(x) - 1 for x in samples.tolist()])
    signs = torch.from_numpy(2 * samples - 1).float()
    guesses = torch.from_numpy(2 * coins - 1).float()

    module = NetModule(net, torch.float32)
    edges = torch.tensor([bit.edge for bit in net.memory])
    wrong, flips = [], []
    optimizer = torch.optim.SGD(module.parameters(), lr=net.learning_rate.to_float("float32"))
    for i, label in enumerate(labels):
        before = module.weight.detach()[edges] < 0
        output = _sgd_step(module, optimizer, torch.cat([signs[i], guesses[i]]), label)
        flips.append(((module.weight.detach()[edges] < 0) != before).numpy())
        wrong.append(output != label.item())
        progress(i + 1, len(labels))

    relu = [(_relu_wrong(signs, labels, rate, seed), rate) for rate in RATES]
    relu_wrong, relu_rate = min(relu, key=lambda run: run[0][train:].sum())
    return Demo(
        net=net,
        seed=seed,
        compiled_wrong=np.array(wrong[:train]),
        relu_wrong=relu_wrong[:train],
        compiled_fresh=1 - float(np.mean(wrong[train:])),
        relu_fresh=1 - float(relu_wrong[train:].mean()),
        relu_rate=relu_rate,
        flips=np.array(flips[:train]),
    )


def _relu_wrong(signs: Tensor, labels: Tensor, rate: float, seed: int) -> NDArray[np.bool_]:
    """Whether the ReLU net has the wrong sign, sample by sample; it trains throughout."""
    torch.manual_seed(seed)
    width = signs.shape[1]
    relu = nn.Sequential(
        nn.Linear(width, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(),
        nn.Linear(HIDDEN, 1), nn.Flatten(0),
    )  # fmt: skip
    optimizer = torch.optim.SGD(relu.parameters(), lr=rate)
    outputs = [_sgd_step(relu, optimizer, x, y) for x, y in zip(signs, labels, strict=True)]
    wrong: NDArray[np.bool_] = np.array(outputs) * labels.numpy() <= 0
    return wrong


def _sgd_step(
    module: nn.Module, optimizer: torch.optim.Optimizer, sample: Tensor, label: Tensor
) -> float:
    """One step of the textbook loop; returns the output before the update."""
    output: Tensor = module(sample)
    loss: Tensor = ((output - label) ** 2).sum()
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return output.item()


def _relu_weights(net: Net) -> int:
    bits = len(net.inputs) - len(net.random_inputs)
    return (bits + 1) * HIDDEN + (HIDDEN + 1) * HIDDEN + HIDDEN + 1
