"""The shape of the code: who may import what, how long files may be, what they may be called.

Every rule is a function from a folder of packages to what breaks it there, so that each can be
shown to find something.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import circuits

ROOT = Path(circuits.__file__).parent.parent

MAY_IMPORT = {
    "circuits": {"circuits"},
    "compiler": {"circuits", "compiler"},
    "runtime": {"circuits", "compiler", "runtime"},
}
"""Imports point downwards."""

WITHOUT_TORCH = ("circuits", "compiler")
RUNS_CODE_FROM_FILES = {"pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
SAYS_NOTHING = {"utils", "util", "common", "helpers", "helper", "misc", "lib"}
LONGEST = 260


def files(root: Path, *packages: str) -> Iterator[tuple[str, str, str]]:
    """(package, path from the root, text) of every module."""
    for package in packages or MAY_IMPORT:
        for path in sorted((root / package).rglob("*.py")):
            yield package, path.relative_to(root).as_posix(), path.read_text()


def imported(text: str) -> Iterator[tuple[int, str]]:
    """(line, module) of every import, in functions too, and of every place written as text."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            place = re.fullmatch(r"((?:circuits|compiler|runtime)(?:\.\w+)+)(?::\w+)?", node.value)
            if place:
                yield node.lineno, place[1]


def upward_imports(root: Path) -> list[str]:
    return [
        f"{path}:{line}: {package} imports {module}"
        for package, path, text in files(root)
        for line, module in imported(text)
        if (head := module.partition(".")[0]) in MAY_IMPORT and head not in MAY_IMPORT[package]
    ]


def relative_imports(root: Path) -> list[str]:
    return [
        f"{path}:{line}: relative import of {module}"
        for _, path, text in files(root)
        for line, module in imported(text)
        if module.startswith(".")
    ]


def torch_below_runtime(root: Path) -> list[str]:
    return [
        f"{path}:{line}: {package} imports {module}"
        for package, path, text in files(root, *WITHOUT_TORCH)
        for line, module in imported(text)
        if module.partition(".")[0] == "torch"
    ]


def code_from_files(root: Path) -> list[str]:
    return [
        f"{path}:{line}: {module} runs what a file says"
        for _, path, text in files(root)
        for line, module in imported(text)
        if module.partition(".")[0] in RUNS_CODE_FROM_FILES
    ]


def long_files(root: Path) -> list[str]:
    return [
        f"{path}: {lines} lines, more than {LONGEST}"
        for _, path, text in files(root)
        if (lines := len(text.splitlines())) > LONGEST
    ]


def empty_names(root: Path) -> list[str]:
    return [
        f"{path}: a name that says nothing"
        for _, path, _ in files(root)
        if SAYS_NOTHING & set(path.removesuffix(".py").split("/"))
    ]


RULES = (
    upward_imports, relative_imports, torch_below_runtime, code_from_files, long_files, empty_names,
)  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_the_packages_keep_the_rule(rule: Callable[[Path], list[str]]) -> None:
    assert len(list(files(ROOT))) > 50
    assert rule(ROOT) == []


BROKEN = [
    (upward_imports, "circuits/a.py", "import compiler.net", "1: circuits imports compiler.net"),
    (
        upward_imports,
        "compiler/passes/a.py",
        "def f():\n    from runtime.cli import main",
        "2: compiler imports runtime.cli",
    ),
    (
        upward_imports,
        "circuits/formats/a.py",
        "READER = 'compiler.netfile:load_net'",
        "1: circuits imports compiler.netfile",
    ),
    (relative_imports, "runtime/a.py", "from .cli import x", "1: relative import of .cli"),
    (
        torch_below_runtime,
        "compiler/a.py",
        "if True:\n    import torch.nn as nn",
        "2: compiler imports torch.nn",
    ),
    (torch_below_runtime, "circuits/a.py", "from torch import nn", "1: circuits imports torch"),
    (code_from_files, "runtime/a.py", "import pickle", "1: pickle runs what a file says"),
    (long_files, "runtime/a.py", "\n" * 261, " 261 lines, more than 260"),
    (empty_names, "compiler/utils.py", "", " a name that says nothing"),
    (empty_names, "compiler/common/a.py", "", " a name that says nothing"),
]


@pytest.mark.parametrize(("rule", "path", "text", "found"), BROKEN)
def test_a_broken_rule_is_found(
    rule: Callable[[Path], list[str]], path: str, text: str, found: str, tmp_path: Path
) -> None:
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(text + "\n" * (rule is not long_files))
    assert rule(tmp_path) == [f"{path}:{found}"]


def test_every_rule_is_shown_to_find_something() -> None:
    assert {rule for rule, *_ in BROKEN} == set(RULES)


EVERYTHING_BELOW_RUNTIME = """
import pkgutil
from importlib import import_module
import circuits, compiler
for package in (circuits, compiler):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        import_module(module.name)
from circuits.catalog import builtin_learner
from compiler.pipeline import compile_net
compile_net(builtin_learner("parity:bits=2"))
"""

COMMANDS = {
    "--help": ["--help"],
    "verify --help": ["verify", "--help"],
    "info": ["info", "builtin:parity:bits=2"],
    "inspect": ["inspect", "builtin:parity:bits=2"],
    "inspect --vertex": ["inspect", "builtin:parity:bits=2", "--vertex", "7"],
    "simulate": ["simulate", "builtin:parity:bits=2"],
    "compile": ["compile", "builtin:parity:bits=2", "-o", "p.net"],
}


def modules_after(program: str, folder: Path) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after a program."""
    program += "\nimport sys\nprint(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


def running(arguments: list[str]) -> str:
    return f"from runtime.cli import sgdcc\nsgdcc.main({arguments}, standalone_mode=False)"


def test_nothing_below_runtime_loads_torch(tmp_path: Path) -> None:
    loaded = modules_after(EVERYTHING_BELOW_RUNTIME, tmp_path)
    assert {"circuits", "compiler", "numpy"} <= loaded
    assert not {"torch", "runtime"} & loaded


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_that_run_no_net_load_nothing_large(command: str, tmp_path: Path) -> None:
    loaded = modules_after(running(COMMANDS[command]), tmp_path)
    assert {"runtime", "click"} <= loaded
    assert not {"torch", "sympy", "matplotlib", "networkx"} & loaded


def test_what_a_program_loads_is_seen(tmp_path: Path) -> None:
    assert "torch" in modules_after("def f():\n    import torch.nn\nf()", tmp_path)
    command = ["verify", "builtin:parity:bits=1", "--steps", "0"]
    assert {"runtime", "torch"} <= modules_after(running(command), tmp_path)
