"""Readers and writers of machines' files, one format a module; see the registry."""

from circuits.machines.formats.registry import MACHINE_FORMATS as MACHINE_FORMATS
from circuits.machines.formats.registry import is_machine_file as is_machine_file
from circuits.machines.formats.registry import read_machine as read_machine
from circuits.machines.formats.registry import write_machine as write_machine
