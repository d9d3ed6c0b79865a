from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circuits.arithmetic import (
    all_set,
    any_set,
    at_least,
    decrement,
    increment,
    increment_saturating,
    popcount,
    step_signed_saturating,
)
from circuits.builder import Builder
from circuits.errors import SourceError
from circuits.evaluate import evaluate, simulate, truth_table
from circuits.gf2 import add_where, dot, parity
from circuits.ports import input_word, output_word, register
from circuits.selection import first_set, one_hot, read, where
from circuits.words import Bit, Word, concat, constant, word

Function = Callable[..., Word | Bit]
Meaning = Callable[..., int]


def table(function: Function, *widths: int) -> list[int]:
    """Numbers that the circuit of a function gives, for all its arguments, the first fastest."""
    b = Builder()
    made = function(*(input_word(b, f"x{i}", width) for i, width in enumerate(widths)))
    output_word(b, "out", made if isinstance(made, Word) else word([made]))
    columns = truth_table(b.build())
    rows = range(1 << sum(widths))
    return [sum((column >> k & 1) << i for i, column in enumerate(columns)) for k in rows]


def numbers(meaning: Meaning, *widths: int) -> list[int]:
    """The same by Python's integers."""
    found = []
    for k in range(1 << sum(widths)):
        arguments, rest = [], k
        for width in widths:
            arguments.append(rest % (1 << width))
            rest >>= width
        found.append(int(meaning(*arguments)))
    return found


def signed(number: int, width: int) -> int:
    return number - (number >> (width - 1) << width)


BINARY: dict[str, tuple[Function, Meaning]] = {
    "and": (lambda x, y: x & y, lambda x, y, n: x & y),
    "or": (lambda x, y: x | y, lambda x, y, n: x | y),
    "xor": (lambda x, y: x ^ y, lambda x, y, n: x ^ y),
    "add": (lambda x, y: x + y, lambda x, y, n: (x + y) % 2**n),
    "subtract": (lambda x, y: x - y, lambda x, y, n: (x - y) % 2**n),
    "carry": (lambda x, y: x.add(y)[1], lambda x, y, n: x + y >> n),
    "carry in": (lambda x, y: x.add(y, carry=True)[1], lambda x, y, n: x + y + 1 >> n),
    "equal": (lambda x, y: x == y, lambda x, y, n: x == y),
    "unequal": (lambda x, y: x != y, lambda x, y, n: x != y),
    "less": (lambda x, y: x < y, lambda x, y, n: x < y),
    "at most": (lambda x, y: x <= y, lambda x, y, n: x <= y),
    "more": (lambda x, y: x > y, lambda x, y, n: x > y),
    "not less": (lambda x, y: x >= y, lambda x, y, n: x >= y),
    "signed less": (Word.signed_less, lambda x, y, n: signed(x, n) < signed(y, n)),
    "joined": (concat, lambda x, y, n: x + (y << n)),
    "product": (dot, lambda x, y, n: (x & y).bit_count() % 2),
}


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("width", [1, 2, 4])
def test_operators_of_two_words_mean_what_they_mean_for_integers(name: str, width: int) -> None:
    function, meaning = BINARY[name]
    assert table(function, width, width) == numbers(partial(meaning, n=width), width, width)


@pytest.mark.parametrize("name", BINARY)
@given(st.integers(1, 40), st.data())
def test_operators_hold_for_wide_words(name: str, width: int, data: st.DataObject) -> None:
    function, meaning = BINARY[name]
    number = st.integers(0, 2**width - 1)
    x = data.draw(number)
    y = data.draw(st.one_of(number, st.just(x), st.just(x ^ 1)))
    b = Builder()
    made = function(input_word(b, "x", width), input_word(b, "y", width))
    output_word(b, "out", made if isinstance(made, Word) else word([made]))
    bits = [x >> i & 1 for i in range(width)] + [y >> i & 1 for i in range(width)]
    outputs = evaluate(b.build(), bits).outputs
    assert sum(bit << i for i, bit in enumerate(outputs)) == meaning(x, y, width)


UNARY: dict[str, tuple[Function, Meaning]] = {
    "complement": (lambda x: ~x, lambda x, n: 2**n - 1 - x),
    "shift up": (lambda x: x << 2, lambda x, n: (x << 2) % 2**n),
    "shift down": (lambda x: x >> 2, lambda x, n: x >> 2),
    "shift out": (lambda x: x << 9, lambda x, n: 0),
    "extend": (lambda x: x.extend(7), lambda x, n: x),
    "extend signed": (lambda x: x.extend_signed(7), lambda x, n: signed(x, n) % 2**7),
    "truncate": (lambda x: x.truncate(1), lambda x, n: x % 2),
    "constant": (lambda x: x & 1, lambda x, n: x & 1),
    "plus constant": (lambda x: x + 1, lambda x, n: (x + 1) % 2**n),
    "minus constant": (lambda x: x - 1, lambda x, n: (x - 1) % 2**n),
    "below constant": (lambda x: x < 1, lambda x, n: x < 1),
    "is constant": (lambda x: x == 1, lambda x, n: x == 1),
    "with a bit": (lambda x: x ^ x[0], lambda x, n: x ^ (2**n - 1) * (x & 1)),
    "slice": (lambda x: x[::-1], lambda x, n: int(f"{x:0{n}b}"[::-1], 2)),
    "all set": (all_set, lambda x, n: x == 2**n - 1),
    "any set": (any_set, lambda x, n: x != 0),
    "popcount": (popcount, lambda x, n: x.bit_count()),
    "parity": (parity, lambda x, n: x.bit_count() % 2),
    "increment": (increment, lambda x, n: (x + 1) % 2**n),
    "decrement": (decrement, lambda x, n: (x - 1) % 2**n),
    "saturating": (increment_saturating, lambda x, n: min(x + 1, 2**n - 1)),
    "first set": (first_set, lambda x, n: x & -x),
    "decoded": (one_hot, lambda x, n: 1 << x),
    "decoded in part": (lambda x: one_hot(x, 3), lambda x, n: (1 << x) % 8),
    "two or more": (lambda x: at_least(x, 2), lambda x, n: x.bit_count() >= 2),
}


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("width", [1, 2, 3, 6])
def test_functions_of_a_word_mean_what_they_mean_for_integers(name: str, width: int) -> None:
    function, meaning = UNARY[name]
    assert table(function, width) == numbers(partial(meaning, n=width), width)


@pytest.mark.parametrize("width", [1, 3])
def test_a_step_by_a_bit_is_a_step_where_the_bit_is_set(width: int) -> None:
    modulus = 2**width
    functions: list[tuple[Function, Meaning]] = [
        (lambda x, by: increment(x, by[0]), lambda x, by: (x + by) % modulus),
        (lambda x, by: decrement(x, by[0]), lambda x, by: (x - by) % modulus),
        (lambda x, by: increment_saturating(x, by[0]), lambda x, by: min(x + by, modulus - 1)),
    ]
    for function, meaning in functions:
        assert table(function, width, 1) == numbers(meaning, width, 1)


@pytest.mark.parametrize("width", [1, 2, 4])
def test_a_saturating_signed_step_stays_in_range(width: int) -> None:
    def meaning(x: int, up: int, by: int) -> int:
        half = 1 << (width - 1)
        stepped = signed(x, width) + (by if up else -by)
        return max(-half, min(stepped, half - 1)) % (2 * half)

    made = table(lambda x, up, by: step_signed_saturating(x, up[0], by[0]), width, 1, 1)
    assert made == numbers(meaning, width, 1, 1)


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=5), st.integers(-12, 12))
def test_a_weighted_threshold_compares_the_sum(weights: list[int], bound: int) -> None:
    def meaning(x: int) -> int:
        return sum(w for i, w in enumerate(weights) if x >> i & 1) >= bound

    width = len(weights)
    assert table(lambda x: at_least(x, bound, weights), width) == numbers(meaning, width)


def test_a_choice_takes_the_first_where_the_bit_is_set() -> None:
    def meaning(s: int, x: int, y: int) -> int:
        return x if s else y

    assert table(lambda s, x, y: where(s[0], x, y), 1, 2, 2) == numbers(meaning, 1, 2, 2)
    assert table(lambda s, x, y: where(s[0], x[0], y[0]), 1, 1, 1) == numbers(meaning, 1, 1, 1)
    assert table(lambda s, x: where(s[0], x, 2), 1, 2) == [2, 0, 2, 1, 2, 2, 2, 3]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 8])
def test_a_read_past_the_end_gives_the_last_word(count: int) -> None:
    squares = [i * i for i in range(count)]

    def function(index: Word) -> Word:
        return read([constant(index.builder, square, 6) for square in squares], index)

    assert table(function, 3) == [squares[min(i, count - 1)] for i in range(8)]


def test_a_row_is_added_where_its_bit_is_set() -> None:
    made = table(lambda select, x, y: add_where(select[0], x, y), 1, 2, 2)
    assert made == numbers(lambda select, x, y: x ^ y * select, 1, 2, 2)


def test_bits_compare_to_bits() -> None:
    assert table(lambda x: word([x[0] == x[1], x[0] != x[1]]), 2) == [1, 2, 2, 1]
    assert table(lambda x: word([x[0] | x[1], x[0] ^ x[1], ~x[0]]), 2) == [4, 3, 7, 1]


def test_a_register_steps_through_its_values() -> None:
    b = Builder()
    count = register(b, "count", 3, reset=6)
    count.set_next(increment(count.value))
    output_word(b, "count", count.value)
    outputs = [step.outputs for step in simulate(b.build(), [()] * 4)]
    assert [x + 2 * y + 4 * z for x, y, z in outputs] == [6, 7, 0, 1]


def test_a_comparison_is_one_gate_and_a_popcount_less_than_two_per_bit() -> None:
    b = Builder()
    output_word(b, "less", word([input_word(b, "x", 16) < input_word(b, "y", 16)]))
    assert b.build().gate_count == 1
    b = Builder()
    output_word(b, "count", popcount(input_word(b, "x", 64)))
    assert b.build().gate_count < 2 * 64


def words_of_two_builders() -> tuple[Word, Word]:
    return input_word(Builder(), "x", 2), input_word(Builder(), "y", 2)


def two(width: int = 2) -> Word:
    return input_word(Builder(), "x", width)


def unequal() -> Word:
    x = two()
    return x + x.extend(3)


MISUSES: list[tuple[str, Callable[[], object]]] = [
    ("^words of 2 and 3 bits where equal are needed", unequal),
    ("two different builders cannot meet", lambda: Word.__add__(*words_of_two_builders())),
    ("bits of two different builders", lambda: two()[0] & two()[0]),
    ("two different builders cannot meet", lambda: two() & two()[0]),
    ("cannot be one word", lambda: concat(*words_of_two_builders())),
    ("bits of two different builders", lambda: word([two()[0], two()[0]])),
    ("4 does not fit in 2 bits", lambda: two() + 4),
    ("-3 does not fit in 2 bits", lambda: two() + -3),
    ("a shift by -1 places", lambda: two() << -1),
    ("a shift by -1 places", lambda: two() >> -1),
    ("a word of 2 bits cannot be extended to 1", lambda: two().extend(1)),
    ("a word of 2 bits cannot be truncated to 3", lambda: two().truncate(3)),
    ("5 words read by an index of 2 bits", lambda: read([two()] * 5, two())),
    ("0 words read by an index of 2 bits", lambda: read([], two())),
    ("a choice between a bit and a word", lambda: where(two()[0], two()[0], two())),  # type: ignore[call-overload]
    ("a choice between a word and a bit", lambda: where(two()[0], two(), two()[0])),  # type: ignore[call-overload]
    ("a register of 3 bits given 2", lambda: register(Builder(), "r", 3).set_next(two())),
]


@pytest.mark.parametrize(("message", "misuse"), MISUSES)
def test_misuse_is_refused(message: str, misuse: Callable[[], object]) -> None:
    with pytest.raises(SourceError, match=message):
        misuse()
