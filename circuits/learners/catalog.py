"""The built-in learners by name, as a command line asks for them: ``parity:bits=32``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from importlib import import_module

from circuits.errors import SourceError
from circuits.learner import Learner

BUILTINS = ("conjunction", "nearest", "parity", "perceptron", "random_subset", "winnow")
"""Names of the built-in learners: a module of this package each, with a function of its name."""


def factory(name: str) -> Callable[..., Learner]:
    """The function that makes this built-in learner; its module is imported only now.

    Raises:
        SourceError: there is none of this name.
    """
    if name not in BUILTINS:
        raise SourceError(f"no built-in learner is called '{name}'", hint=_hint(name, BUILTINS))
    made: Callable[..., Learner] = getattr(import_module(f"circuits.learners.{name}"), name)
    return made


def usage(name: str) -> str:
    """How to ask for a built-in learner, optional parameters in brackets.

    >>> usage("nearest")
    'nearest:bits=N,samples=N[,k=N]'
    """
    text, separator = name, ":"
    for parameter in inspect.signature(factory(name)).parameters.values():
        required = parameter.default is parameter.empty
        asked = f"{separator}{parameter.name}=N"
        text, separator = text + (asked if required else f"[{asked}]"), ","
    return text


def builtin(spec: str) -> Learner:
    """The learner that ``name:parameter=integer,...`` asks for.

    >>> builtin("parity:bits=3").name
    'parity of 3 bits'
    >>> builtin("parity:bit=3")
    Traceback (most recent call last):
    circuits.errors.SourceError: parity has no parameter 'bit'
      help: did you mean bits? write parity:bits=N

    Raises:
        SourceError: an unknown name or parameter, one that is missing or given twice, a value
            that is not an integer or out of range.
    """
    name, _, rest = spec.partition(":")
    make = factory(name)
    parameters = inspect.signature(make).parameters
    given = _arguments(name, rest, parameters)
    missing = [p.name for p in parameters.values() if p.default is p.empty and p.name not in given]
    if missing:
        raise SourceError(f"{name} needs {' and '.join(missing)}", hint=f"write {usage(name)}")
    return make(**given)


def _arguments(name: str, text: str, parameters: Mapping[str, inspect.Parameter]) -> dict[str, int]:
    """The parameters that ``text`` gives."""
    given: dict[str, int] = {}
    for part in text.split(",") if text else ():
        parameter, _, value = (side.strip() for side in part.partition("="))
        write = f"write {usage(name)}"
        if parameter not in parameters:
            close = get_close_matches(parameter, parameters, n=1)
            hint = f"did you mean {close[0]}? {write}" if close else write
            raise SourceError(f"{name} has no parameter '{parameter}'", hint=hint)
        if parameter in given:
            raise SourceError(f"{name}: {parameter} is given twice", hint=write)
        try:
            given[parameter] = int(value)
        except ValueError:
            message = f"{name}: {parameter} must be an integer, not '{value}'"
            raise SourceError(message, hint=write) from None
    return given


def _hint(wrong: str, known: Iterable[str]) -> str:
    """The closest names, or all of them."""
    names = list(known)
    close = get_close_matches(wrong, names, n=1)
    return f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"
