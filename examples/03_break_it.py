"""Break one hypothesis of the theorem at a time: the verification must notice, and say where.

The theorem is about single samples, its own learning rate and exactly the weights that were built.
"""

from runtime.compiled import compile_source
from runtime.settings import CONTROLS


def main() -> None:
    """Verify a net as it is, then under every negative control."""
    compiled = compile_source("builtin:parity:bits=4")
    print(f"as it is: emulates {compiled.verify(steps=100).emulates}")
    for control in CONTROLS:
        report = compiled.verify(steps=100, control=control)
        print(f"\n{control}: emulates {report.emulates}\n  {report.first_divergence}")


if __name__ == "__main__":
    main()
