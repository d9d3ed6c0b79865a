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

import json
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from circuits.errors import InvariantError, LimitError, Position, SourceError
from circuits.files import write_whole
from compiler.machine_header import TABLES, machine_facts, machine_of
from compiler.rcnn.affine import AffineMap
from compiler.rcnn.coding import Coding, Scale
from compiler.rcnn.filter import Filter
from compiler.rcnn.relu_net import ReluNet

FORMAT = "sgdcc-filter"
VERSION = 1
ENDING = ".filter"
DIGEST = "sha256"

_MAP = {"row": np.int32, "column": np.int32, "weight": np.int64, "bias": np.int64}
_SIZES = ("inputs", "outputs", "weight_denominator", "bias_denominator")


def dump_filter(net: Filter) -> bytes:
    """The bytes of a filter file."""
    from safetensors.numpy import save

    machine, coding = net.machine, net.coding
    header = {
        "format": FORMAT,
        "version": VERSION,
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
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False)
    arrays[DIGEST] = _digest(text, arrays)
    return save(arrays, {FORMAT: text})


def load_filter(data: bytes, file: str = "") -> Filter:
    """Read a filter file.

    Raises:
        SourceError: not a filter file, of another version, damaged, or not a valid filter.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        length = int.from_bytes(data[:8], "little")
        text = json.loads(data[8 : 8 + length])["__metadata__"][FORMAT]
        header = json.loads(text)
        version = header["version"]
    except (ValueError, KeyError, TypeError, RecursionError):
        wrong = "damaged" if is_filter_file(data) else "not a filter file"
        raise _refused(file, wrong) from None
    if version != VERSION:
        raise _refused(file, f"filter format version {version}, this program reads {VERSION}")
    try:
        arrays = load(data)
        digest = _digest(text, arrays)
    except (SafetensorError, KeyError, ValueError) as error:
        raise _refused(file, f"damaged: {error}") from None
    if not np.array_equal(arrays.get(DIGEST, digest[:0]), digest):
        raise _refused(file, "damaged: its content has another digest than it says")
    try:
        return _filter(header, arrays)
    except (
        KeyError, ValueError, TypeError, IndexError, AttributeError, ZeroDivisionError,
        SourceError, LimitError, InvariantError,
    ) as error:  # fmt: skip
        raise _refused(file, f"not a valid filter: {type(error).__name__}: {error}") from error


def save_filter(net: Filter, path: Path) -> None:
    """Write a filter file, whole or not at all."""
    write_whole(path, dump_filter(net))


def is_filter_file(data: bytes) -> bool:
    """Whether the bytes begin like a filter file."""
    length = int.from_bytes(data[:8], "little")
    return data[8:9] == b"{" and FORMAT.encode() in data[8 : 8 + min(length, 10**8)]


def _shape(net: ReluNet) -> dict[str, Any]:
    maps = [{name: getattr(layer, name) for name in _SIZES} for layer in net.maps]
    return {"relus": sorted(net.relus), "maps": maps}


def _filter(header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Filter:
    tables = {name: _array(arrays, f"machine.{name}", kind, 2) for name, kind in TABLES.items()}
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
            fields[name] = _array(arrays, f"{part}.{number}.{name}", kind, 1)
        maps.append(AffineMap(**fields))
    return ReluNet(tuple(maps), frozenset(shape["relus"]))


def _array(arrays: dict[str, NDArray[Any]], name: str, dtype: type, axes: int) -> NDArray[Any]:
    array = arrays[name]
    if array.dtype != dtype or array.ndim != axes:
        raise ValueError(f"{name} is {array.dtype} of shape {array.shape}")
    return array.copy()


def _digest(text: str, arrays: dict[str, NDArray[Any]]) -> NDArray[np.uint8]:
    """SHA-256 of the header and then of all other arrays in the order of their names."""
    digest = sha256(text.encode())
    for name in sorted(arrays.keys() - {DIGEST}):
        digest.update(arrays[name].tobytes())
    return np.frombuffer(digest.digest(), np.uint8)


def _refused(file: str, message: str) -> SourceError:
    return SourceError(message, Position(file), hint="filter files are written by `sgdcc compile`")
