"""Every rule of the AIGER format, broken: the place and the words of the refusal."""

import re
from typing import NamedTuple

import pytest

from circuits.errors import SourceError
from circuits.formats.aiger import read_aiger


class Refusal(NamedTuple):
    data: bytes
    first_line: str
    hint: str


_START = (
    "an AIGER file starts with 'aag M I L O A [B [C [J [F]]]]' or 'aig M I L O A [B [C [J [F]]]]'"
)
_CUT = "every line ends with a newline; is the file cut off?"
_SHORT = "is the file cut off, or a count in the header too large?"
_COUNTS = "do the counts in the header agree with the sections?"
_SPACING = "numbers are separated by exactly one space, and nothing follows the last"
_EVEN = "inputs, latches and AND gates are even literals from 2"
_SYMBOL = "a symbol is 'i0 name' (letters i l o b c j f), a comment starts with a line 'c'"
_LOOP = "a loop must go through a latch"
_UNDEFINED = "define it as an input, a latch or an AND gate"
_UNPRINTABLE = "names are printable; lines end with a newline alone"
_OPERANDS = (
    "operands are smaller than the gate and not negative; "
    "is the file damaged, or an ASCII file under the header 'aig'?"
)

REFUSALS = {
    "empty file": Refusal(b"", "f.aag:1:1: not an AIGER file", _START),
    "another format": Refusal(b".model x\n", "f.aag:1:1: not an AIGER file", _START),
    "aag without blank": Refusal(b"aag\n", "f.aag:1:1: not an AIGER file", _START),
    "no newline after header": Refusal(
        b"aag 0 0 0 0 0", "f.aag:1:14: the file ends inside the line of the header", _CUT
    ),
    "four numbers": Refusal(
        b"aag 0 0 0 0\n",
        "f.aag:1:12: the line of the header is 'M I L O A [B [C [J [F]]]]', but has 4 numbers",
        "trailing zeros after A may be left out",
    ),
    "ten numbers": Refusal(
        b"aag 0 0 0 0 0 0 0 0 0 0\n",
        "f.aag:1:24: the line of the header is 'M I L O A [B [C [J [F]]]]', but has 10 numbers",
        "trailing zeros after A may be left out",
    ),
    "two spaces in header": Refusal(
        b"aag  1 1 0 0 0\n2\n", "f.aag:1:5: expected a number, found ' '", _SPACING
    ),
    "space at end of header": Refusal(
        b"aag 1 1 0 0 0 \n2\n", "f.aag:1:14: the line ends with a space", _SPACING
    ),
    "leading zero": Refusal(
        b"aag 1 01 0 0 0\n2\n", "f.aag:1:7: a number has leading zeros", "write it without them"
    ),
    "carriage return": Refusal(
        b"aag 1 1 0 0 0\r\n2\r\n",
        "f.aag:1:14: the line ends with a carriage return",
        "AIGER lines end with a newline alone; convert the line ends",
    ),
    "negative": Refusal(b"aag 1 -1 0 0 0\n", "f.aag:1:7: expected a number, found '-1'", _SPACING),
    "long number": Refusal(
        b"aag 99999999999 1 0 0 0\n",
        "f.aag:1:5: a number of 11 digits",
        "no literal needs more than 10",
    ),
    "large M": Refusal(
        b"aag 33554432 1 0 0 0\n", "f.aag:1:5: M is 33554432, above 33554431", "split the circuit"
    ),
    "small M": Refusal(
        b"aag 2 1 1 0 1\n", "f.aag:1:5: M is 2, but I + L + A = 3", "M is the largest variable"
    ),
    "binary M too large": Refusal(
        b"aig 2 1 0 1 0\n3\n",
        "f.aag:1:5: M is 2, but I + L + A = 1",
        "a binary file has M = I + L + A",
    ),
    "tab": Refusal(b"aag 3 2 0 0 1\n2\n4\n6\t2 4\n", "f.aag:4:2: '\\t' after a number", _SPACING),
    "letters": Refusal(b"aag 1 1 0 0 0\nx\n", "f.aag:2:1: expected a number, found 'x'", _COUNTS),
    "blank line": Refusal(b"aag 1 1 0 0 0\n\n", "f.aag:2:1: the line is empty", _COUNTS),
    "missing number": Refusal(
        b"aag 3 2 0 0 1\n2\n4\n6 2\n",
        "f.aag:4:4: the line of an AND gate is 'lhs rhs0 rhs1', but has 2 numbers",
        _COUNTS,
    ),
    "input with two numbers": Refusal(
        b"aag 1 1 0 0 0\n2 2\n",
        "f.aag:2:4: the line of an input is 'literal', but has 2 numbers",
        _COUNTS,
    ),
    "sections missing": Refusal(
        b"aag 3 2 0 1 1\n2\n4\n", "f.aag:4:1: the file ends before the line of an output", _SHORT
    ),
    "cut in line": Refusal(
        b"aag 3 2 0 1 1\n2\n4\n6\n6 2",
        "f.aag:5:4: the file ends inside the line of an AND gate",
        _CUT,
    ),
    "odd input": Refusal(b"aag 2 1 0 0 0\n3\n", "f.aag:2:1: literal 3 cannot be defined", _EVEN),
    "zero input": Refusal(b"aag 2 1 0 0 0\n0\n", "f.aag:2:1: literal 0 cannot be defined", _EVEN),
    "odd and": Refusal(
        b"aag 2 1 0 0 1\n2\n5 2 2\n", "f.aag:3:1: literal 5 cannot be defined", _EVEN
    ),
    "input twice": Refusal(
        b"aag 2 2 0 0 0\n2\n2\n",
        "f.aag:3:1: literal 2 is defined again; first in line 2",
        "give one of the two another variable",
    ),
    "latch is input": Refusal(
        b"aag 2 1 1 0 0\n2\n2 3\n",
        "f.aag:3:1: literal 2 is defined again; first in line 2",
        "give one of the two another variable",
    ),
    "and is input": Refusal(
        b"aag 2 1 0 0 1\n2\n2 2 3\n",
        "f.aag:3:1: literal 2 is defined again; first in line 2",
        "give one of the two another variable",
    ),
    "above M": Refusal(
        b"aag 1 1 0 1 0\n2\n4\n",
        "f.aag:3:1: literal 4 is above 2M + 1 = 3",
        "M in the header is the largest variable",
    ),
    "and above M": Refusal(
        b"aag 2 1 0 0 1\n2\n4 2 6\n",
        "f.aag:3:5: literal 6 is above 2M + 1 = 5",
        "M in the header is the largest variable",
    ),
    "undefined output": Refusal(
        b"aag 3 1 0 1 0\n2\n7\n",
        "f.aag:3:1: literal 7 is used but variable 3 is not defined",
        _UNDEFINED,
    ),
    "undefined latch next": Refusal(
        b"aag 3 0 1 0 0\n2 6\n",
        "f.aag:2:3: literal 6 is used but variable 3 is not defined",
        _UNDEFINED,
    ),
    "undefined operand": Refusal(
        b"aag 3 1 0 0 1\n2\n6 2 5\n",
        "f.aag:3:5: literal 5 is used but variable 2 is not defined",
        _UNDEFINED,
    ),
    "reset function": Refusal(
        b"aag 3 1 1 0 0\n2\n4 2 2\n",
        "f.aag:3:5: latch 4 has the reset function 2; reset functions are not supported",
        "reset it to 0, to 1, or to 4 for uninitialised",
    ),
    "reset complement": Refusal(
        b"aag 3 1 1 0 0\n2\n4 2 5\n",
        "f.aag:3:5: latch 4 has the reset function 5; reset functions are not supported",
        "reset it to 0, to 1, or to 4 for uninitialised",
    ),
    "binary reset function": Refusal(
        b"aig 2 1 1 0 0\n4 2\n",
        "f.aag:2:3: latch 4 has the reset function 2; reset functions are not supported",
        "reset it to 0, to 1, or to 4 for uninitialised",
    ),
    "self cycle": Refusal(
        b"aag 1 0 0 0 1\n2 2 1\n",
        "f.aag:2:1: AND gates form a cycle: 2 (line 2) <- 2 (line 2)",
        _LOOP,
    ),
    "cycle": Refusal(
        b"aag 4 1 0 1 3\n2\n8\n4 6 2\n6 9 2\n8 5 2\n",
        "f.aag:4:1: AND gates form a cycle: 4 (line 4) <- 6 (line 5) <- 8 (line 6) <- 4 (line 4)",
        _LOOP,
    ),
    "long cycle": Refusal(
        b"aag 12 0 0 0 12\n"
        + b"".join(b"%d %d 1\n" % (2 * i, 2 * (i % 12) + 2) for i in range(1, 13)),
        "f.aag:2:1: AND gates form a cycle: 2 (line 2) <- 4 (line 3) <- 6 (line 4) <- 8 (line 5) "
        "<- (6 more) <- 22 (line 12) <- 24 (line 13) <- 2 (line 2)",
        _LOOP,
    ),
    "empty justice": Refusal(
        b"aag 0 0 0 0 0 0 0 1\n0\n",
        "f.aag:2:1: justice property 0 has no literals",
        "leave it out: every run satisfies it",
    ),
    "justice too few": Refusal(
        b"aag 0 0 0 0 0 0 0 2\n1\n2\n0\n",
        "f.aag:5:1: the file ends before the line of a justice literal",
        _SHORT,
    ),
    "symbol position": Refusal(
        b"aag 1 1 0 0 0\n2\ni1 x\n",
        "f.aag:3:2: there is no i1: the header counts 1",
        "positions count from 0",
    ),
    "symbol kind": Refusal(
        b"aag 1 1 0 0 0\n2\nl0 x\n",
        "f.aag:3:2: there is no l0: the header counts 0",
        "positions count from 0",
    ),
    "symbol twice": Refusal(
        b"aag 1 1 0 0 0\n2\ni0 x\ni0 y\n",
        "f.aag:4:1: i0 has a name already: 'x'",
        "keep one of the two",
    ),
    "symbol leading zero": Refusal(
        b"aag 1 1 0 0 0\n2\ni00 x\n", "f.aag:3:1: neither a symbol nor a comment", _SYMBOL
    ),
    "symbol without name": Refusal(
        b"aag 1 1 0 0 0\n2\ni0\n", "f.aag:3:1: neither a symbol nor a comment", _SYMBOL
    ),
    "symbol empty name": Refusal(
        b"aag 1 1 0 0 0\n2\ni0 \n", "f.aag:3:4: an empty name", _UNPRINTABLE
    ),
    "symbol carriage return": Refusal(
        b"aag 1 1 0 0 0\n2\ni0 x\r\n", "f.aag:3:5: a control character in a name", _UNPRINTABLE
    ),
    "symbol not utf8": Refusal(
        b"aag 1 1 0 0 0\n2\ni0 a\xff\n",
        "f.aag:3:5: the name is not UTF-8",
        "rename it, or convert the file",
    ),
    "symbol no newline": Refusal(
        b"aag 1 1 0 0 0\n2\ni0 x", "f.aag:3:5: the file ends inside the line of a symbol", _CUT
    ),
    "blank line before symbols": Refusal(
        b"aag 1 1 0 0 0\n2\n\ni0 x\n", "f.aag:3:1: neither a symbol nor a comment", _SYMBOL
    ),
    "comment with text": Refusal(
        b"aag 1 1 0 0 0\n2\nc hello\n", "f.aag:3:1: neither a symbol nor a comment", _SYMBOL
    ),
    "constraint symbol without constraints": Refusal(
        b"aag 1 1 0 0 0\n2\nc0 hello\n",
        "f.aag:3:2: there is no c0: the header counts 0",
        "positions count from 0",
    ),
    "comment no newline": Refusal(
        b"aag 1 1 0 0 0\n2\nc\nhello", "f.aag:4:6: the comment does not end with a newline", _CUT
    ),
    "trailing lines": Refusal(
        b"aag 1 1 0 0 0\n2\n2\n", "f.aag:3:1: neither a symbol nor a comment", _SYMBOL
    ),
    "binary eof": Refusal(
        b"aig 3 2 0 1 1\n6\n\x02",
        "f.aag: the file ends at byte 17, in AND gate 1 of 1",
        "is the file cut off?",
    ),
    "binary eof in number": Refusal(
        b"aig 3 2 0 1 1\n6\n\x82",
        "f.aag: the file ends at byte 17, in AND gate 1 of 1",
        "is the file cut off?",
    ),
    "binary long": Refusal(
        b"aig 3 2 0 1 1\n6\n\x82\x80\x80\x80\x80\x01\x02",
        "f.aag: the number at byte 16 is longer than 5 bytes",
        "is the file damaged, or an ASCII file under the header 'aig'?",
    ),
    "binary zero": Refusal(
        b"aig 3 2 0 1 1\n6\n\x00\x02",
        "f.aag: AND gate 6 at byte 16: differences 0 and 2 lead to operands 6 and 4",
        _OPERANDS,
    ),
    "binary neg": Refusal(
        b"aig 3 2 0 1 1\n6\n\x02\x05",
        "f.aag: AND gate 6 at byte 16: differences 2 and 5 lead to operands 4 and -1",
        _OPERANDS,
    ),
    "ascii under aig": Refusal(
        b"aig 3 2 0 1 1\n6\n6 2 4\n",
        "f.aag: AND gate 6 at byte 16: differences 54 and 32 lead to operands -48 and -80",
        _OPERANDS,
    ),
    "newline before symbols": Refusal(
        b"aig 3 2 0 1 1\n6\n\x02\x02\ni0 x\n", "f.aag:3:3: neither a symbol nor a comment", _SYMBOL
    ),
    "symbol after deltas": Refusal(
        b"aig 3 2 0 1 1\n6\n\x02\x02i2 x\n",
        "f.aag:3:4: there is no i2: the header counts 2",
        "positions count from 0",
    ),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS.keys())
def test_a_broken_rule_is_refused_at_its_place(refusal: Refusal) -> None:
    with pytest.raises(SourceError) as caught:
        read_aiger(refusal.data, "f.aag")
    report = str(caught.value).splitlines()
    assert report[0] == refusal.first_line
    assert report[-1] == f"  help: {refusal.hint}"


def test_the_report_shows_the_line_with_a_caret() -> None:
    with pytest.raises(SourceError) as caught:
        read_aiger(REFUSALS["undefined operand"].data, "half.aag")
    assert str(caught.value) == (
        "half.aag:3:5: literal 5 is used but variable 2 is not defined\n"
        "    6 2 5\n"
        "        ^\n"
        "  help: define it as an input, a latch or an AND gate"
    )


def test_the_column_counts_characters_and_control_characters_are_not_echoed() -> None:
    data = "aag 1 1 0 0 0\n2\ni0 é\x1b[31m\n".encode()
    with pytest.raises(SourceError, match=re.escape("<input>:3:5: a control character")) as caught:
        read_aiger(data)
    assert "\x1b" not in str(caught.value)
