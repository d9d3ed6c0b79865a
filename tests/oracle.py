"""ABC, from the pyosys wheel, as an oracle: proves two circuits equal for all inputs.

`SHARED` is the folder of circuits that tests read and the repository does not hold.
"""

import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest

from circuits.circuit import Circuit, OutputKind
from circuits.formats.aiger import write_aiger_binary

SHARED = Path(__file__).resolve().parents[2] / "shared"

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="no folder of shared circuits")
needs_yosys = pytest.mark.skipif(find_spec("pyosys") is None, reason="pyosys is not installed")

_READ_BY_ABC = {".aig", ".bench", ".blif", ".pla"}


class Check(NamedTuple):
    """An equivalence check of ABC, and how it says yes and no."""

    command: str
    equal: str
    different: str


_COMBINATIONAL = Check(
    "cec -n -C 1000000 {} {}", "Networks are equivalent", "Networks are NOT EQUIVALENT"
)
_SEQUENTIAL = Check("dsec -n {} {}", "Networks are equivalent", "Networks are NOT EQUIVALENT")
_CLOSED = Check("miter -n {} {}; pdr", "Property proved", "was asserted in frame")


def abc_equivalent(a: Circuit | Path, b: Circuit | Path) -> bool:
    """Whether two circuits, or files that ABC reads, give equal outputs for all inputs, always.

    Ports are matched by position. Outputs of every kind are compared, and uninitialised latches
    start at 0, as in the reference semantics; ABC takes the latches of a .bench file to be so.

    Raises:
        RuntimeError: ABC says neither that they are equal nor that they are not.
    """
    found = find_spec("pyosys")
    if found is None or found.origin is None:
        pytest.skip("pyosys, which brings ABC, is not installed")
    program = str(Path(found.origin).with_name("yosys-abc"))
    with TemporaryDirectory() as folder:
        files = [_as_aig(program, item, Path(folder) / f"{i}.aig") for i, item in enumerate((a, b))]
        check = _check(files)
        log = _run(program, check.command.format(*files))
    if (check.equal in log) == (check.different in log):
        raise RuntimeError(f"ABC gives no verdict: {log}")
    return check.equal in log


def yosys_aig(files: list[Path], folder: Path) -> list[Path]:
    """ASCII AIGER files, which ABC does not read, made binary by Yosys, all in one process.

    Yosys sorts ports by name, so this serves for files without symbols.
    """
    if find_spec("pyosys") is None:
        pytest.skip("pyosys is not installed")
    targets = [folder / f"{number}.aig" for number in range(len(files))]
    script = folder / "script.ys"
    script.write_text(
        "".join(
            f'design -reset\nread_aiger "{file}"\nwrite_aiger -no-sort {target}\n'
            for file, target in zip(files, targets, strict=True)
        )
    )
    program = f"from pyosys import libyosys as y; y.run_pass('script {script}', y.Design())"
    subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return targets


def _check(files: list[Path]) -> Check:
    """The check for such files; dsec fails on circuits without inputs."""
    counts = [list(map(int, file.read_bytes().split(b" ", 4)[1:4])) for file in files]
    if not any(latches for _, _, latches in counts):
        return _COMBINATIONAL
    return _SEQUENTIAL if any(inputs for _, inputs, _ in counts) else _CLOSED


def _as_aig(program: str, item: Circuit | Path, target: Path) -> Path:
    """A file with outputs only and latches that start at 0, by us or, of a file, by ABC."""
    if isinstance(item, Circuit):
        outputs = tuple(replace(o, kind=OutputKind.OUTPUT) for o in item.outputs)
        latches = tuple(replace(latch, reset=latch.reset or 0) for latch in item.latches)
        target.write_bytes(write_aiger_binary(replace(item, outputs=outputs, latches=latches)))
        return target
    if item.suffix not in _READ_BY_ABC:
        raise ValueError(f"ABC does not read {item}")
    log = _run(program, f'read "{item}"; strash; zero; strash; write_aiger {target}')
    if not target.exists():
        raise RuntimeError(f"ABC did not read {item}: {log}")
    return target


def _run(program: str, script: str) -> str:
    done = subprocess.run(
        [program, "-q", script], capture_output=True, text=True, check=False, timeout=300
    )
    return done.stdout + done.stderr
