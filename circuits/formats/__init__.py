"""Readers and writers of circuit files, one format a module; see `circuits.formats.registry`."""

from circuits.formats.registry import FORMATS as FORMATS
from circuits.formats.registry import Format as Format
from circuits.formats.registry import read_circuit as read_circuit
from circuits.formats.registry import write_circuit as write_circuit
