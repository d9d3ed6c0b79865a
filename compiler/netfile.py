"""Net files: one safetensors file with the arrays of a net and a JSON header, no code in it.

``docs/net-format.md`` describes the format. A net carries its source circuit, so that a file alone
can be verified, and its constants as exact text, so that nothing is lost on the way. The same net
gives the same bytes. A digest of all of it tells a damaged file from a net.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from circuits.circuit import Circuit, Latch, Output, OutputKind
from circuits.errors import InvariantError
from circuits.files import write_whole
from compiler.activation import Activation
from compiler.container import Container, compact_json, typed_array
from compiler.exact import Exact
from compiler.machine_header import (
    BOUNDED,
    bounded_arrays,
    bounded_facts,
    bounded_of,
    check_machine,
)
from compiler.net import EdgeRole, MemoryBit, Net, Port, Role, Target, Unit

ENDING = ".net"

_FILE = Container("sgdcc-net", 1, "net", "net files are written by `sgdcc compile SOURCE -o NET`")

_NET_ARRAYS = {
    "role": np.uint8,
    "unit": np.uint8,
    "unit_index": np.int32,
    "path_index": np.int16,
    "label": np.int32,
    "line": np.int32,
    "level": np.int32,
    "edge_source": np.int32,
    "edge_target": np.int32,
    "edge_value": np.int32,
    "edge_role": np.uint8,
}
_CIRCUIT_ARRAYS = {
    "ops": np.uint8,
    "starts": np.int64,
    "operands": np.int32,
    "weights": np.int64,
    "bounds": np.int64,
    "lines": np.int32,
}


def dump_net(net: Net) -> bytes:
    """The bytes of a net file."""
    circuit = net.circuit
    header: dict[str, Any] = {
        "source": net.source,
        "target": net.target.value,
        "preset": net.preset,
        "activation": {name: str(value) for name, value in net.activation.items()},
        "learning_rate": str(net.learning_rate),
        "values": [str(value) for value in net.values],
    }
    if net.samples:
        header |= {"samples": net.samples, "noise": str(net.noise)}
    ports: dict[str, Any] = {
        "inputs": [asdict(port) for port in net.inputs],
        "outputs": [asdict(port) for port in net.outputs],
        "memory": [{"name": m.name, "edge": m.edge, "zero": str(m.zero)} for m in net.memory],
        "random_inputs": list(net.random_inputs),
        "copies": [[v, str(n)] for v, n in sorted(net.copies.items())],
        "fan_in_copies": [[e, str(n)] for e, n in sorted(net.fan_in_copies.items())],
        "labels": list(net.labels),
        "circuit": {
            "name": circuit.name,
            "source": circuit.source,
            "input_names": list(circuit.input_names),
            "latches": [asdict(latch) for latch in circuit.latches],
            "outputs": [{**asdict(o), "kind": o.kind.value} for o in circuit.outputs],
            "labels": sorted(circuit.labels.items()),
        },
    }
    arrays: dict[str, NDArray[Any]] = {f"net.{name}": getattr(net, name) for name in _NET_ARRAYS}
    arrays |= {f"circuit.{name}": getattr(circuit, name) for name in _CIRCUIT_ARRAYS}
    if net.machine is not None:
        ports["machine"] = bounded_facts(net.machine)
        arrays |= {f"machine.{name}": a for name, a in bounded_arrays(net.machine).items()}
    # Tables of names are long; the header is for what a person reads first.
    arrays["names"] = np.frombuffer(compact_json(ports), np.uint8)
    return _FILE.dump(header, arrays)


def load_net(data: bytes, file: str = "") -> Net:
    """Read a net file.

    Raises:
        SourceError: not a net file, of another version, damaged, or not a valid net.
    """
    header, arrays = _FILE.load(data, file)
    try:
        net = _net(header, arrays)
        _check(net)
        check_machine(net)
    except (
        KeyError, ValueError, TypeError, IndexError, AttributeError, ArithmeticError,
        RecursionError, InvariantError,
    ) as error:  # fmt: skip
        raise _FILE.refused(file, f"not a valid net: {type(error).__name__}: {error}") from error
    return net


def save_net(net: Net, path: Path) -> None:
    """Write a net file, whole or not at all."""
    write_whole(path, dump_net(net))


def is_net_file(data: bytes) -> bool:
    """Whether the bytes begin like a net file."""
    return _FILE.is_begun_by(data)


def _net(header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Net:
    ports = json.loads(arrays["names"].tobytes())
    c = ports["circuit"]
    circuit = Circuit(
        **{name: typed_array(arrays, f"circuit.{name}", t) for name, t in _CIRCUIT_ARRAYS.items()},
        name=c["name"],
        source=c["source"],
        input_names=tuple(c["input_names"]),
        latches=tuple(Latch(**latch) for latch in c["latches"]),
        outputs=tuple(Output(**{**o, "kind": OutputKind(o["kind"])}) for o in c["outputs"]),
        labels={int(node): name for node, name in c["labels"]},
    )
    machine = None
    if "machine" in ports:
        given = {n: typed_array(arrays, f"machine.{n}", kind) for n, kind in BOUNDED.items()}
        machine = bounded_of(ports["machine"], given)
    net_arrays: dict[str, Any] = {
        name: typed_array(arrays, f"net.{name}", t) for name, t in _NET_ARRAYS.items()
    }
    return Net(
        **net_arrays,
        target=Target(header["target"]),
        preset=header["preset"],
        activation=Activation(**{k: Exact.parse(v) for k, v in header["activation"].items()}),
        learning_rate=Exact.parse(header["learning_rate"]),
        values=tuple(Exact.parse(v) for v in header["values"]),
        labels=tuple(ports["labels"]),
        inputs=tuple(Port(**port) for port in ports["inputs"]),
        outputs=tuple(Port(**port) for port in ports["outputs"]),
        memory=tuple(
            MemoryBit(m["name"], m["edge"], Exact.parse(m["zero"])) for m in ports["memory"]
        ),
        circuit=circuit,
        source=header["source"],
        random_inputs=tuple(ports["random_inputs"]),
        copies={v: int(n) for v, n in ports["copies"]},
        fan_in_copies={e: int(n) for e, n in ports["fan_in_copies"]},
        samples=int(header.get("samples", 0)),
        noise=Exact.parse(header.get("noise", "0")),
        machine=machine,
    )


def _check(net: Net) -> None:
    """What a program that writes nets may get wrong, beyond what every `Net` checks."""
    circuit, ports = net.circuit, [p.vertex for p in (*net.inputs, *net.outputs)]
    for name, found, end in (
        ("net.role", net.role, len(Role)),
        ("net.unit", net.unit, len(Unit)),
        ("net.label", net.label, len(net.labels)),
        ("net.edge_role", net.edge_role, len(EdgeRole)),
        ("a port", np.array(ports), net.vertices),
        ("the edge of a memory bit", np.array([bit.edge for bit in net.memory]), net.edges),
    ):
        if len(found) and not 0 <= int(found.min()) <= int(found.max()) < end:
            raise ValueError(f"{name} is not among 0 to {end - 1}")
    given = len(net.inputs)  # a noise-tolerant net sees one sample a step, the circuit all
    if net.target is Target.NOISE_TOLERANT:
        given = net.samples * (given + 1) + given - len(net.random_inputs)
        cells = net.cells
        whole = (cells.path, cells.control, cells.control_primed, cells.output_control)
        if net.samples < 1 or any((edges < 0).any() for edges in whole):
            raise ValueError("a cell or an output control is not whole")
    for name, count, wanted in (
        ("inputs", given, len(circuit.input_names)),
        ("memory", len(net.memory), len(circuit.latches)),
    ):
        if count != wanted:
            raise ValueError(f"{count} {name} where the circuit has {wanted}")
