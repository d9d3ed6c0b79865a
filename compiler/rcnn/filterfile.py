"""Filter files: one safetensors file with a filter's arrays and a JSON header, no code in it.

The header has what a person reads first, exact numbers as texts; the arrays are the weights of
V1 .. V5, U1 and U2 as integers, and the tables of the machine. With the machine in it a file alone
can be verified, and nothing is lost on the way. The same filter gives the same bytes. A digest of
all of it tells a damaged file from a filter.

| header | |
|---|---|
| `format`, `version` | `"sgdcc-filter"`, 1 |
| `scale`, `lattice` | of the coding; the coding follows from these and the machine |
| `learning_rate` | exact |
| `machine` | its names and numbers, as `circuits.machines.machine.Machine` has them |
| `patch`, `head` | `relus`, the maps that ReLUs follow; `maps`, their sizes and denominators |

| array | type | |
|---|---|---|
| `machine.write`, `.following` | int16 | shape (states, symbols); -1 where there is no entry |
| `machine.move` | int8 | likewise: 0 stay, 1 left, 2 right, 3 up, 4 down |
| `machine.lines` | int32 | likewise: lines of the source, 0 where unknown |
| `patch.0.row`, `.column` | int32 | of the weights of the first map that are not 0 |
| `patch.0.weight`, `.bias` | int64 | over the denominators of the header |
| `sha256` | uint8 | of the header's text, then of all other arrays in the order of their names |
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from circuits.errors import InvariantError, LimitError, SourceError
from circuits.files import write_whole
from compiler.container import Container, typed_array
from compiler.machine_header import TABLES, machine_facts, machine_of
from compiler.rcnn.affine import AffineMap
from compiler.rcnn.coding import Coding, Scale
from compiler.rcnn.filter import Filter
from compiler.rcnn.relu_net import ReluNet

ENDING = ".filter"

_FILE = Container("sgdcc-filter", 1, "filter", "filter files are written by `sgdcc compile`")

_MAP = {"row": np.int32, "column": np.int32, "weight": np.int64, "bias": np.int64}
_SIZES = ("inputs", "outputs", "weight_denominator", "bias_denominator")


def dump_filter(net: Filter) -> bytes:
    """The bytes of a filter file."""
    machine, coding = net.machine, net.coding
    header = {
        "scale": str(coding.scale),
        "lattice": str(coding.lattice),
        "learning_rate": str(net.learning_rate),
        "machine": machine_facts(machine),
        "patch": _shape(net.patch),
        "head": _shape(net.head),
    }
    arrays: dict[str, NDArray[Any]] = {
        f"machine.{name}": getattr(machine, name).astype(kind) for name, kind in TABLES.items()
    }
    for part, relu_net in (("patch", net.patch), ("head", net.head)):
        for number, layer in enumerate(relu_net.maps):
            arrays |= {f"{part}.{number}.{name}": getattr(layer, name) for name in _MAP}
    return _FILE.dump(header, arrays)


def load_filter(data: bytes, file: str = "") -> Filter:
    """Read a filter file.

    Raises:
        SourceError: not a filter file, of another version, damaged, or not a valid filter.
    """
    header, arrays = _FILE.load(data, file)
    try:
        return _filter(header, arrays)
    except (
        KeyError, ValueError, TypeError, IndexError, AttributeError, ZeroDivisionError,
        SourceError, LimitError, InvariantError,
    ) as error:  # fmt: skip
        raise _FILE.refused(file, f"not a valid filter: {type(error).__name__}: {error}") from error


def save_filter(net: Filter, path: Path) -> None:
    """Write a filter file, whole or not at all."""
    write_whole(path, dump_filter(net))


def is_filter_file(data: bytes) -> bool:
    """Whether the bytes begin like a filter file."""
    return _FILE.is_begun_by(data)


def _shape(net: ReluNet) -> dict[str, Any]:
    maps = [{name: getattr(layer, name) for name in _SIZES} for layer in net.maps]
    return {"relus": sorted(net.relus), "maps": maps}


def _filter(header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Filter:
    tables = {
        name: typed_array(arrays, f"machine.{name}", kind, 2) for name, kind in TABLES.items()
    }
    machine = machine_of(header["machine"], tables)
    coding = Coding.of(machine, Scale(header["scale"]), Fraction(header["lattice"]))
    return Filter(
        machine=machine,
        coding=coding,
        patch=_relu_net("patch", header["patch"], arrays),
        head=_relu_net("head", header["head"], arrays),
        learning_rate=Fraction(header["learning_rate"]),
    )


def _relu_net(part: str, shape: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> ReluNet:
    maps = []
    for number, sizes in enumerate(shape["maps"]):
        fields: dict[str, Any] = {name: int(sizes[name]) for name in _SIZES}
        for name, kind in _MAP.items():
            fields[name] = typed_array(arrays, f"{part}.{number}.{name}", kind)
        maps.append(AffineMap(**fields))
    return ReluNet(tuple(maps), frozenset(shape["relus"]))
