"""How a circuit becomes a neural net: the IR of nets, the passes, constants, export."""
