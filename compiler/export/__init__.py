"""Nets in the formats of other programs, one a module."""
