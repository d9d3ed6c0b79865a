"""SGD on double-double numbers against SGD of 265 bits, and the claims of Lemma 4."""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from decimal_trainer import WIDE, DecimalTrainer, decimal, decimals, relative
from noise_cell import THREE, TWO, Cell, printed_cell
from oracle import SHARED, needs_shared
from small_circuits import toggle

from circuits.builder import Builder
from circuits.errors import InvariantError, LimitError
from circuits.formats import read_circuit
from compiler.activation import Activation
from compiler.exact import ZERO, Exact
from compiler.net import EdgeRole, Net, Port, Role, Target
from compiler.net_builder import NetBuilder
from compiler.pipeline import compile_net
from runtime.double_double import passes as double_double_passes
from runtime.double_double.activation import Pieces
from runtime.double_double.exact import to_double_doubles, to_fractions
from runtime.double_double.numbers import DoubleDouble, arithmetic
from runtime.double_double.passes import compiled_passes, passes
from runtime.double_double.trainer import DoubleDoubleTrainer
from runtime.settings import Settings
from runtime.trainer import TorchTrainer, Trainer

LABELS = [1, -1]
EPSILON = TWO**-134 * THREE**-11
"""Of Lemma 4: what the noise on an edge may sum to."""


def started(net: Net) -> DoubleDoubleTrainer:
    return DoubleDoubleTrainer(net, net.learning_rate)


def sizes(numbers: Sequence[Decimal]) -> list[Decimal]:
    return [abs(number) for number in numbers]


def weight_error(run: DoubleDoubleTrainer, wide: DecimalTrainer) -> float:
    return relative(run.weight_pairs, wide.weights, sizes(wide.weights))


def same_bits(a: DoubleDouble, b: DoubleDouble) -> bool:
    return np.array(a).tobytes() == np.array(b).tobytes()


def test_the_cell_of_exponent_3_has_the_printed_constants() -> None:
    net = printed_cell().net
    assert net.learning_rate == TWO ** Fraction(716, 3) * THREE**24
    assert net.activation.dead_zone == TWO**-121 * THREE**-9
    assert net.activation.power_from == TWO**-120 * THREE**-9
    path = {THREE ** Fraction(-t, 2) / 4 for t in range(5)}
    controls = {-(TWO**-81) * THREE**-9, -(TWO**-41) * THREE**-9}
    output_control = Exact.of(4) ** Fraction(1, 3) / 4
    assert set(net.values) == path | controls | {Exact.of(128), output_control}


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("exponent", ["3", "2", "3/2", "11/9"])
def test_a_run_of_a_cell_agrees_with_265_bits_after_every_step(exponent: str, label: int) -> None:
    cell = printed_cell(Fraction(exponent))
    run, wide = started(cell.net), DecimalTrainer(cell.net)
    assert weight_error(run, wide) < 2.0**-107
    for sample in cell.samples:
        (output,) = run.forward_backward([sample], [label])
        assert output == pytest.approx(float(wide.forward_backward(sample, label)), rel=1e-15)
        assert relative(run.sum_pairs, wide.sums, wide.sizes) < 2.0**-98
        assert relative(run.gradient_pairs, wide.gradients, sizes(wide.gradients)) < 2.0**-102
        run.update()
        wide.update()
        assert weight_error(run, wide) < 2.0**-102


def assert_steps_agree(net: Net) -> None:
    """Each step, from the weights that the last left, with right and wrong outputs."""
    # What a unit contributes has the relative error of 364 weights at p = 3: 2^-97.5 is its share.
    run, wide = started(net), DecimalTrainer(net)
    rng = np.random.default_rng(0)
    for step in range(6):
        sample = (2 * rng.integers(0, 2, len(net.inputs)) - 1).tolist()
        wrong = -1 if run.forward(sample).hi > 0 else 1
        label = wrong if step % 3 else -wrong
        wide.weights = decimals(run.weight_pairs)
        (output,) = run.forward_backward([sample], [label])
        assert abs(output - float(wide.forward_backward(sample, label))) < 1e-15
        run.update()
        wide.update()
        assert weight_error(run, wide) < 2.0**-96


@pytest.mark.parametrize("exponent", [3, 2])
def test_each_step_of_an_emulation_net_is_that_of_265_bits(exponent: int) -> None:
    net = compile_net(toggle(), preset="printed", exponent=Fraction(exponent), one_filler=True)
    assert_steps_agree(net)


@needs_shared
def test_each_step_of_the_net_of_s27_is_that_of_265_bits() -> None:
    s27 = read_circuit(SHARED / "circuits" / "iscas89" / "s27.bench")
    assert_steps_agree(compile_net(s27, preset="printed", one_filler=True))


def three_copies(alike: bool) -> Net:
    """Constant -> a -> three times b -> output; alike: b is one vertex that stands for all."""
    b = NetBuilder()
    half, fifth = b.value(Fraction(1, 2)), b.value(Fraction(1, 5))
    a = b.vertex(Role.STEM, "a", [(0, half, EdgeRole.PATH)])
    copies = [
        b.vertex(Role.STEM, "b", [(a, half, EdgeRole.PATH)]) for _ in range(1 if alike else 3)
    ]
    out = b.vertex(Role.OUTPUT, "out", [(c, fifth, EdgeRole.PATH) for c in copies])
    fields, vertex, edge = b.arrays()
    net = Net(
        target=Target.EMULATION,
        preset="printed",
        activation=Activation(Exact.of(2), ZERO, ZERO),
        learning_rate=Exact.of(9),
        inputs=(),
        outputs=(Port(int(vertex[out]), "out"),),
        memory=(),
        circuit=Builder("copies").build(),
        source="copies",
        **fields,
    )
    if not alike:
        return net
    return replace(net, copies={int(vertex[copies[0]]): 3}, fan_in_copies={int(edge[2]): 3})


def test_a_quotient_trains_as_the_net_that_it_stands_for() -> None:
    quotient, whole = started(three_copies(alike=True)), started(three_copies(alike=False))
    for step in range(4):
        outputs = [run.forward_backward([[]], [1 - 2 * (step % 2)])[0] for run in (quotient, whole)]
        assert outputs[0] == pytest.approx(outputs[1], rel=1e-15)
        for run in (quotient, whole):
            run.update()
        each = quotient.weights.tolist()
        assert whole.weights.tolist() == pytest.approx([each[0], *[each[1]] * 3, *[each[2]] * 3])
    assert quotient.weights[0] != 0.5


def enclosed(number: Decimal, low: Exact, high: Exact) -> bool:
    with localcontext(WIDE):
        return decimal(low) <= number <= decimal(high)


def assert_lemma_4(
    cell: Cell, values: Sequence[Decimal], step: int, label: int, w4: Decimal
) -> None:
    """What the lemma says of v2, vr and v4 -> v5 in a step."""
    was_set = step > cell.write_step
    low, high = (-13, -11) if was_set else (-25, -23)
    at_v2 = THREE ** Fraction(-3, 2)
    assert enclosed(values[cell.vertices["v2"]], TWO**low * at_v2, TWO**high * at_v2)
    assert values[cell.vertices["vr"]] == (2 * label if was_set else 2)
    with localcontext(WIDE):
        contribution = w4 * values[cell.vertices["v4"]]
    if step == cell.write_step:
        exact, distance = TWO**-242 * THREE**-29, TWO**-201 * THREE**-27
        with localcontext(WIDE):
            assert abs(contribution - decimal(exact)) <= decimal(distance)
    else:
        assert contribution == 0


def noises(cell: Cell, share: Exact, kind: str) -> list[list[Decimal]]:
    """Noise for every step, which sums to the share on every edge, and never goes over it."""
    rng = np.random.default_rng(len(kind))
    if kind == "none":
        return [[Decimal(0)] * cell.net.edges] * cell.steps
    with localcontext(WIDE):
        each = decimal(share) / cell.steps
        if kind == "one way":
            return [[each] * cell.net.edges] * cell.steps
        random = rng.uniform(-1, 1, (cell.steps, cell.net.edges)).tolist()
        return [[each * Decimal(u) for u in row] for row in random]


def pairs_of(noise: Sequence[Decimal]) -> DoubleDouble:
    hi = [float(n) for n in noise]
    return DoubleDouble(np.array(hi), np.zeros(len(hi)))


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("write_step", [0, 1, 3, 9])
@pytest.mark.parametrize("kind", ["none", "random", "one way"])
def test_lemma_4_holds_with_noise_up_to_its_bound(kind: str, write_step: int, label: int) -> None:
    cell = printed_cell(write_step=write_step, steps=4)
    run, wide = started(cell.net), DecimalTrainer(cell.net)
    built = wide.weights
    with localcontext(WIDE):  # 10801 epsilon + 6 epsilon'
        allowed = 10801 * decimal(EPSILON) + 6 * decimal(TWO**-123 * THREE**-11)
    for step, noise in enumerate(noises(cell, EPSILON, kind)):
        sample = cell.samples[step]
        run.forward_backward([sample], [label])
        wide.forward_backward(sample, label)
        last = cell.path[-1]
        assert_lemma_4(cell, wide.values, step, label, wide.weights[last])
        w4 = decimals(run.weight_pairs)[last]
        assert_lemma_4(cell, decimals(run.value_pairs), step, label, w4)
        run.update()
        run.perturb(pairs_of(noise))
        wide.update()
        wide.perturb(noise)
        with localcontext(WIDE):
            for edge in (*cell.path, *cell.frozen):
                was_doubled = edge in cell.path and step >= write_step
                target = built[edge] * (2 * label if was_doubled else 1)
                assert abs(wide.weights[edge] - target) <= allowed
                rounding = abs(target) * Decimal(2) ** -100
                assert abs(decimals(run.weight_pairs)[edge] - target) <= allowed + rounding


@pytest.mark.parametrize("label", LABELS)
def test_noise_a_million_times_the_bound_breaks_the_cell(label: int) -> None:
    cell = printed_cell(write_step=1, steps=4)
    run = started(cell.net)
    broken = False
    for step, noise in enumerate(noises(cell, EPSILON * 2**20, "one way")):
        run.forward_backward([cell.samples[step]], [label])
        silent = run.value_pairs.hi[cell.vertices["v4"]] == 0
        broken |= silent != (step != cell.write_step)
        run.update()
        run.perturb(pairs_of(noise))
    assert broken


@pytest.mark.parametrize(("label", "path_after"), [(1, 4e8), (-1, 7e9)])
def test_float64_loses_the_same_cell_in_the_step_after_the_write(
    label: int, path_after: float
) -> None:
    cell = printed_cell(write_step=2)
    runs: list[Trainer] = [started(cell.net), TorchTrainer(cell.net, Settings())]
    built = runs[1].weights.copy()
    growth: list[list[float]] = [[], []]
    for sample in cell.samples:
        for run, grown in zip(runs, growth, strict=True):
            run.forward_backward([sample], [label])
            run.update()
            grown.append(float(np.abs(run.weights / built)[list(cell.path)].max()))
    assert growth[0] == [1, 1, 2, 2, 2]
    assert growth[1][:3] == pytest.approx([1, 1, 2])
    assert growth[1][3] > path_after
    assert growth[1][4] > 1e85


def test_compiled_passes_are_the_definition_bit_for_bit() -> None:
    slow = passes(arithmetic())
    cases = [
        (printed_cell(Fraction(p)).net, printed_cell(Fraction(p)).samples) for p in ("3", "11/9")
    ]
    net = compile_net(toggle(), preset="printed", one_filler=True)
    cases.append((net, [[1], [-1], [1], [1], [-1], [1]]))
    for net, samples in cases:
        quick = started(net)
        slowly = DoubleDoubleTrainer(net, net.learning_rate, slow)
        for step, sample in enumerate(samples):
            for run in (quick, slowly):
                run.forward_backward([sample], [1 - 2 * (step % 2)])
                run.update()
            for name in ("weight_pairs", "gradient_pairs", "sum_pairs", "value_pairs"):
                assert same_bits(getattr(quick, name), getattr(slowly, name))
            assert (quick.blends == slowly.blends).all()


def test_a_dyadic_net_runs_exactly_as_in_float64() -> None:
    net = compile_net(toggle())
    run, floats = started(net), TorchTrainer(net, Settings())
    for step in range(8):
        sample, label = [[1 - 2 * (step % 3 == 0)]], [1 - 2 * (step % 2)]
        outputs = [one.forward_backward(sample, label) for one in (run, floats)]
        assert outputs[0].tolist() == outputs[1].tolist()
        run.update()
        floats.update()
        assert (run.weights == floats.weights).all()
        assert (run.gradients == floats.gradients).all()
        assert (run.sums == floats.sums).all()
        assert not any(half.any() for half in (run.weight_pairs.lo, run.gradient_pairs.lo))


def test_the_gradient_of_several_samples_is_their_mean() -> None:
    net = compile_net(toggle(), preset="printed", one_filler=True)
    together, alone = started(net), started(net)
    together.forward_backward([[1], [-1], [1]], [1, -1, -1])
    each = []
    for sample, label in ((1, 1), (-1, -1), (1, -1)):
        alone.forward_backward([[sample]], [label])
        each.append(alone.gradients)
    np.testing.assert_allclose(together.gradients, np.mean(each, 0), rtol=1e-14, atol=1e-300)


@pytest.mark.parametrize("exponent", ["3", "11/9", "1"])
def test_the_blends_are_those_of_the_definition(exponent: str) -> None:
    net = printed_cell(Fraction(exponent)).net
    f, wide, pieces = net.activation, DecimalTrainer(net), Pieces.of(net.activation)
    activate = passes(arithmetic()).activate
    low, high = (f.dead_zone.to_float(), f.power_from.to_float()), (1.0, 1.5)
    for start, end in (low, high):
        for x in np.linspace(start, end, 9)[1:-1].tolist():
            for sign in (1.0, -1.0):
                value, slope, blend = activate(DoubleDouble(sign * x, 0.0), pieces)
                with localcontext(WIDE):
                    expected = wide.activate(Decimal(sign * x))
                    for got, number in zip((value, slope), expected, strict=True):
                        difference = decimals(DoubleDouble(*map(np.atleast_1d, got)))[0] - number
                        # relative to the slope's own terms, which cancel at the ends
                        assert abs(difference) <= Decimal(2) ** -96 * max(abs(number), expected[1])
                assert blend
    on_plateau = activate(DoubleDouble(-1.5, 0.0), pieces)
    assert on_plateau == ((-2.0, 0.0), (0.0, 0.0), False)


def test_noise_is_added_to_the_pairs_and_seen_in_the_deviations() -> None:
    cell = printed_cell()
    run = started(cell.net)
    built = to_double_doubles(cell.net.exact_weights())
    noise = 2.0**-100 * np.abs(built.hi)
    run.perturb(noise)
    np.testing.assert_allclose(run.deviations(built), noise, rtol=2.0**-5)
    assert (run.weights == built.hi).all()  # float64 does not see it
    run.perturb(DoubleDouble(-noise, -noise / 2**60))
    assert (np.abs(run.deviations(built)) <= 2.0**-105 * np.abs(built.hi)).all()
    weights = to_fractions(run.weight_pairs)
    run.negate(0)
    assert (to_fractions(run.weight_pairs) * np.where(np.arange(len(weights)), 1, -1)).tolist() == (
        weights.tolist()
    )


def test_constants_out_of_range_and_overflow_are_refused_with_the_place() -> None:
    cell = printed_cell()
    tiny = replace(cell.net, values=(*cell.net.values[:-1], TWO**-901))
    with pytest.raises(LimitError, match=re.escape("underflows double-double")):
        started(tiny)
    run = started(cell.net)
    with pytest.raises(LimitError, match=r"the weight of edge \d+ at .*v1.* overflows"):
        run.perturb(np.where(np.arange(cell.net.edges) == 0, 2.0**1000, 0.0))
    assert run.weights[0] == 0.25
    vc = run.net.edge_source[cell.frozen[1]]
    run.perturb(np.where(run.net.edge_source == vc, 2.0**989.5, 0.0))
    with pytest.raises(LimitError, match=r"the input of f at .*v4.* overflows"):
        run.forward_backward([cell.samples[0]], [1])
    for bad in (np.nan, np.inf):
        with pytest.raises(LimitError, match="overflows"):
            run.perturb(np.full(cell.net.edges, bad))


def test_a_learning_rate_beyond_the_range_is_refused() -> None:
    with pytest.raises(LimitError, match="overflows double-double numbers"):
        DoubleDoubleTrainer(printed_cell().net, TWO**901)
    assert ZERO not in printed_cell().net.values


def test_a_compiler_that_breaks_the_transforms_is_found_before_the_first_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compiled_passes.cache_clear()
    fast = double_double_passes.numba_compiler(fastmath=True)
    monkeypatch.setattr(double_double_passes, "numba_compiler", lambda: fast)
    with pytest.raises(InvariantError, match=r"^two_sum\(.*\(fast math\)"):
        started(printed_cell().net)
    monkeypatch.undo()
    assert compiled_passes() is compiled_passes()
