"""A busy beaver run by gradient descent: every step of SGD is one step of a Turing machine.

Of all machines with four states and two symbols that halt, started on a tape of zeros, this one
runs longest: 107 steps. The net's memory edges hold tape, head and state in their signs. It gets
no input. It says -1 until the machine has halted, and every label is the opposite of what it says;
the gradient of that error flips just the weights in which two configurations differ.
"""

import torch

from circuits.machines.busy_beaver import busy_beaver
from circuits.machines.configuration import Configuration
from circuits.machines.machine import Machine
from runtime.compiled import compile_source

FIRST, LAST = 8, 5
"""Steps to print, of the beginning and of the end."""


def tape(machine: Machine, configuration: Configuration) -> str:
    """The cells, with the state before the one that the head is on."""
    shown = [machine.symbols[symbol] for symbol in configuration.cells[0]]
    shown.insert(configuration.head[0], machine.states[configuration.state])
    return "".join(shown)


def main() -> None:
    """Train until the net says that the machine has halted."""
    beaver = busy_beaver(states=4, symbols=2)
    compiled = compile_source(beaver)
    module = compiled.to_module(torch.float32)
    optimizer = torch.optim.SGD(module.parameters(), lr=compiled.learning_rate)
    print(f"{compiled.net.edges} weights, all trained; learning rate {compiled.learning_rate}")

    nothing = torch.zeros(0)
    memory = compiled.memory(module)
    lines = [f"   0  {tape(beaver, compiled.configuration(module))}"]
    while (output := module(nothing)) == -1:
        label = -output.detach()
        loss = (output - label) ** 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

        before, memory = memory, compiled.memory(module)
        flipped = " ".join(name for name in memory if memory[name] != before[name])
        shown = tape(beaver, compiled.configuration(module))
        lines.append(f"{len(lines):4}  {shown}  {loss.item():4}  {flipped}")

    print("step  tape and state   loss  memory edges whose sign SGD flipped")
    print("\n".join([*lines[:FIRST], "   ...", *lines[-LAST:]]))
    ones = compiled.configuration(module).score(beaver.blank)
    print(f"halted after {len(lines) - 1} steps of SGD, leaving {ones} ones")


if __name__ == "__main__":
    main()
