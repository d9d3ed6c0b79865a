"""Built-in learners and machines by name, as a command line asks for them: ``parity:bits=32``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import TypeAlias

from circuits.errors import SourceError
from circuits.learner import Learner
from circuits.machines.machine import Machine

LEARNERS = (
    "conjunction", "nearest", "parity", "perceptron", "random_subset", "tape_conjunction", "winnow",
)  # fmt: skip
"""Names of the learners: a module of `circuits.learners` each, with a function of its name."""

_MACHINES = {
    "ant": "circuits.machines.ant:ant",
    "busy-beaver": "circuits.machines.busy_beaver:busy_beaver",
    "langton": "circuits.machines.ant:langton",
    "majority-machine": "circuits.machines.majority_machine:majority_machine",
    "nearest-machine": "circuits.machines.nearest_machine:nearest_machine",
    "neighbour-pivots": "circuits.machines.neighbour_pivots:neighbour_pivots",
    "parity-machine": "circuits.machines.parity_machine:parity_machine",
    "row-reduction": "circuits.machines.row_reduction:row_reduction",
}

MACHINES = tuple(_MACHINES)
"""Names of the machines."""

Builtin: TypeAlias = Learner | Machine
"""What a name may stand for."""


def factory(name: str) -> Callable[..., Builtin]:
    """The function that makes this learner or machine; its module is imported only now.

    Raises:
        SourceError: there is none of this name.
    """
    if name not in LEARNERS and name not in MACHINES:
        close = get_close_matches(name, [*LEARNERS, *MACHINES], n=1)
        every = f"there are {', '.join([*LEARNERS, *MACHINES])}"
        hint = f"did you mean {close[0]}?" if close else every
        raise SourceError(f"nothing built in is called '{name}'", hint=hint)
    place = _MACHINES.get(name, f"circuits.learners.{name}:{name}")
    module, _, function = place.partition(":")
    made: Callable[..., Builtin] = getattr(import_module(module), function)
    return made


def usage(name: str) -> str:
    """How to ask for a learner or machine, optional parameters in brackets.

    >>> usage("nearest")
    'nearest:bits=N,samples=N[,k=N]'
    >>> usage("ant")
    'ant[:rule=TEXT]'
    """
    text, separator = name, ":"
    for parameter in inspect.signature(factory(name)).parameters.values():
        required = parameter.default is parameter.empty
        asked = f"{separator}{parameter.name}={'TEXT' if _is_text(parameter) else 'N'}"
        text, separator = text + (asked if required else f"[{asked}]"), ","
    return text


def builtin(spec: str) -> Builtin:
    """The learner or machine that ``name:parameter=value,...`` asks for.

    >>> builtin("parity:bits=3").name
    'parity of 3 bits'
    >>> builtin("busy-beaver:states=4").name
    'busy beaver of 4 states and 2 symbols'
    >>> builtin("parity:bit=3")
    Traceback (most recent call last):
    circuits.errors.SourceError: parity has no parameter 'bit'
      help: did you mean bits? write parity:bits=N

    Raises:
        SourceError: an unknown name or parameter, one that is missing or given twice, a value
            that is not an integer where one is needed, or out of range.
    """
    name, _, rest = spec.partition(":")
    make = factory(name)
    parameters = inspect.signature(make).parameters
    given = _arguments(name, rest, parameters)
    missing = [p.name for p in parameters.values() if p.default is p.empty and p.name not in given]
    if missing:
        raise SourceError(f"{name} needs {' and '.join(missing)}", hint=f"write {usage(name)}")
    return make(**given)


def builtin_learner(spec: str) -> Learner:
    """The learner that `builtin` makes.

    Raises:
        SourceError: as `builtin`, or a machine.
    """
    made = builtin(spec)
    if isinstance(made, Learner):
        return made
    raise SourceError(
        f"{spec} is a machine, not a learner", hint=f"there are {', '.join(LEARNERS)}"
    )


def builtin_machine(spec: str) -> Machine:
    """The machine that `builtin` makes.

    Raises:
        SourceError: as `builtin`, or a learner.
    """
    made = builtin(spec)
    if isinstance(made, Machine):
        return made
    raise SourceError(
        f"{spec} is a learner, not a machine", hint=f"there are {', '.join(MACHINES)}"
    )


def _is_text(parameter: inspect.Parameter) -> bool:
    """Whether a parameter is text; all others are integers."""
    return parameter.annotation in (str, "str")


def _arguments(
    name: str, text: str, parameters: Mapping[str, inspect.Parameter]
) -> dict[str, int | str]:
    """The parameters that ``text`` gives."""
    given: dict[str, int | str] = {}
    for part in text.split(",") if text else ():
        parameter, _, value = (side.strip() for side in part.partition("="))
        write = f"write {usage(name)}"
        if parameter not in parameters:
            close = get_close_matches(parameter, parameters, n=1)
            hint = f"did you mean {close[0]}? {write}" if close else write
            raise SourceError(f"{name} has no parameter '{parameter}'", hint=hint)
        if parameter in given:
            raise SourceError(f"{name}: {parameter} is given twice", hint=write)
        if _is_text(parameters[parameter]):
            given[parameter] = value
            continue
        try:
            given[parameter] = int(value)
        except ValueError:
            message = f"{name}: {parameter} must be an integer, not '{value}'"
            raise SourceError(message, hint=write) from None
    return given
