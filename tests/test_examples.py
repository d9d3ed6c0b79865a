"""Every example runs as it is, in a folder of its own, and shows what it says it shows."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from compiler.export.node_link import node_link_json
from runtime.compiled import compile_source

ROOT = Path(__file__).parent.parent
EXAMPLES, README = ROOT / "examples", ROOT / "README.md"

SHOWS = {
    "01_parity": r"""hidden parity [01]{8}
\d+ vertices, \d+ weights, all of them trained
wrong in \d+ of 100 steps, the last time in step \d\d?
""",
    "02_your_own_circuit": r"""step 0: 5 was not enough; now 6
(step \d+: \d+ was not enough; now \d+
)*step \d+: 10 was not enough; now 11
emulates: True, \d+ of 200 steps updated
""",
    "03_break_it": r"""as it is: emulates True

flip-weight: emulates False
  step \d+: .*: expected .*, got .*

learning-rate: emulates False
  step \d+: .*: expected .*, got .*

batch-size: emulates False
  step \d+: .*: expected .*, got .*

wrong-circuit: emulates False
  step \d+: .*: expected .*, got .*
""",
    "04_retrain_with_numpy": r"""output [+-]1 label \+1
output [+-]1 label -1
[-0-9a-fx.p+ ]+
""",
    "05_busy_beaver": r"""\d+ weights, all trained; learning rate 4.0
step  tape and state   loss  memory edges whose sign SGD flipped
   0  0000000000A0000
   1  00000000001B000   4.0  cell\[10\].symbol\[0\] cell\[10\].head cell\[11\].head state\[0\]
(   \d  [01]*[ABCD][01]+   4.0( cell\[\d+\]\.\w+(\[0\])?| state\[\d\]| )+
){6}   \.\.\.
( 10\d  [01]*[ABCD][01]+   4.0( cell\[\d+\]\.\w+(\[0\])?| state\[\d\]| )+
){4} 107  1Z0111111111111   4.0  cell\[0\].symbol\[0\] .*
halted after 107 steps of SGD, leaving 13 ones
""",
    "06_learning_under_noise": r"""hidden parity [01]{8}
21878 of 21878 weights are not as they were built
16 outputs while learning, from 0.49\d to 0.50\d
100 of 100 answers within 1/2 of the label
""",
    "07_rcnn_parity": r"""40 states, \d+ parameters, width \d+
2 bits, 12 samples, 500 layers: right on 100% of 200 fresh
4 bits, 14 samples, 2000 layers: right on 100% of 200 fresh
6 bits, 16 samples, 5000 layers: right on 100% of 200 fresh
""",
}


def test_every_example_is_run() -> None:
    assert [path.stem for path in sorted(EXAMPLES.glob("*.py"))] == list(SHOWS)


QUICK = {"01_parity", "04_retrain_with_numpy"}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] * (n not in QUICK)) for n in SHOWS]
)
def test_the_example_shows_what_it_says(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py")]
    if name == "04_retrain_with_numpy":
        net = compile_source("builtin:parity:bits=2").net
        (tmp_path / "net.json").write_bytes(b"".join(node_link_json(net)))
        (tmp_path / "samples.txt").write_text("101 1\n110 0\n")
        command += ["net.json", "samples.txt"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(SHOWS[name], done.stdout)
    if name == "05_busy_beaver":
        quoted = re.findall(r"^ 10\d  .*\n", README.read_text(), re.MULTILINE)
        assert quoted
        assert "".join(quoted) in done.stdout
