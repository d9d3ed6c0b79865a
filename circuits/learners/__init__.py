"""Learning algorithms as circuits, one algorithm a module."""
