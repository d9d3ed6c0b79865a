"""BLIF models put together: ports inferred where they are not given, instances replaced by logic.

What belongs to an instance is called ``instance/signal``, its ports as what they are connected to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from types import MappingProxyType
from typing import NamedTuple

from circuits.errors import LimitError
from circuits.formats.blif_model import Instance, Model, Register, Table
from circuits.formats.netlist import undriven
from circuits.formats.order import CycleError, dependency_order
from circuits.formats.suggest import suggest
from circuits.formats.text import SourceText, Word

CONSTANTS = {"$false": 0, "$true": 1, "$undef": 0}
"""Yosys's nets, as literals, where the file does not drive them; undefined is chosen to be 0."""

MAX_STATEMENTS = 10_000_000
"""A hierarchy can double with every level; so many statements take gigabytes."""


class Flat(NamedTuple):
    """One model without instances."""

    inputs: tuple[Word, ...]
    outputs: tuple[Word, ...]
    tables: list[Table]
    registers: list[Register]


class _Ports(NamedTuple):
    inputs: tuple[Word, ...]
    outputs: tuple[Word, ...]


class _Scope(NamedTuple):
    """A model on its way into the top: what its signals are called there."""

    model: Model
    prefix: str = ""
    bound: Mapping[str, str] = MappingProxyType({})
    driven: frozenset[str] = frozenset()
    """What the model's tables and latches define."""

    def rename(self, word: Word) -> Word:
        """A signal of the model as a signal of the top."""
        return word._replace(text=self.bound.get(word.text) or self.prefix + word.text)

    def rename_clock(self, word: Word | None) -> Word | None:
        """A clock likewise; one that is neither a port nor defined here is the same everywhere."""
        if word is None or not (word.text in self.bound or word.text in self.driven):
            return word
        return self.rename(word)


def flatten(source: SourceText, models: list[Model]) -> Flat:
    """The first model with every instance replaced by what it stands for.

    Raises:
        SourceError: a model is missing, defined twice, a black box or contains itself; a port is
            unknown, connected twice or an input left open; an output is not driven.
        LimitError: the result would have more than `MAX_STATEMENTS` statements.
    """
    model_of = _by_name(source, models)
    ports = _infer_ports(source, models[0], model_of)
    top = ports[models[0].name.text]
    flat = Flat(top.inputs, top.outputs, [], [])
    pending = [_Scope(models[0])]
    size = 0
    while pending:
        scope = pending.pop()
        size += 1 + len(scope.model.tables) + len(scope.model.registers)
        if size > MAX_STATEMENTS:
            raise LimitError(f"flattened, the models have more than {MAX_STATEMENTS:,} statements")
        rename = scope.rename
        for reads, signal, cubes, value in scope.model.tables:
            renamed = tuple(map(rename, reads))
            flat.tables.append(Table(renamed, rename(signal), cubes, value))
        for data, signal, edge, clock, reset in scope.model.registers:
            clock = scope.rename_clock(clock)
            flat.registers.append(Register(rename(data), rename(signal), edge, clock, reset))
        pending += [
            _inside(scope, instance, model_of[instance.model.text], source, ports)
            for instance in reversed(scope.model.instances)
        ]
    return flat


def _by_name(source: SourceText, models: list[Model]) -> dict[str, Model]:
    model_of: dict[str, Model] = {}
    for model in models:
        word = model.name
        if word.text in model_of:
            raise source.error_at(word, f"model '{word.text}' is defined twice")
        model_of[word.text] = model
    return model_of


def _infer_ports(
    source: SourceText, top: Model, model_of: Mapping[str, Model]
) -> dict[str, _Ports]:
    """The ports of ``top`` and of every model in it, those of the inner ones first."""

    def instantiated(name: str) -> Iterator[str]:
        for instance in model_of[name].instances:
            word = instance.model
            if word.text not in model_of:
                hint = suggest(word.text, model_of)
                raise source.error_at(word, f"model '{word.text}' is not in this file", hint)
            if model_of[word.text].is_black_box:
                hint = "the file does not say what it does; give its .names"
                raise source.error_at(word, f"model '{word.text}' is a black box", hint)
            yield word.text

    ports: dict[str, _Ports] = {}
    try:
        for name in dependency_order([top.name.text], instantiated):
            ports[name] = _ports_of(source, model_of[name], ports)
    except CycleError as error:
        word = model_of[error.path[0]].name
        raise source.error_at(word, f"a model contains itself: {error}") from None
    return ports


def _ports_of(source: SourceText, model: Model, ports: Mapping[str, _Ports]) -> _Ports:
    """The ports of a model, given those of the models in it."""
    reads, drives = list(model.reads()), list(model.drives())
    for instance in model.instances:
        inputs, outputs = ports[instance.model.text]
        taken = {word.text for word in inputs}
        given = {word.text for word in outputs}
        reads += [actual for formal, actual in instance.connections if formal.text in taken]
        drives += [actual for formal, actual in instance.connections if formal.text in given]
    driven = {word.text for word in drives}
    read = {word.text for word in reads}
    free = (word for word in reads if word.text not in driven and word.text not in CONSTANTS)
    unread = (word for word in drives if word.text not in read and word.text not in CONSTANTS)
    found = _Ports(
        _first_mentions(free) if model.inputs is None else model.inputs,
        _first_mentions(unread) if model.outputs is None else model.outputs,
    )
    driven.update(CONSTANTS, (word.text for word in found.inputs))
    for word in found.outputs:
        if word.text not in driven:
            raise undriven(source, word, "an output needs a .names or .latch that defines it")
    return found


def _first_mentions(words: Iterator[Word]) -> tuple[Word, ...]:
    """Each signal where it stands first, in the order of the file."""
    ordered = sorted(words, key=lambda word: (word.line, word.column))
    return tuple({word.text: word for word in reversed(ordered)}.values())[::-1]


def _inside(
    scope: _Scope,
    instance: Instance,
    model: Model,
    source: SourceText,
    ports: Mapping[str, _Ports],
) -> _Scope:
    """The scope of an instance: ports bound to the signals of the scope around it."""
    name = model.name.text
    inputs, outputs = ports[name]
    formals = [word.text for word in chain(inputs, outputs)]
    bound: dict[str, str] = {}
    for formal, actual in instance.connections:
        if formal.text not in formals:
            message = f"model '{name}' has no port '{formal.text}'"
            raise source.error_at(formal, message, suggest(formal.text, formals))
        if formal.text in bound:
            raise source.error_at(formal, f"port '{formal.text}' is connected twice")
        bound[formal.text] = scope.rename(actual).text
    for word in inputs:
        if word.text not in bound:
            message = f"input '{word.text}' of model '{name}' is not connected"
            raise source.error_at(instance.model, message, f"write {word.text}=signal")
    driven = frozenset(word.text for word in model.drives())
    bound.update({net: net for net in CONSTANTS if net not in driven})
    return _Scope(model, f"{scope.prefix}{instance.name}/", bound, driven)
