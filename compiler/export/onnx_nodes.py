"""ONNX nodes being written down, and f in a few of them.

ONNX says of every operation here what it computes for one element, and that is rounded once, so
the order of nodes is the order of roundings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from circuits.errors import LimitError
from compiler.activation import Activation
from compiler.blends import lower_blend, upper_blend

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto

_CUBIC = ("x0", "width", "y0", "bend", "b", "a")
_POWERS = (1.0, 2.0, 3.0)


class Nodes:
    """Nodes and constants, in order; every method adds some and returns the name of a tensor."""

    def __init__(self, dtype: str) -> None:
        self.dtype = np.dtype(dtype)
        self.nodes: list[NodeProto] = []
        self.constants: dict[str, TensorProto] = {}

    def add(self, op: str, *inputs: str, to: str, **attributes: Any) -> str:
        """One node with one output."""
        from onnx import helper

        self.nodes.append(helper.make_node(op, list(inputs), [to], name=to, **attributes))
        return to

    def split(self, tensor: str, parts: int) -> list[str]:
        """Equal parts along the first axis."""
        from onnx import helper

        names = [f"{tensor}.{part}" for part in range(parts)]
        node = helper.make_node(
            "Split", [tensor], names, name=f"{tensor}.split", axis=0, num_outputs=parts
        )
        self.nodes.append(node)
        return names

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """An initializer; one name is one value."""
        from onnx import numpy_helper

        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(value, name)
        return name

    def number(self, name: str, value: float) -> str:
        """A scalar of the net's dtype."""
        return self.constant(name, np.array(value, self.dtype))

    def as_index(self, condition: str) -> str:
        """1 where a condition holds, else 0."""
        from onnx import TensorProto, helper

        name = f"{condition}.index"
        node = helper.make_node("Cast", [condition], [name], name=name, to=TensorProto.INT32)
        self.nodes.append(node)
        return name

    def chosen(self, which: str, table: str, values: tuple[float, float], to: str) -> str:
        """One of two numbers, by an index; onnxruntime takes three times as long for a Where."""
        numbers = self.constant(table, np.array(values, self.dtype))
        return self.add("Gather", numbers, which, to=to, axis=0)

    def index(self, value: int) -> str:
        """A scalar index."""
        return self.constant(f"index.{value}", np.array(value, np.int64))


class ActivationNodes:
    """f as nodes, in the order of operations of the engines.

    Raises:
        LimitError: a power that is no short product: engines ask the C library for it, and an ONNX
            runtime may ask another.
    """

    def __init__(self, activation: Activation, nodes: Nodes) -> None:
        dtype = nodes.dtype.name
        f = {name: value.to_float(dtype) for name, value in activation.items()}
        if f["exponent"] not in _POWERS:
            raise LimitError(
                f"a net with the activation x^{activation.exponent} has no ONNX model of equal "
                "bits: only the powers 1, 2 and 3 are products"
            )
        self._nodes, self._f = nodes, f
        p, start = f["exponent"], f["power_from"]
        self._lower = lower_blend(p, f["dead_zone"], start) if start else None
        self._upper = upper_blend(p, f["power_to"], f["plateau_from"], f["plateau"])

    def apply(self, x: str, to: str) -> str:
        """f(x) as the tensor ``to``."""
        nodes = self._nodes

        def add(op: str, *inputs: str, name: str) -> str:
            return nodes.add(op, *inputs, to=f"{to}.{name}")

        def of(name: str) -> str:
            return nodes.number(f"activation.{name}", self._f[name])

        zero = nodes.number("zero", 0)
        size = add("Abs", x, name="size")
        inside = add("LessOrEqual", size, of("power_to"), name="inside")
        above = ""
        if self._lower:
            above = add("GreaterOrEqual", size, of("power_from"), name="above")
            inside = add("And", inside, above, name="on_power")
        power = size
        for factor in range(1, int(self._f["exponent"])):
            power = add("Mul", power, size, name=f"power.{factor + 1}")
        y = add("Where", inside, power, self._blend(size, above, to), name="curve")
        plateau = add("GreaterOrEqual", size, of("plateau_from"), name="on_plateau")
        y = add("Where", plateau, of("plateau"), y, name="rising")
        dead = add("LessOrEqual", size, of("dead_zone"), name="dead")
        y = add("Where", dead, zero, y, name="of_size")
        negative = add("Less", x, zero, name="negative")
        sign = nodes.chosen(nodes.as_index(negative), "sign", (1, -1), f"{to}.sign")
        return nodes.add("Mul", sign, y, to=to)  # onnxruntime's Where would lose the sign of -0

    def _blend(self, size: str, above: str, to: str) -> str:
        """The cubic between two pieces: the lower one where there is one and x is small."""
        nodes = self._nodes
        c = {}
        which = nodes.as_index(above) if self._lower else ""
        for name in _CUBIC:
            upper = getattr(self._upper, name)
            if self._lower:
                pair = (getattr(self._lower, name), upper)
                c[name] = nodes.chosen(which, f"activation.blends.{name}", pair, f"{to}.{name}")
            else:
                c[name] = nodes.number(f"activation.blend.{name}", upper)
        t = nodes.add("Sub", size, c["x0"], to=f"{to}.from_start")
        t = nodes.add("Div", t, c["width"], to=f"{to}.t")
        y = c["a"]
        for name in ("b", "bend", "y0"):
            y = nodes.add("Mul", t, y, to=f"{to}.before_{name}")
            y = nodes.add("Add", c[name], y, to=f"{to}.to_{name}")
        return y
