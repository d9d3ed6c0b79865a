"""Inspection in text: what a net consists of, what a vertex does, and what differs."""
