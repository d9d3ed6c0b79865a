"""What `inspect` says of a whole net, against the certificate, exact runs and plain counting."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import accumulate

import numpy as np
import pytest
from inspected_nets import adder, certified_toggle, many_bits, noise_tolerant, parity, printed
from small_circuits import full_adder

from circuits.circuit import Circuit
from compiler.certificate import certificate_of
from compiler.exact import Exact
from compiler.net import Net, Role
from compiler.netfile import dump_net
from compiler.pipeline import compile_net
from runtime.exact import ExactTrainer
from runtime.inspect.bounds import bound_of
from runtime.inspect.margins import flat_types, least_margins, types
from runtime.inspect.precision import FORMATS, Format, is_exact, verdicts
from runtime.inspect.quantity import text
from runtime.inspect.summary import Summary, summary_of
from runtime.inspect.weights import weights_of


@cache
def summary(net: Callable[[], Net]) -> Summary:
    return summary_of(net())


NETS = [parity, printed, noise_tolerant, adder]


def margin(net: Net, role: Role, piece: str) -> str:
    (found,) = [x for x in least_margins(flat_types(net)) if (x.role, x.piece) == (role, piece)]
    return text(found.margin)


def test_margins_are_those_of_the_certificate() -> None:
    net, stated = certified_toggle()
    says = stated["margins"]
    assert isinstance(says, dict)
    assert margin(net, Role.READ, "plateau") == says["read"]
    assert margin(net, Role.SOURCE, "plateau") == says["source"]
    assert margin(net, Role.CONTROL, "dead zone") == says["control"]
    assert margin(net, Role.BRANCH, "dead zone") == says["silent"]
    passes: dict[str, Circuit] = {}
    component = compile_net(full_adder(), observe=passes.__setitem__)
    lowered = passes["lower_to_threshold"]
    says = certificate_of(component, lowered, dump_net(component), "adder.net")["margins"]
    assert margin(component, Role.GATE, "plateau") == says["gate"]


def test_another_activation_has_other_margins() -> None:
    net, stated = certified_toggle()
    says = stated["margins"]
    assert isinstance(says, dict)
    f = replace(net.activation, plateau_from=Exact.of(Fraction(7, 4)))
    assert margin(replace(net, activation=f), Role.READ, "plateau") == "1/4" != says["read"]


@pytest.mark.parametrize("net", NETS)
def test_every_vertex_that_computes_is_of_one_type(net: Callable[[], Net]) -> None:
    computed = int((net().level > 0).sum())
    assert sum(count for _, count in types(net())) == computed
    assert len(types(net())) < computed or net is adder


@pytest.mark.parametrize("net", NETS)
def test_weights_are_counted_by_class(net: Callable[[], Net]) -> None:
    found = {weight.exact: weight.edges for weight in weights_of(net())}
    assert found == Counter(net().show(value) for value in net().exact_weights())
    for weight in weights_of(net()):
        assert sum(weight.by_role.values()) == weight.edges
    values = [weight.value or 0.0 for weight in weights_of(net())]
    assert values == sorted(values)


def numbers_of_a_run(net: Net, steps: int) -> set[Exact]:
    """All sums, partial sums, gradients and weights of an exact run with wrong labels."""
    run, met = ExactTrainer(net, net.learning_rate), set(net.values)
    bits = np.random.default_rng(0)
    for _ in range(steps):
        sample = (2 * bits.integers(0, 2, len(net.inputs)) - 1).tolist()
        (output,) = run.forward_backward([sample], [1])
        run.forward_backward([sample], [1 if output == -1 else -1])
        value, weights = values_of(net, sample, run), run.weights
        for vertex in range(1, net.vertices):
            low, high = np.searchsorted(net.edge_target, [vertex, vertex + 1]).tolist()
            terms = [weights[e] * value[net.edge_source[e]] for e in range(low, high)]
            met |= {*terms, *accumulate(terms)}
        met |= set(run.gradients.tolist())
        run.update()
    return met


def values_of(net: Net, sample: list[int], run: ExactTrainer) -> list[Exact]:
    f, found = net.activation, [Exact.of(1)] * net.vertices
    for vertex, x in enumerate(run.sums.tolist()):
        size = abs(x)
        value = (
            f.plateau if size >= f.plateau_from else Exact.of(0) if size <= f.dead_zone else size
        )
        found[vertex] = value * x.sign
    found[0] = Exact.of(1)
    for port, bit in zip(net.inputs, sample, strict=True):
        found[port.vertex] = Exact.of(bit)
    return found


def test_a_run_that_is_exact_meets_only_numbers_of_the_format() -> None:
    met = numbers_of_a_run(parity(), 3)
    for verdict in verdicts(parity()):
        assert verdict.verdict == "exact"
        assert all(is_exact(x, FORMATS[verdict.dtype]) for x in met)
    tiny = Format(bits=2, least=-126, greatest=127)
    assert not all(is_exact(x, tiny) for x in met)


@pytest.mark.slow
def test_a_run_that_is_refused_meets_another_number() -> None:
    met = numbers_of_a_run(many_bits(), 1)
    said = {verdict.dtype: verdict for verdict in verdicts(many_bits())}
    assert said["bfloat16"].verdict == "refused"
    assert said["bfloat16"].why == "the output sums 512 units, more than 2^8"
    assert not all(is_exact(x, FORMATS["bfloat16"]) for x in met)
    for dtype in ("float64", "float32", "float16"):
        assert said[dtype].verdict == "exact"
        assert all(is_exact(x, FORMATS[dtype]) for x in met)


def test_what_is_not_exact_is_said_with_the_reason() -> None:
    said = {verdict.dtype: verdict for verdict in verdicts(printed())}
    assert said["float64"].verdict == "rounded"
    assert "each flip multiplies the error" in said["float64"].why
    assert said["float32"].verdict == "refused"
    assert "the learning rate 2^250" in said["float32"].why
    said = {verdict.dtype: verdict for verdict in verdicts(noise_tolerant())}
    assert {verdict.verdict for verdict in said.values()} == {"rounded"}
    said = {verdict.dtype: verdict for verdict in verdicts(noise_tolerant("printed"))}
    assert said["float64"].verdict == "refused"
    assert "does no harm" in said["float64"].why
    coarse = replace(parity(), values=(*parity().values[:-1], Exact.of(2**12 + 1)))
    assert [v.verdict for v in verdicts(coarse)] == ["exact", "exact", "rounded", "rounded"]


def test_the_bound_is_the_construction_of_lemma_3() -> None:
    net, _ = certified_toggle()
    gates = int((net.role == Role.GATE).sum())
    bound = bound_of(net)
    units = 1 + 32
    assert (bound.memory_bits, bound.units, bound.gates) == (1, 32, gates)
    assert bound.most_vertices == 1 + len(net.inputs) + 2 + 10 * units + gates + 2 * units
    assert bound.holds
    assert not replace(bound, vertices=bound.most_vertices + 1).holds
    assert not replace(bound, edges=bound.most_edges + 1).holds


@pytest.mark.parametrize("net", [*NETS, many_bits])
def test_nets_are_within_their_bounds(net: Callable[[], Net]) -> None:
    bound = bound_of(net())
    assert bound.holds
    assert bound.vertices >= net().vertices
    assert 4 * bound.most_vertices > bound.vertices


@pytest.mark.parametrize("net", NETS)
def test_a_summary_has_all_of_it_in_text_and_in_json(net: Callable[[], Net]) -> None:
    found = summary(net)
    facts = json.loads(json.dumps(found.facts()))
    assert facts["vertices"] == net().vertices == sum(facts["vertices_by_role"].values())
    assert facts["edges"] == net().edges == sum(facts["edges_by_role"].values())
    assert facts["levels"] == net().levels
    assert len(facts["weights"]) == len(set(net().edge_value.tolist()))
    assert facts["bound"]["holds"] is True
    page = str(found)
    assert max(map(len, page.splitlines())) < 130
    for word in (
        net().show(net().learning_rate),
        "bfloat16",
        "least margin",
        found.bound.theorem,
    ):
        assert word in page


def test_the_size_of_the_net_behind_a_quotient_is_counted() -> None:
    found = summary(printed)
    assert found.quotient
    assert found.copies > 10**79
    assert "stands for a net of 1." in str(found)
