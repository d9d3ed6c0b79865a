"""The paper's own constants, run exactly; floats on the same nets are lost."""

import re
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from oracle import SHARED, needs_shared

from circuits.catalog import builtin_learner
from circuits.circuit import Circuit
from circuits.errors import InvariantError, LimitError
from circuits.formats import read_circuit
from circuits.learner import Learner
from compiler.exact import Exact
from compiler.net import EdgeRole
from compiler.pipeline import compile_net
from runtime.exact import ExactTrainer
from runtime.settings import CONTROLS, Settings
from runtime.trainer import TorchTrainer
from runtime.verify import verify

PAPER_M = 13396204626557002376633632265125890584825270623268029635800959695699922022639685
"""m' of Lemma 3 at p = 3: the least integer above 2^-243 3^(-1641/2) (18 sqrt 3)^364."""


@pytest.mark.parametrize("spec", ["parity:bits=4", "parity:bits=8", "winnow:bits=3"])
def test_the_printed_net_runs_every_step_exactly(spec: str) -> None:
    report = verify(compile_net(builtin_learner(spec), preset="printed"), Settings(steps=100))
    assert report.emulates, report
    assert report.arithmetic == "exact"
    assert report.exponent == "3"
    assert report.m_prime == str(PAPER_M)
    assert report.wrong_steps > 20


@needs_shared
def test_the_printed_net_of_s27_runs_every_step_exactly() -> None:
    circuit = read_circuit(SHARED / "circuits" / "iscas89" / "s27.bench")
    report = verify(compile_net(circuit, preset="printed"), Settings(steps=300))
    assert report.emulates, report
    assert report.m_prime == str(PAPER_M)


@pytest.mark.parametrize("exponent", ["11/9", "5/4", "9/8", "1"])
def test_other_exponents_run_exactly_in_few_units(exponent: str) -> None:
    net = compile_net(
        builtin_learner("parity:bits=3"), preset="printed", exponent=Fraction(exponent)
    )
    report = verify(net, Settings(steps=60))
    assert report.emulates, report
    assert report.exponent == exponent
    least = {"11/9": 1670, "5/4": 3090, "9/8": 243, "1": 32}
    assert report.m_prime == str(least[exponent])


def test_learning_rate_and_weights_are_the_formulas_of_the_paper() -> None:
    net = compile_net(builtin_learner("parity:bits=4"), preset="printed")
    two, three = Exact.of(2), Exact.of(3)
    s = (two**-243 * three ** Fraction(-1641, 2) / PAPER_M) ** Fraction(1, 364)
    assert net.learning_rate == two**-244 * three ** Fraction(-1643, 2) * s**-362
    path = {net.values[v] for v in net.edge_value[net.edge_role == EdgeRole.PATH]}
    weights = {three ** (3 - Fraction(t, 2)) * s for t in range(1, 7)}
    assert path == weights | {-s}
    (control,) = {net.values[v] for v in net.edge_value[net.edge_role == EdgeRole.CONTROL]}
    assert control == -(two**26) * three**91 * s**40


@pytest.mark.parametrize("control", CONTROLS)
def test_every_control_makes_the_exact_run_fail(control: str) -> None:
    net = compile_net(builtin_learner("parity:bits=3"), preset="printed")
    report = verify(net, Settings(steps=60, control=control))
    assert not report.emulates
    assert report.first_divergence is not None
    assert report.flips_before_divergence is not None


@pytest.mark.parametrize("source", ["parity:bits=4", "perceptron:bits=2,width=3"])
def test_exact_and_float_runs_of_a_dyadic_net_agree_bit_for_bit(source: str) -> None:
    net = compile_net(builtin_learner(source))
    exact = ExactTrainer(net, net.learning_rate)
    floats = TorchTrainer(net, Settings())
    rng = np.random.default_rng(0)
    for _ in range(20):
        sample = (2 * rng.integers(0, 2, (1, len(net.inputs))) - 1).tolist()
        label = [2 * int(rng.integers(2)) - 1]
        got = [run.forward_backward(sample, label)[0] for run in (exact, floats)]
        assert got[0].to_float() == got[1]
        gradients = [float(g.to_float()) for g in exact.gradients]
        assert gradients == floats.gradients.tolist()
        exact.update()
        floats.update()
        assert [w.to_float() for w in exact.weights] == floats.weights.tolist()
        assert [x.to_float() for x in exact.sums] == floats.sums.tolist()


def test_the_printed_net_in_float64_diverges_and_in_float32_is_refused() -> None:
    net = compile_net(builtin_learner("parity:bits=4"), preset="printed")
    report = verify(net, Settings(arithmetic="float"))
    assert not report.emulates
    with pytest.raises(LimitError, match=re.escape("overflows float32")):
        verify(net, Settings(arithmetic="float", dtype="float32"))


def sources() -> list[Circuit | Learner]:
    return [builtin_learner("parity:bits=2"), builtin_learner("conjunction:bits=2,samples=2")]


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.name)
def test_a_sum_of_unlike_terms_is_an_error_that_says_where(source: Circuit | Learner) -> None:
    net = compile_net(source, preset="printed", exponent=Fraction(11, 9))
    values = list(net.values)
    values[net.edge_value[net.memory[0].edge]] *= Exact.of(7) ** Fraction(1, 5) / 2
    run = ExactTrainer(replace(net, values=tuple(values)), net.learning_rate)
    message = "at v4'? of memory unit .* is a sum of unlike terms, not a monomial"
    with pytest.raises(InvariantError, match=message):
        run.forward_backward([[1] * len(net.inputs)], [1])
