"""The examples of turingmachine.io do what they say, on many inputs, and in the known steps."""

import itertools
import json
import re
from collections.abc import Callable, Iterator

import pytest
from machine_behaviour import Ran, ran, shown
from oracle import SHARED, needs_shared

from circuits.errors import SourceError
from circuits.machines.configuration import initial
from circuits.machines.formats import read_machine
from circuits.machines.machine import Machine
from circuits.machines.run import run

FOLDER = SHARED / "turing" / "turingmachine_io"

pytestmark = needs_shared


def example(name: str) -> Machine:
    return read_machine(FOLDER / f"{name}.yaml")


def words(alphabet: str, longest: int) -> Iterator[str]:
    """All words, from the empty one on."""
    for length in range(longest + 1):
        yield from map("".join, itertools.product(alphabet, repeat=length))


def numbers(longest: int) -> list[str]:
    """All binary numbers of one digit or more, leading zeros among them."""
    return [word for word in words("01", longest) if word]


def test_binary_increment() -> None:
    machine = example("binaryIncrement")
    for number in numbers(7):
        result = ran(machine, number)
        assert result.tape == f"{int(number, 2) + 1:0{len(number)}b}"
        assert result.state == "done"
        carried = len(number) - len(number.rstrip("1"))
        assert result.steps == len(number) + 1 + carried + 1


def test_binary_add() -> None:
    machine = example("binaryAdd")
    for a, b in itertools.product(numbers(4), repeat=2):
        result = ran(machine, f"{a}+{b}")
        total, second = result.tape.split(" ")
        assert int(total, 2) == int(a, 2) + int(b, 2)
        assert second == b
        assert result.state == "done"


def test_binary_mult() -> None:
    machine = example("binaryMult")
    for a, b in itertools.product(numbers(4), repeat=2):
        result = ran(machine, f"{a}*{b}")
        assert int(result.tape or "0", 2) == int(a, 2) * int(b, 2)
        assert result.state == "done"


def test_copy_1s() -> None:
    for count in range(12):
        result = ran(example("copy1s"), "1" * count)
        ones = "1" * count
        assert result.tape == (f"{ones}0{ones}" if count else "")
        assert result.state == "H"
        assert result.steps == 2 * count**2 + 3 * count + 1


def test_unary_mult() -> None:
    for a, b in itertools.product(range(6), repeat=2):
        result = ran(example("unaryMult"), "|" * a + "*" + "|" * b)
        assert result.tape == ("|" * a + "*" + "|" * b + " " + "|" * (a * b)).strip(" ")
        assert result.state == "done"


def product_of_lengths(word: str) -> bool:
    found = re.fullmatch("(a+)(b+)(c+)", word)
    return found is not None and len(found[1]) * len(found[2]) == len(found[3])


def equal_lengths(word: str) -> bool:
    found = re.fullmatch("(a+)(b+)(c+)", word)
    return found is not None and len(found[1]) == len(found[2]) == len(found[3])


def equal_strings(word: str) -> bool:
    first, middle, second = word.partition("#")
    return middle == "#" and first == second


LONG_PRODUCTS = [
    "a" * i + "b" * j + "c" * k for i, j, k in itertools.product(range(5), range(5), range(17))
]
LONG_LENGTHS = [
    "a" * i + "b" * j + "c" * k for i, j, k in itertools.product(range(6), repeat=3)
]  # fmt: skip
PAIRS = [f"{a}#{b}" for a, b in itertools.product(words("01", 4), repeat=2)]

DECIDERS: list[tuple[str, list[str], Callable[[str], bool]]] = [
    ("divisibleBy3", list(words("01", 9)), lambda word: int(word or "0", 2) % 3 == 0),
    (
        "divisibleBy3Base10",
        [*map(str, range(1500)), "007", "1337", "5328", "7521", "314159265"],
        lambda word: int(word) % 3 == 0,
    ),
    ("lengthMult", [*words("abc", 5), *LONG_PRODUCTS], product_of_lengths),
    ("matchThreeLengths", [*words("abc", 6), *LONG_LENGTHS], equal_lengths),
    ("matchBinaryStrings", [*words("01#", 5), *PAIRS], equal_strings),
    ("palindrome", list(words("ab", 9)), lambda word: word == word[::-1]),
    ("powersOfTwo", ["0" * n for n in range(70)], lambda word: len(word).bit_count() == 1),
]


@pytest.mark.parametrize(("name", "inputs", "accepts"), DECIDERS)
def test_a_decider_accepts_its_language(
    name: str, inputs: list[str], accepts: Callable[[str], bool]
) -> None:
    machine = example(name)
    yes = 0
    for word in inputs:
        expected = accepts(word)
        assert (ran(machine, word).state == "accept") == expected, word
        yes += expected
    assert 4 <= yes < len(inputs)


def test_a_decider_that_rejects_says_so() -> None:
    for name, word in (("palindrome", "ab"), ("powersOfTwo", "000")):
        assert ran(example(name), word).state == "reject"


def test_busy_beavers() -> None:
    assert ran(example("busyBeaver3")) == Ran(13, "H", "111111", 6)
    assert ran(example("busyBeaver4"))[::3] == (107, 13)


def test_repeat_01_writes_for_ever() -> None:
    machine = example("repeat01")
    for steps in range(100):
        result = run(machine, initial(machine), steps)
        assert result.steps == steps
        assert machine.states[result.configuration.state] == "bcef"[steps % 4]
        written = shown(machine, result.configuration)
        assert written == " ".join("01"[i % 2] for i in range((steps + 1) // 2))


def test_the_known_answers_on_the_files_own_inputs() -> None:
    known = json.loads((SHARED / "turing" / "known_answers.json").read_text())
    stated = [row for row in known["turingmachine_io_examples"] if "steps" in row]
    assert len(stated) == 14
    for row in stated:
        machine = example(row["file"].removesuffix(".yaml"))
        given = "".join(machine.symbols[symbol] for symbol in machine.input)
        assert given == row.get("input", "")
        result = ran(machine)
        assert result.steps == row["steps"]
        assert result.tape == row.get("tape", result.tape)
        assert result.score == row.get("ones", result.score)
        assert result.state == row.get("final", result.state)


def test_the_template_is_no_machine() -> None:
    with pytest.raises(SourceError) as caught:
        example("_template")
    assert str(caught.value) == (
        f"{FOLDER / '_template.yaml'}:2:8: the blank symbol '${{3: }}' has 6 characters\n"
        "    blank: '${3: }'\n"
        "           ^\n"
        "  help: this looks like a template to be filled in"
    )


def test_every_example_is_here() -> None:
    files = {path.stem for path in FOLDER.glob("*.yaml")}
    assert files == {
        *("binaryAdd", "binaryIncrement", "binaryMult", "copy1s", "unaryMult", "repeat01"),
        *("busyBeaver3", "busyBeaver4", "_template", *(name for name, _, _ in DECIDERS)),
    }
