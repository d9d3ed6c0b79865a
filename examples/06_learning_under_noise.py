"""SGD learns a hidden parity while every weight is perturbed at every step.

The noise-tolerant net says 1/2 whatever it sees while it memorises samples, one in each step of
SGD, which sets the cells for the bits that the sample has by the sign of its label. Then it
answers. Nothing puts a weight right again that noise has moved: the margins bear it. The emulation
net is soon wrong, under noise smaller by a factor of a million.
"""

import torch

from runtime.compiled import compile_source

BITS, SAMPLES, SIGMA = 8, 16, 4e-4


def main() -> None:
    """Train under noise, then ask about inputs that were not among the samples."""
    compiled = compile_source(
        f"builtin:parity:bits={BITS}", target="noise-tolerant", samples=SAMPLES
    )
    module = compiled.to_module()
    built = module.weight.detach().clone()
    optimizer = torch.optim.SGD(module.parameters(), lr=compiled.learning_rate)
    generator = torch.Generator().manual_seed(1)
    secret = torch.randint(2, (BITS,), generator=generator)

    def label(bits: torch.Tensor) -> torch.Tensor:
        return 2 * ((bits * secret).sum() % 2) - 1

    outputs = []
    for _ in range(SAMPLES):
        bits = torch.randint(2, (BITS,), generator=generator)
        output = module(2.0 * bits - 1)
        loss = (output - label(bits)) ** 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            noise = torch.randn(len(module.weight), dtype=torch.float64, generator=generator)
            module.weight.add_(SIGMA * noise)
        outputs.append(float(output.detach()))

    questions = torch.randint(2, (100, BITS), generator=generator)
    with torch.no_grad():
        answers = module(2.0 * questions - 1)
    labels = torch.stack([label(bits) for bits in questions])
    moved = (module.weight.detach() != built).sum()
    print(f"hidden parity {''.join(map(str, secret.tolist()))}")
    print(f"{moved} of {len(built)} weights are not as they were built")
    print(f"{SAMPLES} outputs while learning, from {min(outputs):.3f} to {max(outputs):.3f}")
    right = int(((answers - labels).abs() < 0.5).sum())
    print(f"{right} of {len(questions)} answers within 1/2 of the label")


if __name__ == "__main__":
    main()
