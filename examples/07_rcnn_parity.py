"""A convolutional filter of constant size learns any parity: the same weights for every size.

Stock SGD writes the samples into the memory layer, one row a step. Then the layers are the steps of
a machine of 40 states that reduces rows: `python examples/07_rcnn_parity.py`.
"""

import numpy as np
import torch

from circuits.machines.parity_machine import parity_machine
from compiler.rcnn.machine_to_rcnn import machine_to_rcnn
from runtime.rcnn.module import Rcnn

net = machine_to_rcnn(parity_machine())
print(f"{net.sizes.states} states, {net.sizes.parameters} parameters, width {net.sizes.width}")
rng = np.random.default_rng(0)
for bits, layers in ((2, 500), (4, 2000), (6, 5000)):
    samples = bits + 10
    x = rng.choice([-1, 1], (samples, bits))
    hidden = rng.integers(2, size=bits)
    parity = np.where(hidden, x, 1).prod(axis=1)
    module = Rcnn(net, samples=samples, bits=bits, layers=layers, dtype="float32", path="fast")
    optimizer = torch.optim.SGD(module.parameters(), lr=module.learning_rate)
    for sample, label in [*zip(x, parity, strict=True), (np.ones(bits), 1)]:  # the last: a dummy
        loss = (module(torch.tensor(sample)) - label) ** 2 / 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    fresh = rng.choice([-1, 1], (200, bits))
    with torch.no_grad():
        answers = module(torch.tensor(fresh)).numpy()
    right = (answers == np.where(hidden, fresh, 1).prod(axis=1)).mean()
    print(f"{bits} bits, {samples} samples, {layers} layers: right on {right:.0%} of 200 fresh")
