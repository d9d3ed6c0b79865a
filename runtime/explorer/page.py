"""One HTML file with a net and a run in it, which needs no network and no server.

The page is put together from the files in `page/`, the values as JSON and the arrays as packed
text. Its content security policy forbids every request, and every script and style but those two,
which are named by their hashes: no name in a net can become code.
"""

from __future__ import annotations

import html
import json
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from circuits.files import write_whole
from compiler.hierarchy import hierarchy_of
from compiler.net import Net
from runtime.explorer.pack import Array, pack
from runtime.explorer.payload import (
    machine_values,
    net_arrays,
    net_values,
    not_computed,
    run_arrays,
    run_values,
)

if TYPE_CHECKING:
    from circuits.machines.bounded import BoundedMachine
    from runtime.recording import Recording

VERSION = 1
"""Of what is in a page; pages and their scripts are written together."""

_SHARED_SCRIPTS = ("data.js", "elements.js", "start.js", "shell.js")
_SCRIPTS = (
    "net.js", "activation.js", "run.js", "machine.js", "layout.js", "views.js", "draw.js",
    "search.js", "panel.js", "whole.js", "strip.js", "app.js",
)  # fmt: skip


def explorer_page(
    net: Net, recording: Recording | None = None, machine: BoundedMachine | None = None
) -> str:
    """The page as text.

    Args:
        net: of any target.
        recording: a run of it; without one the page shows the weights as built.
        machine: what the net was compiled from, whose tape is then shown beside the run.

    Raises:
        ValueError: the recording is of another net.
    """
    if recording is not None and recording.net is not net:
        raise ValueError("the recording is of another net")
    boxes = hierarchy_of(net)
    arrays = net_arrays(net, boxes)
    if recording is not None:
        arrays |= run_arrays(recording)
    values = {
        "net": net_values(net, boxes, not_computed(net, recording)),
        "run": None if recording is None else run_values(recording),
        "machine": None if machine is None else machine_values(machine),
    }
    return assembled("explorer", _SCRIPTS, net.source, values, arrays)


def assembled(
    name: str,
    scripts: tuple[str, ...],
    source: str,
    values: dict[str, Any],
    arrays: Mapping[str, Array],
) -> str:
    """A page of files in `page/`, with values and arrays in it.

    Args:
        name: what kind of page this is, and of the files with its header, stage and style.
        scripts: in this order, as one, after those of all pages.
        source: for the title.
        values: anything that JSON can say.
        arrays: for `runtime.explorer.pack`.
    """
    packed = pack(arrays)
    about: dict[str, Any] = {"format": f"sgdcc-{name}", "version": VERSION}
    about |= {"size": packed.size, "directory": packed.directory}
    script = _script((*_SHARED_SCRIPTS, *scripts))
    style = (_part("page.css") + _part(f"{name}.css")).replace("; }", "}").replace("; ", ";")
    return Template(_part("frame.html")).substitute(
        policy=html.escape(
            f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}"
        ),
        title=html.escape(f"{source}: sgdcc explorer"),
        source=html.escape(source),
        style=style,
        header=_part(f"{name}_header.html").rstrip(),
        stage=_part(f"{name}_stage.html").rstrip(),
        values=_json(about | values),
        arrays=packed.text,
        script=script,
    )


def write_explorer(
    path: Path,
    net: Net,
    recording: Recording | None = None,
    machine: BoundedMachine | None = None,
) -> int:
    """Write the page, whole or not at all; arguments as for `explorer_page`.

    Returns:
        its size in bytes.
    """
    data = explorer_page(net, recording, machine).encode()
    write_whole(path, data)
    return len(data)


@cache
def _part(name: str) -> str:
    return files("runtime.explorer").joinpath("page", name).read_text(encoding="utf-8")


@cache
def _script(names: tuple[str, ...]) -> str:
    """All scripts as one, closed off from the page's names, without indentation and comments."""
    lines = (line.strip() for name in names for line in _part(name).splitlines())
    code = (line for line in lines if line and not line.startswith(("//", "/**")))
    return "\n".join(["(() => {", '"use strict";', *code, "})();\n"])


def _hash(text: str) -> str:
    """How a content security policy names an element of this text."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _json(values: dict[str, Any]) -> str:
    """JSON that ends no script element, whatever is in it."""
    text = json.dumps(values, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
