"""``python -m runtime.check CERTIFICATE [NET]``: exit code 0 valid, 1 refused, 2 unreadable."""

from __future__ import annotations

import sys
from pathlib import Path

from runtime.check import RefusedError, UnreadableError, check_files


def main(arguments: list[str]) -> int:
    """Check, say what was found, and return the exit code."""
    if not 1 <= len(arguments) <= 2 or arguments[0].startswith("-"):
        sys.stderr.write("usage: python -m runtime.check CERTIFICATE [NET]\n")
        return 2
    try:
        proof = check_files(*map(Path, arguments))
    except RefusedError as refused:
        sys.stdout.write(f"refused: {refused}\n")
        return 1
    except UnreadableError as unreadable:
        sys.stderr.write(f"error: {unreadable}\n")
        return 2
    sys.stdout.write(f"{proof}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
