"""Train an exported net with numpy alone: python 04_retrain_with_numpy.py NET.json SAMPLES.txt.

NET.json is what `sgdcc export NET --format json` writes; nothing of sgdcc is used or needed here.
SAMPLES.txt has one step a line: a bit per input (sample and random ones, in the net's order), a
blank, the label's bit. Prints one line per step (output and label), then every weight in hex.
"""

import json
import sys

import numpy as np


def activation(total: np.ndarray, a: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """The activation and its derivative, for inputs on its pieces."""
    size = np.abs(total)
    power = (size >= a["power_from"]) & (size <= a["power_to"])
    plateau = size >= a["plateau_from"]
    if not (power | plateau | (size <= a["dead_zone"])).all():
        raise SystemExit("an input between two pieces of the activation")
    value = np.where(plateau, a["plateau"], np.where(power, size ** a["exponent"], 0.0))
    slope = np.where(power, a["exponent"] * size ** (a["exponent"] - 1), 0.0)
    if not a["power_from"]:
        slope[size == 0] = 0.0  # no dead zone: the exponent is above 1
    return np.sign(total) * value, slope


def main(net_path: str, samples_path: str) -> None:
    """One SGD step a line: forward by levels, backward by levels, update."""
    with open(net_path) as file:
        net = json.load(file)
    graph, nodes, edges = net["graph"], net["nodes"], net["edges"]
    source = np.array([e["source"] for e in edges])
    target = np.array([e["target"] for e in edges])
    weight = np.array([e["weight"] for e in edges])
    level = np.array([n["level"] for n in nodes])
    inputs = [i["vertex"] for i in graph["inputs"]]
    by_level = [np.flatnonzero(level[target] == k) for k in range(level.max() + 1)]

    with open(samples_path) as file:
        steps = [line.split(" ") for line in file.read().split("\n") if line]
    for bits, label_bit in steps:
        label = 2.0 * int(label_bit) - 1
        value, slope = np.zeros(len(nodes)), np.zeros(len(nodes))
        value[graph["constant"]] = 1
        value[inputs] = [2.0 * int(bit) - 1 for bit in bits]
        for k in range(1, level.max() + 1):
            total = np.zeros(len(nodes))
            np.add.at(total, target[by_level[k]], weight[by_level[k]] * value[source[by_level[k]]])
            here = level == k
            value[here], slope[here] = activation(total[here], graph["activation"])

        output = value[graph["output"]]
        by_value, by_total = np.zeros(len(nodes)), np.zeros(len(nodes))
        by_value[graph["output"]] = 2 * (output - label)
        for k in range(level.max(), 0, -1):
            here = level == k
            by_total[here] = by_value[here] * slope[here]
            np.add.at(
                by_value, source[by_level[k]], weight[by_level[k]] * by_total[target[by_level[k]]]
            )
        weight = weight - graph["learning_rate"] * (by_total[target] * value[source])
        print(f"output {output:+g} label {label:+g}")
    print(" ".join(float(w).hex() for w in weight))


if __name__ == "__main__":
    main(*sys.argv[1:])
