"""SGD learns a hidden parity of 8 bits exactly: the textbook loop on a compiled net.

The net's weights implement incremental Gaussian elimination. torch does not know that: it sees a
module, a squared error and `torch.optim.SGD`.
"""

import torch

from runtime.compiled import compile_source

BITS, SAMPLES = 8, 100


def main() -> None:
    """Train on samples of a hidden parity and print when the net is wrong."""
    compiled = compile_source(f"builtin:parity:bits={BITS}")
    module = compiled.to_module()
    optimizer = torch.optim.SGD(module.parameters(), lr=compiled.learning_rate)

    generator = torch.Generator().manual_seed(0)
    secret = torch.randint(2, (BITS,), generator=generator)
    wrong = []
    for step in range(SAMPLES):
        bits = torch.randint(2, (BITS,), generator=generator)
        guess = torch.randint(2, (1,), generator=generator)  # the net's one random bit
        label = 2 * ((bits * secret).sum() % 2) - 1

        output = module(2.0 * torch.cat([bits, guess]) - 1)
        loss = (output - label) ** 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

        assert output.abs() == 1  # to the last bit
        if output != label:
            wrong.append(step)

    print(f"hidden parity {''.join(map(str, secret.tolist()))}")
    print(f"{compiled.net.vertices} vertices, {compiled.net.edges} weights, all of them trained")
    print(f"wrong in {len(wrong)} of {SAMPLES} steps, the last time in step {wrong[-1]}")


if __name__ == "__main__":
    main()
