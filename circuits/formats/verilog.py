"""Verilog, structural and behavioural, through Yosys (the optional extra ``verilog``).

A port ``[7:0] a`` becomes the inputs or outputs ``a[0]`` to ``a[7]``, in this order, named by the
indices that the source gives them; ports stay in the order of the module's header. XOR gates and
multiplexers stay what they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from circuits.builder import Builder
from circuits.circuit import FALSE, TRUE, Circuit
from circuits.errors import SourceError
from circuits.formats.order import CycleError, dependency_order
from circuits.formats.text import SourceText
from circuits.formats.yosys import SOURCE, Bit, Cell, Module, Signal, netlist

# Pins in the order of the function's operands.
_GATES: Mapping[str, tuple[str, Callable[..., int]]] = {
    "$_BUF_": ("A", lambda b, x: x),
    "$_NOT_": ("A", lambda b, x: x ^ 1),
    "$_AND_": ("AB", Builder.and_),
    "$_NAND_": ("AB", lambda b, x, y: b.and_(x, y) ^ 1),
    "$_ANDNOT_": ("AB", lambda b, x, y: b.and_(x, y ^ 1)),
    "$_OR_": ("AB", Builder.or_),
    "$_NOR_": ("AB", lambda b, x, y: b.or_(x, y) ^ 1),
    "$_ORNOT_": ("AB", lambda b, x, y: b.or_(x, y ^ 1)),
    "$_XOR_": ("AB", Builder.xor),
    "$_XNOR_": ("AB", lambda b, x, y: b.xor(x, y) ^ 1),
    "$_MUX_": ("SBA", Builder.mux),
    "$_NMUX_": ("SBA", lambda b, s, t, e: b.mux(s, t, e) ^ 1),
}
_FLIP_FLOPS = {"$_DFF_P_": "posedge", "$_DFF_N_": "negedge"}
