"""Small circuits that several tests compile."""

from circuits.builder import Builder
from circuits.circuit import Circuit


def toggle(reset: int = 0, memory_bits: int = 1) -> Circuit:
    """Bits of which one flips where x is 1, and the others never."""
    b = Builder("toggle", source="toggle.txt")
    x = b.input("x")
    bits = [b.latch(f"bit{i}", reset) for i in range(memory_bits)]
    b.line = 7
    said = b.and_(x, bits[0])
    b.label(said, "said")
    b.set_next(bits[0], b.xor(x, bits[0]))
    b.output("out", said)
    return b.build()


def full_adder() -> Circuit:
    """Two outputs, from lines 3 and 4."""
    b = Builder("full adder", source="adder.txt")
    x, y, z = map(b.input, "xyz")
    b.line = 3
    b.output("sum", b.xor(x, y, z))
    b.line = 4
    b.output("carry", b.threshold([x, y, z], 2))
    return b.build()
