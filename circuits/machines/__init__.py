"""Turing machines on one tape or on a plane: what they are, run, read, write and become."""
