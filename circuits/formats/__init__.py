"""Readers and writers of circuit files, one format a module."""
