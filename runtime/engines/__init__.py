"""Engines: one meaning, the step of SGD forward and backward, several speeds."""
