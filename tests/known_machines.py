"""Machines that several tests run."""

from circuits.machines.machine import Machine, Move

BEAVER = Machine.of_rules(
    {
        ("A", "0"): ("1", Move.RIGHT, "B"),
        ("A", "1"): ("1", Move.LEFT, "B"),
        ("B", "0"): ("1", Move.LEFT, "A"),
        ("B", "1"): ("1", Move.RIGHT, "H"),
    },
    start="A",
    blank="0",
    name="BB(2)",
)
"""Halts after 6 steps, on 4 cells."""

BEAVER_4 = Machine.of_rules(
    {
        ("A", "0"): ("1", Move.RIGHT, "B"),
        ("A", "1"): ("1", Move.LEFT, "B"),
        ("B", "0"): ("1", Move.LEFT, "A"),
        ("B", "1"): ("0", Move.LEFT, "C"),
        ("C", "0"): ("1", Move.RIGHT, "H"),
        ("C", "1"): ("1", Move.LEFT, "D"),
        ("D", "0"): ("1", Move.RIGHT, "D"),
        ("D", "1"): ("0", Move.RIGHT, "A"),
    },
    start="A",
    blank="0",
    name="BB(4)",
)
"""Halts after 107 steps, on 14 cells, the head starting on number 10 of them."""

NORTH, EAST, SOUTH, WEST = "north", "east", "south", "west"
ANT = Machine.of_rules(
    {
        (NORTH, "white"): ("black", Move.RIGHT, EAST),
        (NORTH, "black"): ("white", Move.LEFT, WEST),
        (EAST, "white"): ("black", Move.DOWN, SOUTH),
        (EAST, "black"): ("white", Move.UP, NORTH),
        (SOUTH, "white"): ("black", Move.LEFT, WEST),
        (SOUTH, "black"): ("white", Move.RIGHT, EAST),
        (WEST, "white"): ("black", Move.UP, NORTH),
        (WEST, "black"): ("white", Move.DOWN, SOUTH),
    },
    start=NORTH,
    blank="white",
    name="Langton's ant",
)
