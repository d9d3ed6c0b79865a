"""Replicas: many independent runs of one net, each beside its reference, on many processors."""
