"""Benchmarks: every figure is a ratio of two times, measured in turns in one run."""
