"""EPFL's arithmetic circuits compute what they are called, on numbers."""

from random import Random

from oracle import SHARED, needs_shared
from vectors import run_on_words

from circuits.circuit import Circuit
from circuits.formats.aiger import read_aiger

pytestmark = needs_shared
BITS = 128
SAMPLES = 64


def read(name: str) -> Circuit:
    return read_aiger((SHARED / "circuits/epfl" / f"{name}.aig").read_bytes())


def random_words(count: int, seed: int, **widths: int) -> list[dict[str, int]]:
    random = Random(seed)
    return [{word: random.getrandbits(n) for word, n in widths.items()} for _ in range(count)]


def signed(word: int) -> int:
    return word - (word >> (BITS - 1) << BITS)


def test_adder_adds() -> None:
    samples = random_words(SAMPLES, 1, a=BITS, b=BITS)
    for sample, result in zip(samples, run_on_words(read("adder"), samples), strict=True):
        assert result["f"] + (result["cOut"] << BITS) == sample["a"] + sample["b"]


def test_multiplier_multiplies() -> None:
    samples = random_words(SAMPLES, 2, a=64, b=64)
    for sample, result in zip(samples, run_on_words(read("multiplier"), samples), strict=True):
        assert result == {"f": sample["a"] * sample["b"]}


def test_max_finds_the_greatest_signed_word_and_its_address() -> None:
    samples = random_words(SAMPLES, 3, in0=BITS, in1=BITS, in2=BITS, in3=BITS)
    for sample, result in zip(samples, run_on_words(read("max"), samples), strict=True):
        greatest = max(range(4), key=lambda i: signed(sample[f"in{i}"]))
        assert result == {"address": greatest, "result": sample[f"in{greatest}"]}


def test_barrel_shifter_rotates_left() -> None:
    samples = random_words(SAMPLES, 4, a=BITS, shift=7)
    for sample, result in zip(samples, run_on_words(read("bar"), samples), strict=True):
        both = sample["a"] << sample["shift"]
        assert result == {"result": (both | both >> BITS) & ((1 << BITS) - 1)}


def test_decoder_raises_one_line() -> None:
    samples = [{"count": count} for count in range(256)]
    for sample, result in zip(samples, run_on_words(read("dec"), samples), strict=True):
        assert result["selectp1"] << BITS | result["selectp2"] == 1 << sample["count"]


def test_priority_encoder_finds_the_highest_line() -> None:
    samples = [{"A": s["A"] >> s["by"]} for s in random_words(SAMPLES, 5, A=BITS, by=7)]
    for sample, result in zip(samples, run_on_words(read("priority"), samples), strict=True):
        highest = max(sample["A"].bit_length() - 1, 0)
        assert result == {"P": highest, "F": int(sample["A"] > 0)}
