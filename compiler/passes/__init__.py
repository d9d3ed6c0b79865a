"""The passes, one a module, in the order of `compiler.pipeline`."""
