"""Nets whose constants need 106 bits: arithmetic with pairs of floats."""
