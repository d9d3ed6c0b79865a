"""Sums of products: cubes written as in BLIF and PLA, and truth tables.

A cube has a character per variable: 1 the variable, 0 its complement, - either. A cover is a list
of cubes and means their OR. Bit k of a truth table is the value at row k, in which variable i is
bit i of k, as in `circuits.evaluate`.
"""

from __future__ import annotations

from collections.abc import Sequence

from circuits.builder import Builder


def build_cube(builder: Builder, operands: Sequence[int], cube: str) -> int:
    """The AND that a cube means."""
    literals = (x ^ (c == "0") for x, c in zip(operands, cube, strict=True) if c != "-")
    return builder.and_(*literals)


def build_cover(builder: Builder, operands: Sequence[int], cubes: Sequence[str]) -> int:
    """The OR of cubes; where they spell out a parity or a choice, that one gate.

    BLIF knows covers only, so these two shapes are how it says XOR and MUX.
    """
    parity = _parity(cubes, len(operands))
    if parity is not None:
        return builder.xor(*operands) ^ (parity == 0)
    columns = _mux_columns(cubes)
    if columns is not None:
        select, then, otherwise = columns
        first, second = cubes
        return builder.mux(
            operands[select] ^ (first[select] == "0"),
            operands[then] ^ (first[then] == "0"),
            operands[otherwise] ^ (second[otherwise] == "0"),
        )
    return builder.or_(*(build_cube(builder, operands, cube) for cube in cubes))


def build_table(builder: Builder, operands: Sequence[int], table: int) -> int:
    """The function with this truth table: a tree of choices in which equal parts are one gate."""
    rows = 1 << len(operands)
    level = [int(bit) for bit in reversed(f"{table:0{rows}b}")]  # FALSE is 0 and TRUE is 1
    for operand in operands:
        pairs = list(zip(level[::2], level[1::2], strict=True))
        chosen = {pair: builder.mux(operand, pair[1], pair[0]) for pair in dict.fromkeys(pairs)}
        level = [chosen[pair] for pair in pairs]
    return level[0]


def parity_cubes(width: int, odd: bool) -> list[str]:
    """The cubes, in counting order, that have an odd (or even) number of ones.

    >>> parity_cubes(2, odd=True)
    ['01', '10']
    """
    return [f"{row:0{width}b}" for row in range(1 << width) if row.bit_count() % 2 == int(odd)]


def irredundant_cover(table: int, variables: int) -> list[str]:
    """A cover of a truth table from which no cube can be left out.

    Minato and Morreale's recursion on the last variable: first what needs its complement, then
    what needs it, then what is left and needs neither. It is as deep as there are variables.

    >>> irredundant_cover(0b11101000, 3)
    ['-11', '1-1', '11-']
    """
    return _cover_between(table, table, variables)[0]


def _cover_between(lower: int, upper: int, variables: int) -> tuple[list[str], int]:
    """Cubes that cover ``lower`` and stay within ``upper``, and the function that they are."""
    ones = (1 << (1 << variables)) - 1
    if lower == 0:
        return [], 0
    if upper == ones:
        return ["-" * variables], ones
    half = 1 << (variables - 1)
    mask = (1 << half) - 1
    lower0, lower1, upper0, upper1 = lower & mask, lower >> half, upper & mask, upper >> half
    cubes0, covered0 = _cover_between(lower0 & ~upper1, upper0, variables - 1)
    cubes1, covered1 = _cover_between(lower1 & ~upper0, upper1, variables - 1)
    left = lower0 & ~covered0 | lower1 & ~covered1
    cubes, covered = _cover_between(left, upper0 & upper1, variables - 1)
    joined = [c + "0" for c in cubes0] + [c + "1" for c in cubes1] + [c + "-" for c in cubes]
    return joined, covered0 | covered | (covered1 | covered) << half


def _parity(cubes: Sequence[str], width: int) -> int | None:
    """1 if the cubes are all rows with an odd number of ones, 0 if all with an even one."""
    if width < 2 or len(cubes) != 1 << (width - 1) or len(set(cubes)) != len(cubes):
        return None
    parities = {cube.count("1") % 2 for cube in cubes}
    if len(parities) > 1 or any("-" in cube for cube in cubes):
        return None
    return parities.pop()


def _mux_columns(cubes: Sequence[str]) -> tuple[int, int, int] | None:
    """The columns (select, then, else) of two cubes such as ``11-`` and ``0-1``."""
    if len(cubes) != 2 or len(cubes[0]) != 3 or any(cube.count("-") != 1 for cube in cubes):
        return None
    first, second = cubes
    then, otherwise = second.index("-"), first.index("-")
    select = 3 - then - otherwise
    if then == otherwise or first[select] == second[select]:
        return None
    return select, then, otherwise
