"""A hidden parity of many bits: compiled, learned and verified at every step, in little memory."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import json, re, sys
from pathlib import Path
from runtime.commands.options import labels_for
from runtime.compiled import compile_source

bits, steps, control = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] or None
compiled = compile_source(f"builtin:parity:bits={bits}")
labels = labels_for("parity", 0, bits)
report = json.loads(compiled.verify(steps=steps, labels=labels, control=control).to_json())
# Not getrusage's, which begins at what the process that started this one has.
peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
print(json.dumps(report | {"peak": int(peak[1]) / 2**20}))
"""


def steps_for(bits: int) -> int:
    """Two samples a bit, since half of them are guessed right and teach nothing, and some more."""
    return 2 * bits + 44


def verified(bits: int, control: str = "") -> dict[str, object]:
    """The report, and the most memory that the process had, in GB."""
    command = [sys.executable, "-c", PROGRAM, str(bits), str(steps_for(bits)), control]
    done = subprocess.run(command, capture_output=True, text=True)
    assert not done.returncode, done.stderr
    facts: dict[str, object] = json.loads(done.stdout)
    return facts


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc to see memory in")
def test_a_parity_of_128_bits_is_learned_and_verified_in_less_than_a_gigabyte() -> None:
    bits, facts = 128, verified(128)
    assert facts["emulates"], facts
    assert facts["steps"] == steps_for(bits)
    assert facts["memory_bits"] == bits * (bits - 1) // 2 + 2 * bits
    assert isinstance(facts["last_wrong_step"], int)
    assert facts["last_wrong_step"] < steps_for(bits) - 20  # then it is right
    assert isinstance(facts["peak"], float)
    assert 0.1 < facts["peak"] < 1


@pytest.mark.slow
def test_a_net_with_a_wrong_learning_rate_diverges() -> None:
    facts = verified(24, "learning-rate")
    assert not facts["emulates"]
    assert facts["memory_mismatches"]
