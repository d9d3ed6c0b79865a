"""What numba keeps compiled on disk is never older than the code.

numba compiles a function anew when the file that it is in has changed. A function that it calls,
and which is compiled into it, may be in another file, and so may a constant that it uses. So a file
of compiled functions ends with a stamp, a digest of the project's files that it imports: when one
of these changes, it changes too, and so do those that import it. An upgrade, which leaves numba's
own files where they are, could otherwise run a mixture of old and new code.

`python tests/test_kernel_stamps.py` writes the stamps that are due.
"""

import ast
import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

_STAMP = re.compile(r"\n+# For numba's cache, a digest of what is imported: (\w+)\n\Z")


def imported(path: Path) -> dict[str, Path]:
    """The project's files from which a file takes something at its top level, by module."""
    found = {}
    for statement in ast.parse(path.read_text()).body:
        if isinstance(statement, ast.ImportFrom) and statement.module:
            other = ROOT / (statement.module.replace(".", "/") + ".py")
            if other.exists():
                found[statement.module] = other
    return found


def has_kept_functions(path: Path) -> bool:
    """Whether numba keeps functions of this file on disk."""
    return bool(re.search(r"^from .* import .*\bcompiled\b|^ +compiled,$", path.read_text(), re.M))


KERNELS = sorted(
    path
    for package in ("circuits", "compiler", "runtime")
    for path in (ROOT / package).rglob("*.py")
    if has_kept_functions(path)
)


def due(path: Path) -> str:
    """The digest that a file should end with."""
    digest = hashlib.sha256()
    for _, other in sorted(imported(path).items()):
        digest.update(other.read_bytes())
    return digest.hexdigest()[:16]


def stamp(path: Path) -> str | None:
    """The digest that a file ends with."""
    found = _STAMP.search(path.read_text())
    return found and found[1]


@pytest.mark.parametrize("path", KERNELS, ids=lambda path: path.stem)
def test_a_stamp_is_of_what_is_imported_now(path: Path) -> None:
    assert stamp(path) == due(path), "python tests/test_kernel_stamps.py"


def test_the_engines_are_stamped_and_a_change_is_noticed(tmp_path: Path) -> None:
    engines = ROOT / "runtime" / "engines"
    assert {engines / "native_kernels.py", engines / "boolean_kernels.py"} <= set(KERNELS)
    changed = tmp_path / "changed.py"
    changed.write_text("from runtime.engines.layout import Layout\n")
    before = due(changed)
    changed.write_text("from runtime.engines.plan import Plan\n")
    assert due(changed) != before
    assert stamp(changed) is None


def test_nothing_else_is_kept_by_numba() -> None:
    """Else it would have no stamp."""
    keeping = [
        path
        for package in ("circuits", "compiler", "runtime")
        for path in (ROOT / package).rglob("*.py")
        if "cache=True" in path.read_text()
    ]
    assert keeping == [ROOT / "circuits" / "jit.py"]


def rewrite() -> None:
    """Write the stamps that are due, until none is left, as files import each other."""
    for _ in KERNELS:
        for path in KERNELS:
            text = _STAMP.sub("", path.read_text()).rstrip("\n")
            line = f"# For numba's cache, a digest of what is imported: {due(path)}"
            if path.read_text() != f"{text}\n\n\n{line}\n":
                path.write_text(f"{text}\n\n\n{line}\n")


if __name__ == "__main__":
    rewrite()
