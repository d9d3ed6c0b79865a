"""How loops are compiled; importing this loads numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function, **options: Any) -> Function:
    """By numba at the first call, once per types of arguments and machine; other threads may run.

    Args:
        function: is kept compiled on disk, where there is a folder for it, until its file changes.
        options: further ones of ``numba.njit``.
    """
    try:
        return cast("Function", numba.njit(cache=True, nogil=True, **options)(function))
    except RuntimeError:  # no folder to keep it in
        return cast("Function", numba.njit(nogil=True, **options)(function))
