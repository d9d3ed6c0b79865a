"""Hypothesis strategies: random circuits of every kind of gate."""

from hypothesis import strategies as st

from circuits.builder import Builder
from circuits.circuit import FALSE, GATES, Circuit, Op, OutputKind

_NAMES = st.text("abxyz[]019 ", min_size=1, max_size=4)
_KINDS = st.sampled_from([kind for kind in OutputKind if kind is not OutputKind.JUSTICE])


@st.composite
def circuits(
    draw: st.DrawFn, max_inputs: int = 4, max_latches: int = 2, max_gates: int = 10
) -> Circuit:
    """Circuits of any gates over any literals; constants among them and equal names are rare.

    Shrinks towards fewer ports and gates and towards AND.
    """
    builder = Builder(draw(_NAMES))
    literals = [builder.input(draw(_NAMES)) for _ in range(draw(st.integers(0, max_inputs)))]
    resets = draw(st.lists(st.sampled_from([0, 1, None]), max_size=max_latches))
    latches = [builder.latch(draw(_NAMES), reset) for reset in resets]
    literals += latches
    for line in range(1, draw(st.integers(0, max_gates)) + 1):
        builder.line = line
        made = _gate(draw, builder, literals)
        if draw(st.booleans()):
            builder.label(made, draw(_NAMES))
        if made > 1:
            literals.append(made)
    for latch in latches:
        builder.set_next(latch, _operands(draw, literals, 1)[0])
    for _ in range(draw(st.integers(0, 3))):
        builder.output(draw(_NAMES), _operands(draw, literals, 1)[0], draw(_KINDS))
    if literals:  # the last gate is always looked at
        builder.output(draw(_NAMES), literals[-1])
    return builder.build()


def _operands(draw: st.DrawFn, literals: list[int], count: int) -> list[int]:
    """Some literals, complemented or not: mostly different ones, seldom a constant."""
    pool = list(dict.fromkeys(literals)) or [FALSE]
    chosen = draw(st.permutations(pool))[:count]
    chosen += [FALSE] * (count - len(chosen))
    if draw(st.integers(0, 9)) == 9:
        chosen[-1] = draw(st.sampled_from([FALSE, chosen[0]]))
    return [x ^ draw(st.integers(0, 1)) for x in chosen]


def _gate(draw: st.DrawFn, builder: Builder, literals: list[int]) -> int:
    op = draw(st.sampled_from(GATES))
    if op is Op.MUX:
        return builder.mux(*_operands(draw, literals, 3))
    operands = _operands(draw, literals, draw(st.integers(2, 6)))
    if op is Op.AND:
        return builder.and_(*operands)
    if op is Op.XOR:
        return builder.xor(*operands)
    weights = [draw(st.sampled_from([1, 2, 3, 5, 0, -1, -2])) for _ in operands]
    least, most = sum(w for w in weights if w < 0), sum(w for w in weights if w > 0)
    return builder.threshold(operands, draw(st.integers(least, most + 1)), weights)
