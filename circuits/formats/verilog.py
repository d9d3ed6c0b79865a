"""Verilog, structural and behavioural, through Yosys (the optional extra ``verilog``).

A port ``[7:0] a`` becomes the inputs or outputs ``a[0]`` to ``a[7]``, the least significant bit
first, named by the indices of the source; ports stay in the order of the module's header. XOR
gates and multiplexers stay what they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from circuits.builder import Builder
from circuits.circuit import FALSE, TRUE, Circuit
from circuits.formats.order import CycleError, dependency_order
from circuits.formats.text import SourceText
from circuits.formats.yosys import netlist
from circuits.formats.yosys_netlist import (
    FLIP_FLOPS,
    GATES,
    Bit,
    Cell,
    Module,
    line_of,
    named_bits,
    natural,
    operands_of,
    output_of,
    source_nets,
)

_REFUSED = {
    "$_FF_": ("a level-sensitive latch", "does an 'always @*' leave a case open?"),
    "$_TBUF_": ("a tri-state buffer", "select with '?:' instead of 'z'"),
}


def read_verilog(data: bytes, file: str = "", top: str | None = None) -> Circuit:
    """Read a Verilog design; SystemVerilog if ``file`` ends in ``.sv``.

    The design has one clock, an input, and uses one edge of it; registers become latches named
    after their nets. An input that only clocks registers is dropped, since a circuit's clock is
    implicit; other inputs stay even where nothing reads them. A register without an initial value
    becomes an uninitialised latch, ``x`` in an expression is 0, and an asynchronous reset acts
    within the clock cycle.

    Args:
        data: the source.
        file: its name; what it includes is looked for beside it.
        top: the module to read; None for the one above all others.

    Raises:
        SourceError: Yosys refuses the design, or it is not a synchronous circuit of one clock.
        LimitError: Yosys is not installed.
    """
    name, module = netlist(data, file, top)
    source = SourceText(data.decode("utf-8", "replace"), file)
    return _Translation(module, source).circuit(name)


class _Translation:
    """A flattened netlist on its way to a circuit."""

    def __init__(self, module: Module, source: SourceText) -> None:
        self._source = source
        cells = module["cells"].values()
        self._gates = {output_of(cell): cell for cell in cells if self._is_gate(cell)}
        registers = {output_of(cell): cell for cell in cells if cell["type"] in FLIP_FLOPS}
        self._nets = source_nets(module)
        for bit, cell in self._gates.items():
            if bit in self._nets and cell["type"] == "$_MUX_":  # an asynchronous reset
                for read in registers.keys() & operands_of(cell):
                    self._nets.setdefault(read, self._nets[bit])
        self._registers = sorted(
            registers.values(), key=lambda cell: natural(self._name(output_of(cell)))
        )
        self._ports = [
            (port["direction"], name, bit)
            for port_name, port in module["ports"].items()
            for name, bit in named_bits(port_name, port)
        ]
        self._initial: dict[Bit, str] = {}
        for net in module["netnames"].values():
            values = reversed(net["attributes"].get("init", ""))
            self._initial.update(zip(net["bits"], values, strict=False))

    def circuit(self, name: str) -> Circuit:
        """Inputs, latches, gates, outputs."""
        builder = Builder(name, self._source.file)
        literal_of: dict[Bit, int] = {"0": FALSE, "1": TRUE, "x": FALSE}
        clock = self._clock()
        for direction, port, bit in self._ports:
            if direction == "inout":
                raise self._source.error(
                    f"port {port} is bidirectional",
                    self._declared(bit),
                    hint="split it into an input and an output",
                )
            if direction == "input" and (bit != clock or self._is_data(bit)):
                literal_of[bit] = builder.input(port)
        for cell in self._registers:
            bit = output_of(cell)
            builder.line = line_of(cell)
            reset = {"0": 0, "1": 1}.get(self._initial.get(bit, "x"))
            literal_of[bit] = builder.latch(self._name(bit), reset)
        self._make_gates(builder, literal_of)
        for cell in self._registers:
            loaded = self._read(literal_of, cell["connections"]["D"][0], line_of(cell))
            builder.set_next(literal_of[output_of(cell)], loaded)
        for direction, port, bit in self._ports:
            if direction == "output":
                builder.output(port, self._read(literal_of, bit, self._declared(bit)))
        return builder.build()

    def _make_gates(self, builder: Builder, literal_of: dict[Bit, int]) -> None:
        gates = self._gates

        def reads(bit: Bit) -> Iterator[Bit]:
            return (x for x in operands_of(gates[bit]) if x in gates)

        try:
            for bit in dependency_order(gates, reads):
                cell = gates[bit]
                builder.line = line_of(cell)
                operands = [self._read(literal_of, x, line_of(cell)) for x in operands_of(cell)]
                literal_of[bit] = GATES[cell["type"]][1](builder, *operands)
                if bit in self._nets:
                    builder.label(literal_of[bit], self._nets[bit].name)
        except CycleError as error:
            raise self._source.error(
                f"combinational cycle: {error.render(self._name)}",
                line_of(gates[error.path[0]]),
                hint="only a register can close a loop",
            ) from None

    def _is_gate(self, cell: Cell) -> bool:
        """Whether a cell is a gate rather than a register; refuses what is neither."""
        kind = cell["type"]
        if kind not in GATES and kind not in FLIP_FLOPS:
            what, hint = _REFUSED.get(kind, (f"a cell {kind}", "only gates and registers remain"))
            raise self._source.error(
                f"{what} cannot be a gate or a latch", line_of(cell), hint=hint
            )
        return kind in GATES

    def _clock(self) -> Bit | None:
        """The net that clocks all registers; None without any."""
        first: Cell | None = None
        for cell in self._registers:
            first = first or cell
            if self._edge(cell) != self._edge(first):
                raise self._source.error(
                    f"this register is clocked by {self._edge(cell)}, "
                    f"the one in line {line_of(first)} by {self._edge(first)}",
                    line_of(cell),
                    hint="a circuit has one clock and steps at one of its edges",
                )
        if first is None:
            return None
        clock = first["connections"]["C"][0]
        if ("input", clock) not in ((direction, bit) for direction, _, bit in self._ports):
            raise self._source.error(
                f"the clock {self._name(clock)} is not an input",
                line_of(first),
                hint="clock registers by an input; gate their data instead",
            )
        return clock

    def _edge(self, cell: Cell) -> str:
        return f"{FLIP_FLOPS[cell['type']]} {self._name(cell['connections']['C'][0])}"

    def _is_data(self, bit: Bit) -> bool:
        """Whether anything but a clock pin reads this net."""
        return (
            any(bit in operands_of(cell) for cell in self._gates.values())
            or any(bit in cell["connections"]["D"] for cell in self._registers)
            or any(bit == read for direction, _, read in self._ports if direction == "output")
        )

    def _read(self, literal_of: Mapping[Bit, int], bit: Bit, line: int) -> int:
        if bit in literal_of:
            return literal_of[bit]
        message = "'z' is read" if bit == "z" else f"{self._name(bit)} is read but not driven"
        raise self._source.error(message, line, hint="a wire has one driver, 0 or 1 at all times")

    def _name(self, bit: Bit) -> str:
        return self._nets[bit].name if bit in self._nets else f"%{bit}"

    def _declared(self, bit: Bit) -> int:
        return self._nets[bit].line if bit in self._nets else 0
