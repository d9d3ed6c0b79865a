"""A machine that learns becomes a `Learner`, and one that decides a predicate.

The machine works on the cells of a `Layout`. One sample is one run of a fixed number of steps:

- *update*: memory, sample and label are on the cells; what is left in the memory cells is the
  next memory.
- *predict*: the same with the label's cell blank, and what is left there is the prediction: 1 for
  the symbol of 1, 0 for any other. What the run does to the memory is forgotten.
- *done*: whether the ``d`` cell holds the symbol for 1; without such a cell the learner is
  mistake-driven.

Each run starts in the start state with the head where the layout has it. What has halted stays as
it is, so more steps than needed do no harm; whether they are enough for all inputs is what
`circuits.machines.halting.halts_within` checks.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from circuits.builder import Builder
from circuits.circuit import Circuit, Output
from circuits.errors import SourceError
from circuits.learner import Learner
from circuits.machines.laid_run import Memory, laid_done, laid_run, reachable_memory
from circuits.machines.layout import Layout, Role
from circuits.ports import bit_names
from circuits.rebuild import copy_gate, rebuild


def machine_to_learner(
    layout: Layout, steps: int, predict_steps: int | None = None, name: str = ""
) -> Learner:
    """The learner whose update and prediction are runs of the machine.

    Its memory bits are those of `circuits.machines.laid_run.Memory`: the codes of the symbols that
    the memory cells can come to hold.

    Args:
        layout: the cells, with a label and at least one cell of memory.
        steps: of an update.
        predict_steps: of a prediction; as many by default.
        name: of the algorithm; the machine's by default.

    Raises:
        SourceError: the layout has no label or no memory.
    """
    name = name or layout.machine.name or "machine"
    for roles, what in (((Role.LABEL,), "label (y)"), ((Role.MEMORY, Role.DONE), "memory (m)")):
        if not layout.of_role(*roles):
            raise SourceError(f"learner {name}: the layout has no {what}")
    memory = reachable_memory(layout, steps)
    update = laid_run(layout, memory, steps, labelled=True)
    few = steps if predict_steps is None else predict_steps
    predict = laid_run(layout, memory, few, labelled=False)
    return Learner(
        name=name,
        memory_names=memory.names,
        reset=memory.reset,
        sample_names=bit_names("x", len(layout.of_role(Role.SAMPLE))),
        random_names=(),
        update=_only(update, f"{name}: update", update.outputs[: len(memory.names)]),
        predict=_only(predict, f"{name}: predict", [_output(predict, "answer")]),
        done=laid_done(layout, memory) if layout.of_role(Role.DONE) else None,
    )


def decider(layout: Layout, steps: int, accept: Collection[str] = (), name: str = "") -> Circuit:
    """The predicate that the machine decides, as a circuit of the sample with one output.

    Args:
        layout: the cells, without memory.
        steps: of the run.
        accept: states, by name; the output is whether the machine is in one of them in the end.
            Without any it is whether the cell ``y``, blank at the start, holds the symbol for 1.
        name: of the predicate; the machine's by default.

    Raises:
        SourceError: the layout has memory, there is neither a state nor a cell to tell the
            answer, or the machine has no such state.
    """
    name = name or layout.machine.name or "machine"
    if layout.of_role(Role.MEMORY, Role.DONE):
        raise SourceError(
            f"decider {name}: the layout has memory", hint="a machine with memory is a learner"
        )
    if not accept and not layout.of_role(Role.LABEL):
        raise SourceError(
            f"decider {name}: nothing tells the answer", hint="name accepting states, or a cell y"
        )
    for state in accept:
        if state not in layout.machine.states:
            raise SourceError(
                f"decider {name}: the machine has no state {state!r}",
                hint=f"its states are {', '.join(layout.machine.states)}",
            )
    run = laid_run(layout, Memory.of(layout, {}), steps, labelled=False)
    told = [_output(run, f"state {state}") for state in accept] or [_output(run, "answer")]
    builder = Builder(name, run.source)
    literal_of = builder.copy(run, [builder.input(x) for x in run.input_names])
    accepted = builder.or_(*(literal_of[o.literal >> 1] ^ (o.literal & 1) for o in told))
    builder.output("accepts", accepted)
    return rebuild(builder.build(), copy_gate)


def _output(circuit: Circuit, name: str) -> Output:
    return next(output for output in circuit.outputs if output.name == name)


def _only(circuit: Circuit, name: str, outputs: Sequence[Output]) -> Circuit:
    """The circuit with these outputs and what they depend on."""
    return rebuild(replace(circuit, name=name, outputs=tuple(outputs)), copy_gate)
