"""Write a circuit with memory, compile it, let SGD run it, and verify every step.

The circuit learns a price: it predicts that an offer is enough if it is not below the least price
still possible. It may change its memory only when its prediction was wrong, so it needs no label:
the right answer is then the other one.
"""

import torch

from circuits.arithmetic import increment
from circuits.builder import Builder
from circuits.circuit import Circuit
from circuits.ports import input_word, register
from circuits.selection import where
from runtime.compiled import Compiled, compile_source
from runtime.module import NetModule

BITS, PRICE = 4, 11


def price_circuit() -> Circuit:
    """Inputs: an offer. Memory: the least price still possible. Output: whether it is enough."""
    b = Builder("price")
    offer = input_word(b, "offer", BITS).extend(BITS + 1)
    price = register(b, "price", BITS + 1)
    enough = offer >= price.value
    b.output("enough", enough.literal)
    price.set_next(where(enough, increment(offer), offer))  # called wrong: above, else not above
    return b.build()


def price_in(compiled: Compiled, module: NetModule) -> int:
    """The price that the signs of the memory edges say."""
    bits = compiled.memory(module)
    return sum(bits[f"price[{i}]"] << i for i in range(BITS + 1))


def main() -> None:
    """Teach a price by offers, then verify 200 steps with random labels."""
    compiled = compile_source(price_circuit())
    module = compiled.to_module(torch.float32)
    optimizer = torch.optim.SGD(module.parameters(), lr=compiled.learning_rate)
    generator = torch.Generator().manual_seed(1)
    for step in range(60):
        offer = int(torch.randint(2**BITS, (), generator=generator))
        label = 1 if offer >= PRICE else -1
        output = module(torch.tensor([1.0 if offer >> i & 1 else -1.0 for i in range(BITS)]))
        loss = (output - label) ** 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if output != label:
            print(f"step {step}: {offer} was not enough; now {price_in(compiled, module)}")

    report = compiled.verify(steps=200, dtype="float32")
    print(f"emulates: {report.emulates}, {report.wrong_steps} of {report.steps} steps updated")


if __name__ == "__main__":
    main()
