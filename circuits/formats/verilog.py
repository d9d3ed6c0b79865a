"""Verilog, structural and behavioural, through Yosys (the optional extra ``verilog``).

A port ``[7:0] a`` becomes the inputs or outputs ``a[0]`` to ``a[7]``, the least significant bit
first, named by the indices of the source; ports stay in the order of the module's header. XOR
gates and multiplexers stay what they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from circuits.builder import Builder
from circuits.circuit import FALSE, TRUE, Circuit
from circuits.formats.order import CycleError, dependency_order
from circuits.formats.text import SourceText
from circuits.formats.yosys import SOURCE, Bit, Cell, Module, Signal, netlist

# The pins in the order of the function's operands.
_GATES: Mapping[str, tuple[str, Callable[..., int]]] = {
    "$_BUF_": ("A", lambda b, x: x),
    "$_NOT_": ("A", lambda b, x: x ^ 1),
    "$_AND_": ("AB", Builder.and_),
    "$_NAND_": ("AB", lambda b, x, y: b.and_(x, y) ^ 1),
    "$_ANDNOT_": ("AB", lambda b, x, y: b.and_(x, y ^ 1)),
    "$_OR_": ("AB", Builder.or_),
    "$_NOR_": ("AB", lambda b, x, y: b.or_(x, y) ^ 1),
    "$_ORNOT_": ("AB", lambda b, x, y: b.or_(x, y ^ 1)),
    "$_XOR_": ("AB", Builder.xor),
    "$_XNOR_": ("AB", lambda b, x, y: b.xor(x, y) ^ 1),
    "$_MUX_": ("SBA", Builder.mux),
    "$_NMUX_": ("SBA", lambda b, s, t, e: b.mux(s, t, e) ^ 1),
}
_FLIP_FLOPS = {"$_DFF_P_": "posedge", "$_DFF_N_": "negedge"}
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
        self._gates = {cell["connections"]["Y"][0]: cell for cell in cells if self._is_gate(cell)}
        self._names = _net_names(module)
        self._registers = sorted(
            (cell for cell in cells if cell["type"] in _FLIP_FLOPS),
            key=lambda cell: _natural(self._name(cell["connections"]["Q"][0])),
        )
        self._ports = [
            (port["direction"], name, bit)
            for port_name, port in module["ports"].items()
            for name, bit in _named_bits(port_name, port)
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
                    f"port {port} is bidirectional", 0, hint="split it into an input and an output"
                )
            if direction == "input" and (bit != clock or self._is_data(bit)):
                literal_of[bit] = builder.input(port)
        for cell in self._registers:
            bit = cell["connections"]["Q"][0]
            builder.line = _line(cell)
            reset = {"0": 0, "1": 1}.get(self._initial.get(bit, "x"))
            literal_of[bit] = builder.latch(self._name(bit), reset)
        self._make_gates(builder, literal_of)
        for cell in self._registers:
            pins = cell["connections"]
            builder.set_next(
                literal_of[pins["Q"][0]], self._read(literal_of, pins["D"][0], _line(cell))
            )
        for direction, port, bit in self._ports:
            if direction == "output":
                builder.output(port, self._read(literal_of, bit, 0))
        return builder.build()

    def _make_gates(self, builder: Builder, literal_of: dict[Bit, int]) -> None:
        gates = self._gates

        def reads(bit: Bit) -> Iterator[Bit]:
            return (x for x in _operands(gates[bit]) if x in gates)

        try:
            for bit in dependency_order(gates, reads):
                cell = gates[bit]
                builder.line = _line(cell)
                operands = [self._read(literal_of, x, _line(cell)) for x in _operands(cell)]
                literal_of[bit] = _GATES[cell["type"]][1](builder, *operands)
                if bit in self._names:
                    builder.label(literal_of[bit], self._names[bit])
        except CycleError as error:
            raise self._source.error(
                f"combinational cycle: {error.render(self._name)}",
                _line(gates[error.path[0]]),
                hint="only a register can close a loop",
            ) from None

    def _is_gate(self, cell: Cell) -> bool:
        """Whether a cell is a gate rather than a register; refuses what is neither."""
        kind = cell["type"]
        if kind not in _GATES and kind not in _FLIP_FLOPS:
            what, hint = _REFUSED.get(kind, (f"a cell {kind}", "only gates and registers remain"))
            raise self._source.error(f"{what} cannot be a gate or a latch", _line(cell), hint=hint)
        return kind in _GATES

    def _clock(self) -> Bit | None:
        """The net that clocks all registers; None without any."""
        first: Cell | None = None
        for cell in self._registers:
            first = first or cell
            if self._edge(cell) != self._edge(first):
                raise self._source.error(
                    f"this register is clocked by {self._edge(cell)}, "
                    f"the one in line {_line(first)} by {self._edge(first)}",
                    _line(cell),
                    hint="a circuit has one clock and steps at one of its edges",
                )
        if first is None:
            return None
        clock = first["connections"]["C"][0]
        if ("input", clock) not in ((direction, bit) for direction, _, bit in self._ports):
            raise self._source.error(
                f"the clock {self._name(clock)} is not an input",
                _line(first),
                hint="clock registers by an input; gate their data instead",
            )
        return clock

    def _edge(self, cell: Cell) -> str:
        return f"{_FLIP_FLOPS[cell['type']]} {self._name(cell['connections']['C'][0])}"

    def _is_data(self, bit: Bit) -> bool:
        """Whether anything but a clock pin reads this net."""
        return (
            any(bit in _operands(cell) for cell in self._gates.values())
            or any(bit in cell["connections"]["D"] for cell in self._registers)
            or any(bit == read for direction, _, read in self._ports if direction == "output")
        )

    def _read(self, literal_of: Mapping[Bit, int], bit: Bit, line: int) -> int:
        if bit in literal_of:
            return literal_of[bit]
        message = "'z' is read" if bit == "z" else f"{self._name(bit)} is read but not driven"
        raise self._source.error(message, line, hint="a wire has one driver, 0 or 1 at all times")

    def _name(self, bit: Bit) -> str:
        return self._names.get(bit, f"%{bit}")


def _net_names(module: Module) -> dict[Bit, str]:
    """What the source calls each net: of several names the one highest in the hierarchy."""
    names: dict[Bit, str] = {}
    nets = [(name, net) for name, net in module["netnames"].items() if not net["hide_name"]]
    for net_name, net in sorted(nets, key=lambda item: item[0].count(".")):
        for name, bit in _named_bits(net_name, net):
            names.setdefault(bit, name)
    return names


def _named_bits(name: str, signal: Signal) -> Iterator[tuple[str, Bit]]:
    """The bits of a signal, least significant first, with the index that the source gives each."""
    bits, offset = signal["bits"], signal.get("offset", 0)
    if len(bits) == 1 and not offset:
        yield name, bits[0]
        return
    for place, bit in enumerate(bits):
        yield f"{name}[{offset + (len(bits) - 1 - place if signal.get('upto') else place)}]", bit


def _operands(cell: Cell) -> list[Bit]:
    return [cell["connections"][pin][0] for pin in _GATES[cell["type"]][0]]


def _line(cell: Cell) -> int:
    """The line of the source that a cell comes from; 0 where Yosys does not say."""
    found = re.search(rf"(?:^|\|){re.escape(SOURCE)}:(\d+)", cell["attributes"].get("src", ""))
    return int(found[1]) if found else 0


def _natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts ``q[9]`` before ``q[10]``."""
    return [(int(part) if part.isdigit() else 0, part) for part in re.split(r"(\d+)", name)]
