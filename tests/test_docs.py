"""The documents say what is so: commands are run, paths exist, formats are described whole.

`python tests/test_docs.py` writes what the commands print now into the documents that show them.
"""

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import sgdcc
from safetensors.numpy import load

from circuits.formats.registry import FORMATS, Format
from circuits.machines.formats import MACHINE_FORMATS
from compiler.export.node_link import node_link_json
from compiler.netfile import dump_net
from compiler.pipeline import compile_net
from runtime.compiled import compile_source
from runtime.sources import source_of

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
NET_FORMAT = ROOT / "docs" / "net-format.md"
MACHINES = ROOT / "docs" / "machines.md"

_SESSION = re.compile(r"(?<=```console\n).*?(?=```)", re.DOTALL)


def said(command: str) -> str:
    """What a documented command prints; a shell's `cat` is understood too."""
    program, *words = command.split()
    if program == "cat":
        return Path(words[0]).read_text()
    result = sgdcc(*words)
    return result.out + result.err + (f"(exit code {result.code})\n" if result.code else "")


def sessions(text: str) -> Iterator[tuple[str, str]]:
    """(command, its documented output) of every ``console`` block, in order."""
    for session in _SESSION.findall(text):
        for part in session.split("$ ")[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def comparable(command: str, output: str) -> str:
    """Without what differs between runs and machines: seconds, and the ReLU net's column."""
    output = re.sub(r"\d+\.\d s\b", "# s", output)
    if command.startswith("sgdcc demo"):
        output = "\n".join(line[:41].rstrip() for line in output.splitlines())
    return output


@contextlib.contextmanager
def readme_folder() -> Iterator[None]:
    """An empty folder but for the files that README.md shows."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for name, text in re.findall(
            r"`(\w+\.\w+)`:\n\n```\n(.*?)```", README.read_text(), re.DOTALL
        ):
            Path(name).write_text(text)
        yield


def documented(document: Path) -> list[tuple[str, str]]:
    """All commands of a document."""
    return list(sessions(document.read_text()))


DOCUMENTS = (README, *sorted((ROOT / "docs").glob("*.md")))
WITH_COMMANDS = tuple(document for document in DOCUMENTS if documented(document))


@pytest.mark.parametrize("document", WITH_COMMANDS, ids=lambda path: path.name)
def test_the_commands_of_a_document_print_what_it_says(document: Path) -> None:
    with readme_folder():
        for command, output in documented(document):
            assert comparable(command, said(command)) == comparable(command, output), command


def test_the_readme_shows_commands() -> None:
    assert len(documented(README)) > 5


def test_what_differs_between_runs_is_not_compared() -> None:
    assert comparable("sgdcc verify x", "x (3.4 s)") == comparable("sgdcc verify x", "x (12.0 s)")
    assert comparable("sgdcc verify x", "3 steps") != comparable("sgdcc verify x", "4 steps")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_that_a_document_names_exists(document: Path) -> None:
    text = document.read_text()
    named = set(re.findall(r"`((?:circuits|compiler|runtime|tests|examples|docs)/[\w./]+)`", text))
    missing = {path for path in named if not (ROOT / path).exists()}
    assert not {path for path in missing if not is_shipped_elsewhere(path)}
    linked = set(re.findall(r"\]\(([\w./-]+)\)", text))
    assert not {path for path in linked if not (document.parent / path).exists()}
    assert document != README or len(named) > 20
    assert document != README or len(linked) > 3


def is_shipped_elsewhere(path: str) -> bool:
    """Whether this is a module, where the tests run on a wheel without the sources beside them."""
    package = path.split("/")[0]
    if package not in ("circuits", "compiler", "runtime") or (ROOT / package).is_dir():
        return False
    import runtime

    return (Path(runtime.__path__[0]).parent / path).exists()


@pytest.mark.parametrize(
    ("document", "formats"),
    [(README, {**FORMATS, **MACHINE_FORMATS}), (MACHINES, MACHINE_FORMATS)],
    ids=["README.md", "machines.md"],
)
def test_the_table_of_formats_is_complete(document: Path, formats: dict[str, Format]) -> None:
    rows = re.findall(
        r"^\| `(\S+)` \| ([^|]+) \| (read|read, written) \|", document.read_text(), re.M
    )
    assert [(name, tuple(endings.split()), kind == "read") for name, endings, kind in rows] == [
        (name, known.endings, not known.writer) for name, known in formats.items()
    ]


def described() -> set[str]:
    """Every name that the description of the formats gives in code type."""
    return set(re.findall(r"`\"?([\w.-]+)\"?`", NET_FORMAT.read_text())) | set(
        re.findall(r"\"(\w+)\"", NET_FORMAT.read_text())
    )


def keys(value: object) -> Iterator[str]:
    """All keys of nested objects."""
    if isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)


@pytest.mark.parametrize(
    ("source", "preset"),
    [("parity:bits=2", "dyadic"), ("parity:bits=2", "printed"), ("busy-beaver:states=2", None)],
)
def test_every_part_of_a_net_file_is_described(source: str, preset: str | None) -> None:
    data = dump_net(compile_source(f"builtin:{source}", preset=preset).net)
    arrays = load(data)
    index = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    header = json.loads(index["__metadata__"]["sgdcc-net"])
    names = json.loads(arrays["names"].tobytes())
    found = {*arrays, *index, *index["__metadata__"], *keys(header), *keys(names)}
    assert found <= described()


def test_every_part_of_the_export_is_described() -> None:
    net = compile_net(source_of("builtin:parity:bits=2"))
    document = json.loads(b"".join(node_link_json(net)))
    found = set(keys(document))
    found -= {f"{name}_exact" for name in document["graph"]["activation"]}  # named by a rule
    roles = {item["role"] for item in document["nodes"] + document["edges"]}
    assert found | roles <= described()


def rewrite() -> None:
    """Put what the commands print now into the documents that show them."""

    def renewed(session: re.Match[str]) -> str:
        commands = [part.partition("\n")[0] for part in session[0].split("$ ")[1:]]
        return "".join(f"$ {command}\n{said(command)}" for command in commands)

    for document in WITH_COMMANDS:
        with readme_folder():
            document.write_text(_SESSION.sub(renewed, document.read_text()))


if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"
    rewrite()
