"""Judges of a decompiled net, and ways to change one edge of a net."""

import random
from dataclasses import replace

import numpy as np
from oracle import abc_equivalent
from sampling import nameless

from circuits.builder import Builder
from circuits.circuit import Circuit
from circuits.evaluate import evaluate
from compiler.decompile import decompile
from compiler.exact import Exact
from compiler.net import Net

WIDTH = 256


def one_step(circuit: Circuit) -> Circuit:
    """What one step does, for all inputs and states: the first output, then the next state."""
    builder = Builder()
    inputs = [builder.input(name) for name in circuit.input_names]
    state = [builder.input(latch.name) for latch in circuit.latches]
    literal_of = builder.copy(circuit, inputs, state)
    literals = [circuit.primary_outputs[0].literal, *(latch.next for latch in circuit.latches)]
    for number, literal in enumerate(literals):
        builder.output(str(number), literal_of[literal >> 1] ^ (literal & 1))
    return builder.build()


def resets(circuit: Circuit) -> list[int]:
    return [latch.reset or 0 for latch in circuit.latches]


def proved_equal(net: Net, circuit: Circuit | None = None) -> bool:
    """Whether ABC proves that a circuit, by default what the net is read as, is the net's source.

    A net keeps the source's first output and its next states; they are compared with the latches
    cut open, so for all states and not only for those that can be reached.
    """
    found, source = decompile(net) if circuit is None else circuit, net.circuit
    if not source.latches and not found.latches:
        return abc_equivalent(nameless(found), nameless(source))
    return resets(found) == resets(source) and abc_equivalent(
        nameless(one_step(found)), nameless(one_step(source))
    )


def seen_different(net: Net, circuit: Circuit, seed: int = 0) -> bool:
    """Whether 256 random inputs and states, or the start, tell a circuit from the net's source."""
    generator = random.Random(seed)
    source = net.circuit
    inputs = [generator.getrandbits(WIDTH) for _ in source.input_names]
    state = [generator.getrandbits(WIDTH) for _ in source.latches]
    a, b = (evaluate(c, inputs, state, WIDTH) for c in (circuit, source))
    wanted = b.outputs[:1] if source.latches else b.outputs
    return (a.outputs, a.next_state, resets(circuit)) != (wanted, b.next_state, resets(source))


def with_weight(net: Net, edge: int, weight: Exact) -> Net:
    """The net with another weight on one edge."""
    values = list(net.values)
    if weight not in values:
        values.append(weight)
    edge_value = net.edge_value.copy()
    edge_value[edge] = values.index(weight)
    return replace(net, values=tuple(values), edge_value=edge_value)


def with_source(net: Net, edge: int, source: int) -> Net:
    """The net with one edge coming from another vertex."""
    edge_source = net.edge_source.copy()
    edge_source[edge] = source
    order = np.lexsort((edge_source, net.edge_target))
    number = np.argsort(order)
    return replace(
        net,
        edge_source=edge_source[order],
        edge_target=net.edge_target[order],
        edge_value=net.edge_value[order],
        edge_role=net.edge_role[order],
        memory=tuple(replace(bit, edge=int(number[bit.edge])) for bit in net.memory),
    )


def possible_sources(net: Net, edge: int) -> list[int]:
    """Where else an edge could come from."""
    target = int(net.edge_target[edge])
    taken = net.edge_source[net.edge_target == target]
    below = np.flatnonzero(net.level < net.level[target])
    return [int(v) for v in np.setdiff1d(below, taken)]
