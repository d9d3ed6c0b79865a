"""AIGER 1.9, ASCII (``.aag``) and binary (``.aig``).

Source: Biere, Heljanko and Wieringa, "AIGER 1.9 and beyond", FMV report 11/2, 2011, made precise
by the reference library, which this reader follows in what it refuses.

A file is a header ``aag M I L O A [B [C [J [F]]]]``, one line per input, latch, output and
property, the AND gates, a symbol table and a comment. Literals are ours (``2 * variable + sign``,
0 is false). The ASCII form numbers variables freely and lists gates in any order; the binary form
leaves out what can be counted and stores each gate as two differences of literals.
"""

from circuits.formats.aiger.reader import read_aiger as read_aiger
from circuits.formats.aiger.writer import write_aiger_ascii as write_aiger_ascii
from circuits.formats.aiger.writer import write_aiger_binary as write_aiger_binary
