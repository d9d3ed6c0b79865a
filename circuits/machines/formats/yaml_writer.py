"""Machines as YAML that turingmachine.io reads too."""

from __future__ import annotations

import re
from collections import defaultdict

from circuits.machines.formats.writing import cannot_hold, encoded, entry
from circuits.machines.machine import Machine, Move, Rule

LONGEST_NAME = 256
"""Characters of a state's name; YAML wants a key within 1024 characters, quotes and all."""

_DIRECTIONS = {Move.LEFT: "L", Move.RIGHT: "R"}
_KEYS = 16
"""Symbols listed in one key."""

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*|[0-9]")
_NO_TEXT = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}


def write_yaml(machine: Machine) -> bytes:
    """The machine as YAML.

    A symbol that is neither read nor written is not mentioned; the site takes any.

    Raises:
        LimitError: it is not on a tape, it stays somewhere, a symbol has several characters, or a
            name is too long or no text.
    """
    if machine.planar:
        raise cannot_hold(machine, "yaml", "a plane")
    for number, name in enumerate(machine.states):
        if len(name) > LONGEST_NAME:
            raise cannot_hold(machine, "yaml", f"the name of state {number}, {len(name)} long")
    rows: dict[int, list[Rule]] = defaultdict(list)
    for rule in machine.rules():
        if rule.move not in _DIRECTIONS:
            stays = f"{entry(machine, rule.state, rule.symbol)}, which does not move"
            raise cannot_hold(machine, "yaml", stays)
        rows[rule.state].append(rule)
    lines = []
    if machine.input:
        text = "".join(_symbol(machine, symbol) for symbol in machine.input)
        lines.append(f"input: {_quoted(text)}")
    lines.append(f"blank: {_quoted(_symbol(machine, machine.blank))}")
    lines.append(f"start state: {_scalar(machine.states[machine.start])}")
    lines.append("table:")
    for number, name in enumerate(machine.states):
        lines.append(f"  {_scalar(name)}:")
        lines += [f"    {text}" for text in _row(machine, rows[number])]
    return encoded(machine, "yaml", "\n".join(lines) + "\n")


def _row(machine: Machine, rules: list[Rule]) -> list[str]:
    """The entries of a state; symbols that do the same share a line."""
    alike: dict[str, list[str]] = defaultdict(list)
    for rule in rules:
        alike[_entry(machine, rule)].append(_scalar(_symbol(machine, rule.symbol)))
    lines = []
    for text, symbols in alike.items():
        for first in range(0, len(symbols), _KEYS):
            some = symbols[first : first + _KEYS]
            key = some[0] if len(some) == 1 else f"[{', '.join(some)}]"
            lines.append(f"{key}: {text}")
    return lines


def _entry(machine: Machine, rule: Rule) -> str:
    direction, same = _DIRECTIONS[rule.move], rule.following == rule.state
    if rule.write == rule.symbol and same:
        return direction
    target = "" if same else f": {_scalar(machine.states[rule.following])}"
    if rule.write == rule.symbol:
        return f"{{{direction}{target}}}"
    return f"{{write: {_scalar(_symbol(machine, rule.write))}, {direction}{target}}}"


def _symbol(machine: Machine, number: int) -> str:
    name = machine.symbols[number]
    if len(name) != 1:
        raise cannot_hold(machine, "yaml", f"the symbol {name!r} of {len(name)} characters")
    return name


def _scalar(text: str) -> str:
    """The text as a scalar of a flow: plain where that is safe."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _NO_TEXT
    return text if plain else _quoted(text)


def _quoted(text: str) -> str:
    """The text in quotes, single ones if it can be printed."""
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in ('"', "\\"):
        return "\\" + character
    whole = not "\ud800" <= character <= "\udfff"  # half a pair is refused as it is encoded
    return f"\\U{ord(character):08x}" if whole and not character.isprintable() else character
