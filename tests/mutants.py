"""One fault at a time in a net or in its certificate, of every kind that matters."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from certified import Stated

from compiler.exact import Exact
from runtime.check.files import NetFile

Fault: TypeAlias = Callable[[random.Random, Stated, NetFile], str | None]
"""Changes its arguments in place and says what it did; None where there is nothing to change."""

FACTORS = ("-1", "2", "1/2", "3/2", "3/4", "65/64")


def _times(text: str, factor: str) -> str:
    return str(Exact.parse(text) * Exact.parse(factor))


def edge_weight(rng: random.Random, _stated: Stated, net: NetFile) -> str:
    e = rng.randrange(len(net.edge_value))
    others = [i for i in range(len(net.header["values"])) if i != net.edge_value[e]]
    negative = str(-Exact.parse(net.header["values"][net.edge_value[e]]))
    if negative in net.header["values"] and rng.random() < 0.5:
        others = [net.header["values"].index(negative)]
    net.edge_value[e] = rng.choice(others)
    return f"edge {e} has another weight"


def new_weight(rng: random.Random, _stated: Stated, net: NetFile) -> str:
    e, factor = rng.randrange(len(net.edge_value)), rng.choice(FACTORS)
    net.header["values"].append(_times(net.header["values"][net.edge_value[e]], factor))
    net.edge_value[e] = len(net.header["values"]) - 1
    return f"the weight of edge {e} is multiplied by {factor}"


def weight_table(rng: random.Random, _stated: Stated, net: NetFile) -> str:
    i, factor = rng.randrange(len(net.header["values"])), rng.choice(FACTORS)
    net.header["values"][i] = _times(net.header["values"][i], factor)
    return f"weight {i} is multiplied by {factor} wherever it occurs"


def endpoint(rng: random.Random, _stated: Stated, net: NetFile) -> str | None:
    e = rng.randrange(len(net.edge_source))
    target = net.edge_target[e]
    into = [i for i, v in enumerate(net.edge_target) if v == target]
    taken = {net.edge_source[i] for i in into}
    level = net.level[target]
    free = [v for v in range(target) if v not in taken and net.level[v] < level]
    if not free:
        return None
    if rng.random() < 0.5:  # of the same kind, which fits best
        alike = [v for v in free if net.role[v] == net.role[net.edge_source[e]]]
        free = alike or free
    net.edge_source[e] = rng.choice(free)
    order = sorted(into, key=net.edge_source.__getitem__)
    for name in ("edge_source", "edge_value", "edge_role"):
        array = getattr(net, name)
        array[into[0] : into[-1] + 1] = [array[i] for i in order]
    return f"edge {e} begins elsewhere"


def no_edge(rng: random.Random, _stated: Stated, net: NetFile) -> str | None:
    e = rng.randrange(len(net.edge_source))
    if net.edge_role[e] == 4 or net.names["fan_in_copies"]:
        return None  # its number stands in other places too
    for name in ("edge_source", "edge_target", "edge_value", "edge_role"):
        del getattr(net, name)[e]
    for port in net.names["memory"]:
        port["edge"] -= port["edge"] > e
    return f"edge {e} is missing"


def _entry(name: str, limit: int | None = None) -> Fault:
    def fault(rng: random.Random, _stated: Stated, net: NetFile) -> str:
        array = getattr(net, name)
        i = rng.randrange(len(array))
        old = array[i]
        array[i] = (
            rng.choice([x for x in range(limit) if x != old])
            if limit
            else old + rng.choice((-1, 1))
        )
        return f"{name}[{i}] is {array[i]}, not {old}"

    fault.__name__ = name
    return fault


def constant(rng: random.Random, stated: Stated, net: NetFile) -> str:
    """The learning rate or an end of a piece, in the net, or in the certificate as well."""
    names = ["learning_rate", *net.header["activation"]]
    name, factor, both = rng.choice(names), rng.choice(FACTORS), rng.random() < 0.7
    for place in (net.header, stated) if both else (net.header,):
        inner = place if name == "learning_rate" else place["activation"]
        old = inner[name]
        inner[name] = _times(old, factor) if old != "0" else "1/1000"
    return f"{name} is multiplied by {factor}{' in both' if both else ''}"


def multiplicity(rng: random.Random, _stated: Stated, net: NetFile) -> str | None:
    name = rng.choice(("copies", "fan_in_copies"))
    if not net.names[name]:
        end = len(net.role if name == "copies" else net.edge_role)
        net.names[name].append([rng.randrange(end), "2"])
        return f"{name} of one is 2"
    pair = rng.choice(net.names[name])
    pair[1] = str(max(0, rng.choice((int(pair[1]) - 1, int(pair[1]) + 1, int(pair[1]) * 2, 1))))
    return f"{name} of {pair[0]} is {pair[1]}"


def port(rng: random.Random, _stated: Stated, net: NetFile) -> str | None:
    kind = rng.choice(("inputs", "outputs", "memory", "random_inputs"))
    ports = net.names[kind]
    if kind == "random_inputs":
        net.names[kind] = [0] if not ports and net.names["inputs"] else []
        return (
            f"random inputs are {net.names[kind]}, not {ports}"
            if ports != net.names[kind]
            else None
        )
    if not ports:
        return None
    i = rng.randrange(len(ports))
    field = rng.choice(sorted(ports[i]))
    if field == "name":
        ports[i]["name"] += "?"
    elif field == "zero":
        ports[i]["zero"] = _times(ports[i]["zero"], rng.choice(FACTORS))
    elif len(ports) > 1 and rng.random() < 0.5:
        j = rng.choice([j for j in range(len(ports)) if j != i])
        if ports[i][field] == ports[j][field]:
            return None
        ports[i][field], ports[j][field] = ports[j][field], ports[i][field]
    else:
        ports[i][field] += rng.choice((-1, 1))
    return f"{field} of port {i} of {kind} is another"


def statement(rng: random.Random, stated: Stated, _net: NetFile) -> str | None:
    """Anything in the certificate but its constants, which `constant` changes in both."""
    unread = {"format", "version", "compiler", "net", "circuit"}
    name = rng.choice(sorted(stated.keys() - unread))
    return _change(rng, stated, name, name)


def stated_circuit(rng: random.Random, stated: Stated, _net: NetFile) -> str | None:
    name = rng.choice(sorted(stated["circuit"]))
    return _change(rng, stated["circuit"], name, f"circuit {name}")


def _change(rng: random.Random, holder: Any, key: Any, place: str) -> str | None:
    """Change one leaf below ``holder[key]``, or leave out or repeat an entry of a list."""
    value = holder[key]
    if isinstance(value, dict):
        inner = rng.choice(sorted(value))
        return _change(rng, value, inner, f"{place} {inner}")
    if isinstance(value, list):
        if not value:
            return None
        i = rng.randrange(len(value))
        if rng.random() < 0.1:
            del value[i]
            return f"{place} lacks entry {i}"
        return _change(rng, value, i, f"{place} {i}")
    if isinstance(value, int):
        holder[key] = value + rng.choice((-2, -1, 1, 2))
        if value > 1 and rng.random() < 0.3:
            holder[key] = value ^ 1
        return f"{place} is {holder[key]}, not {value}"
    try:
        holder[key] = _times(value, rng.choice(FACTORS)) if value != "0" else "1/8"
    except ValueError:
        holder[key] = rng.choice((value + "?", "float32", "float64", "component", "emulation"))
    return f"{place} is {holder[key]}, not {value}" if holder[key] != value else None


FAULTS: tuple[Fault, ...] = (
    edge_weight, new_weight, weight_table, endpoint, no_edge,
    _entry("level"), _entry("role", 12), _entry("unit", 4), _entry("unit_index"),
    _entry("edge_role", 6), constant, multiplicity, port, statement, stated_circuit,
)  # fmt: skip


SELDOM = {"unit", "unit_index", "edge_role"}
"""Mostly no faults, since SGD reads them nowhere; one in five of them is made."""


def mutants(
    seed: int, fresh: Iterator[tuple[Stated, NetFile]]
) -> Iterator[tuple[str, str, Stated, NetFile]]:
    """(fault, what was done, certificate, net), one fault each, in turn of all kinds."""
    rng = random.Random(seed)
    while True:
        for fault in FAULTS:
            if fault.__name__ in SELDOM and rng.random() < 0.8:
                continue
            stated, net = next(fresh)
            done = fault(rng, stated, net)
            if done is not None:
                yield fault.__name__, done, stated, net
