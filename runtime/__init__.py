"""Run a net with torch: modules, SGD, verification, the command line."""
