"""Turing machines clocked by SGD: run, decode and compare."""
