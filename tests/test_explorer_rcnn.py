"""The page of a recurrent convolutional net: its layers are those of the run, in a browser too."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from browser import END, ESCAPE, HOME, LEFT, RIGHT, SHIFT, SPACE, needs_chromium
from command_line import sgdcc
from explorer_pages import View, message_of_damaged

from circuits.catalog import builtin_machine
from circuits.errors import LimitError
from circuits.machines.bounded import bounded_machine
from circuits.machines.machine import Machine, Move
from circuits.machines.options import MachineOptions
from compiler.rcnn.grids import memorising, predicting
from compiler.rcnn.machine_to_rcnn import machine_to_rcnn
from runtime.explorer.layers import digits_of, exact_text, layers_page, write_layers
from runtime.explorer.pack import Packed, unpack
from runtime.rcnn.fast import Changes
from runtime.rcnn.record import MOST_LAYERS, record_layers
from runtime.rcnn.recording import LayerRecording, Pass
from runtime.rcnn.settings import RcnnSettings

pytest_plugins = "explorer_browser"

pytestmark = pytest.mark.slow  # a browser takes seconds

MINUS = "\N{MINUS SIGN}"
LONG = "busy-beaver:states=3,symbols=3,record=box"
LEARNER = RcnnSettings(bits=2, samples=3)


class Layers(NamedTuple):
    """A page on the disk and what it was written from."""

    file: Path
    run: LayerRecording

    @property
    def query(self) -> int:
        """The number of the pass that answers the query."""
        return self.run.steps

    def cells(self, number: int, layer: int) -> list[list[object]]:
        """Of each cell: its value exactly, its symbol, the state of the head and the phase."""
        coding, machine = self.run.net.coding, self.run.net.machine
        found: list[list[object]] = []
        for value in self.run.passes[number].grid(layer).ravel():
            cell = coding.cells[int(coding.numbers(np.array([value]))[0])]
            assert cell is not None
            state = None if cell.state is None else machine.states[cell.state]
            symbol = machine.symbols[cell.symbol]
            found.append([exact_text(float(value)), symbol, state, int(cell.phase)])
        return found


def written(file: Path, name: str, settings: RcnnSettings) -> Layers:
    net = machine_to_rcnn(builtin_machine(name), settings.scale, settings.dtype)
    run = record_layers(net, settings)
    assert write_layers(file, run) == file.stat().st_size < 5_000_000
    return Layers(file, run)


@pytest.fixture(scope="module")
def parity(tmp_path_factory: pytest.TempPathFactory) -> Layers:
    return written(tmp_path_factory.mktemp("parity") / "p.html", "parity-machine", LEARNER)


def test_the_recorded_layers_are_those_that_the_machine_and_lemma_3_ask_for(
    parity: Layers,
) -> None:
    run, coding = parity.run, parity.run.net.coding
    first = coding.numbers(run.passes[1].begin)
    due = list(memorising(coding, first, 1))
    assert [coding.numbers(run.passes[1].grid(i)).tolist() for i in range(len(due))] == [
        grid.tolist() for grid in due
    ]
    answering = run.passes[parity.query]
    wanted = predicting(run.net.machine, coding, coding.numbers(answering.begin))
    layer = 0
    for layer, grid in enumerate(wanted):
        assert (coding.numbers(answering.grid(layer)) == grid).all(), layer
    assert answering.last <= layer


def test_w_is_what_each_step_of_sgd_has_written(parity: Layers) -> None:
    run = parity.run
    assert run.memory is not None
    assert not run.memory[0].any()
    for step, one in enumerate(run.passes[: run.steps]):
        assert one.sample is not None
        assert one.label is not None
        assert one.output == 0
        row = one.label * np.append(one.sample, 1) * float(run.net.coding.sample)
        changed = np.flatnonzero((run.memory[step + 1] != run.memory[step]).any(axis=1))
        assert changed.tolist() == [step]
        assert run.memory[step + 1][step].tolist() == row.tolist()
    answering = run.passes[parity.query]
    assert answering.output == answering.learner_answer == answering.machine_answer != 0


def test_both_paths_record_the_same() -> None:
    net = machine_to_rcnn(builtin_machine("majority-machine"), "base3", "float64")
    settings = RcnnSettings(bits=1, samples=2, fresh=2, scale="base3")
    fast, plain = (record_layers(net, replace(settings, path=path)) for path in ("fast", "plain"))
    assert len(fast.passes) == len(plain.passes) == 5
    for one, other in zip(fast.passes, plain.passes, strict=True):
        for mine, theirs in zip(one.changes, other.changes, strict=True):
            assert mine.tolist() == theirs.tolist()
        assert (one.begin == other.begin).all()
        assert one.output == other.output


def test_too_few_layers_are_shown_as_they_are() -> None:
    net = machine_to_rcnn(builtin_machine("majority-machine"))
    run = record_layers(net, RcnnSettings(bits=2, samples=3, layers=5))
    assert run.passes[-1].last == 5
    assert run.passes[-1].output != run.passes[-1].machine_answer


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("majority-machine", RcnnSettings(bits=60, samples=80), "62 x 81 cells is too large"),
        (LONG, RcnnSettings(layers=MOST_LAYERS + 1), "--layers 20000 shows the first ones"),
        ("majority-machine", RcnnSettings(samples=81, bits=1, layers=81), "more than 900 values"),
    ],
)
def test_what_is_too_large_is_refused(
    name: str, settings: RcnnSettings, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if said.endswith("values"):
        monkeypatch.setattr("runtime.rcnn.record.MOST_VALUES", 900)
    net = machine_to_rcnn(builtin_machine(name))
    with pytest.raises(LimitError, match=said):
        record_layers(net, settings)


@pytest.mark.parametrize("scale", ["integer", "base3"])
def test_the_digits_of_a_value_add_up_to_it(scale: str) -> None:
    coding = machine_to_rcnn(builtin_machine("busy-beaver:states=3"), scale, "float64").coding
    for cell, value in zip(coding.cells, coding.values, strict=True):
        if cell is not None:
            digits = zip(digits_of(coding, cell), coding.weights, strict=True)
            assert sum(digit * weight for digit, weight in digits) == value


def page_of(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a page holds: values and arrays."""
    found = re.search(r'id="values">(.*?)</script>\n<script[^>]*id="arrays">(.*?)</', text, re.S)
    assert found is not None
    values = json.loads(found[1])
    return values, unpack(Packed(values["directory"], values["size"], found[2]))


def test_the_page_holds_every_change_of_the_run(parity: Layers) -> None:
    values, arrays = page_of(parity.file.read_text())
    passes = parity.run.passes
    layers = np.concatenate([one.changes.layer for one in passes])
    assert arrays["change_layers"].tolist() == layers.tolist()
    exact = [Fraction(values["values"][i]["exact"]) for i in arrays["change_values"]]
    assert exact == [Fraction(float(v)) for one in passes for v in one.changes.value]
    assert [one["changes"] for one in values["passes"]] == [len(p.changes.layer) for p in passes]


def test_no_symbol_becomes_code() -> None:
    bad = "</script><script>1</script>"
    rules = {("A", "_"): (bad, Move.RIGHT, "H"), ("A", bad): (bad, Move.RIGHT, "H")}
    machine = replace(Machine.of_rules(rules, start="A", blank="_"), name=bad)
    page = layers_page(record_layers(machine_to_rcnn(machine), RcnnSettings()))
    assert page.count("<script") == 3
    assert bad not in page
    assert page_of(page)[0]["coding"]["symbols"].count(bad) == 1


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    given = ("builtin:busy-beaver:states=3", "--target", "rcnn", "--html", str(file))
    assert sgdcc("inspect", *given).out == f"{file}: {file.stat().st_size} bytes\n"
    values, _ = page_of(file.read_text())
    assert (values["layers"], values["steps"]) == (21, 0)
    said = json.loads(sgdcc("inspect", *given, "--json").out)
    assert said == {"html": str(file), "bytes": file.stat().st_size}
    refused = sgdcc("inspect", *given, "--vertex", "3")
    assert refused.code == 2
    assert "not a net of vertices" in refused.err
    large = sgdcc("inspect", *given, "--bits", "70", "--samples", "70")
    assert large.code == 3
    assert "72 x 71 cells is too large for a page" in large.err


def differences(view: View, page: Layers, moments: list[tuple[int, int]]) -> list[str]:
    """Where the cells of the page, as they stand on the screen, are not those of the run."""
    script = """
    const [pass, layer] = arguments, {run} = explorer;
    explorer.goTo(pass, layer);
    return [...document.querySelectorAll('#grid [data-cell]')].map((cell, i) => {
      const {exact, symbol, state, phase} = run.table[run.grid(pass, layer)[i]];
      const seen = [cell.firstChild.data, cell.querySelector('small')?.textContent ?? '',
        cell.classList.contains('head'), cell.classList[1], cell.title];
      return [[exact, run.coding.symbols[symbol], run.coding.states[state] ?? null, phase], seen];
    })
    """
    found = []
    for number, layer in moments:
        due = page.cells(number, layer)
        for i, (have, seen) in enumerate(view.js(script, number, layer)):
            value, symbol, state, phase = due[i]
            where = f"pass {number}, layer {layer}, cell {i}"
            if have != due[i]:
                found.append(f"{where}: {have}, not {due[i]}")
            sign, caption, head, kind, title = seen
            if head != (state is not None) or (head and caption != state):
                found.append(f"{where}: head {head} {caption}")
            if (kind == "computing") != (phase == 1) or (kind == "memory") != (phase == -1):
                found.append(f"{where}: {kind}")
            if kind in ("computing", "sample") and sign.replace(MINUS, "-") != symbol:
                found.append(f"{where}: {sign}, not {symbol}")
            if not title.endswith(f", {str(value).replace('-', MINUS)}"):
                found.append(f"{where}: {title}")
    return found


@needs_chromium
def test_every_cell_of_every_layer_is_that_of_the_run(view: View, parity: Layers) -> None:
    view.open(parity.file)
    passes = parity.run.passes
    moments = [(p, i) for p, one in enumerate(passes) for i in range(0, one.last + 1, 3)]
    assert len(moments) > 30
    assert differences(view, parity, moments) == []
    assert differences(view, parity, moments[::-7]) == []  # backwards too


@needs_chromium
def test_a_page_of_another_run_is_found_out(view: View, parity: Layers, tmp_path: Path) -> None:
    run = parity.run
    changes = run.passes[-1].changes
    other = changes._replace(cell=(changes.cell + 1) % 16)
    passes = (*run.passes[:-1], replace(run.passes[-1], changes=other))
    write_layers(tmp_path / "other.html", replace(run, passes=passes))
    view.open(tmp_path / "other.html")
    assert len(differences(view, parity, [(parity.query, 30)])) > 1


@needs_chromium
def test_steps_of_sgd_show_sample_label_output_and_what_is_written(
    view: View, parity: Layers
) -> None:
    run = parity.run
    assert run.memory is not None
    view.open(parity.file)
    for step in range(run.steps):
        slide(view, "pass-slider", step)
        one = run.passes[step]
        assert one.sample is not None
        assert one.label is not None
        assert view.text("#pass") == f"SGD step {step} of {run.steps}"
        assert [bit.text for bit in view.all("#sample .bit")] == [sign(x) for x in one.sample]
        assert view.text("#label") == f"{sign(one.label)}1"
        assert view.text("#output") == "0"
        wrote = view.js(
            "return [...document.querySelectorAll('#memory-grid .writes')]"
            ".map(w => [Number(w.dataset.weight), w.textContent])"
        )
        row = run.memory[step + 1][step]
        assert wrote == [[3 * step + i, sign(weight)] for i, weight in enumerate(row)]
        held = [cell.text for cell in view.all("#memory-grid .sample")]
        assert held == [sign(weight) for weight in run.memory[step][:step].ravel()]
    slide(view, "pass-slider", parity.query)
    assert view.text("#pass") == "query 1 of 1"
    answer = f"{sign(run.passes[parity.query].output)}1"
    assert view.text("#output") == answer
    assert view.text("#verdict") == f"\N{CHECK MARK} the learner answers {answer}"
    assert [cell.text for cell in view.all("#memory-grid .sample")] == [
        sign(weight) for weight in run.memory[-1].ravel()
    ]


def slide(view: View, slider: str, to: int) -> None:
    view.js(
        "const s = document.getElementById(arguments[0]); s.value = arguments[1];"
        "s.dispatchEvent(new Event('input'))",
        slider,
        to,
    )


def sign(value: float | None) -> str:
    assert value is not None
    return "+" if value > 0 else MINUS if value < 0 else "0"


def head_of(page: Layers, number: int, layer: int) -> tuple[int, object] | None:
    cells = page.cells(number, layer)
    return next(((i, c[2]) for i, c in enumerate(cells) if c[2] is not None), None)


@needs_chromium
def test_keys_move_by_layers_by_steps_by_moves_of_the_head_and_by_writes(
    view: View, parity: Layers
) -> None:
    query, last = parity.query, parity.run.passes[parity.query].last
    view.open(parity.file, "query=1")
    state = "return [explorer.state.pass, explorer.state.layer]"
    for key, layer in ((RIGHT, 1), (RIGHT, 2), (LEFT, 1), (END, last), (RIGHT, last), (HOME, 0)):
        view.keys("body", key)
        assert view.js(state) == [query, layer]
    view.keys("body", SHIFT + RIGHT + SHIFT)
    assert view.js(state) == [query, 10]
    heads = [head_of(parity, query, i) for i in range(last + 1)]
    moves = [i for i in range(1, last + 1) if heads[i] != heads[i - 1]]
    view.keys("body", HOME)
    for layer in moves[:6]:
        view.keys("body", "n")
        assert view.js(state) == [query, layer]
        head = heads[layer]
        assert head is not None
        place = f"({head[0] % 4}, {head[0] // 4})"
        assert view.text("#machine-state") == f"state {head[1]} at {place}"
    view.keys("body", "p")
    assert view.js(state) == [query, moves[4]]
    symbols = [[c[1] for c in parity.cells(query, i) if c[3] == 1] for i in range(last + 1)]
    whole = [i for i in range(1, last + 1) if len(symbols[i - 1]) == 16]  # all cells compute
    writes = [i for i in whole if symbols[i] != symbols[i - 1]]
    view.js(f"explorer.goTo({query}, {whole[0]})")
    for layer in writes[:4]:
        view.keys("body", "w")
        assert view.js(state) == [query, layer]
    view.keys("body", END, "n")
    assert view.text("#note") == "The head does not move in a later layer."
    view.keys("body", "[")
    assert view.js(state) == [query - 1, 0]
    view.keys("#pass-slider", RIGHT)  # moves the slider, not a layer
    assert view.js(state) == [query, 0]
    view.keys("body", "?")
    assert "next move of the head" in view.text("#help")
    view.keys("body", ESCAPE, "t")
    assert view.js("return document.documentElement.dataset.theme") == "dark"


@needs_chromium
def test_it_plays_on_to_the_next_step_and_stops_at_the_end(view: View, parity: Layers) -> None:
    view.open(parity.file, "speed=3000")
    view.keys("body", SPACE)
    view.wait(f"explorer.state.pass === {parity.query} && explorer.timer === null")
    assert view.js("return explorer.state.layer") == parity.run.passes[parity.query].last
    view.keys("body", HOME, *"-----", SPACE)  # 25 layers a second
    view.wait("explorer.state.layer > 2")
    view.keys("body", SPACE)
    assert view.js("return explorer.timer") is None
    assert view.js("return explorer.state.layer") < 90


def told(view: View) -> dict[str, str]:
    """What the panel says of the chosen cell."""
    names = ("exact", "symbol", "state", "phase", "words", "place")
    return {name: view.text(f"#{name}") for name in names}


@needs_chromium
def test_a_click_tells_the_exact_value_of_a_cell_and_what_changes_it(
    view: View, parity: Layers
) -> None:
    query = parity.query
    view.open(parity.file, "query=1&layer=33")
    head = head_of(parity, query, 33)
    assert head is not None
    view.one(f'[data-cell="{head[0]}"]').click()
    exact, symbol, state, _ = parity.cells(query, 33)[head[0]]
    said = told(view)
    assert said["exact"] == str(exact).replace("-", MINUS)
    assert (said["symbol"], said["state"], said["phase"]) == (symbol, state, "computing")
    total = view.one("#digits tr.sum").text.split()[1]
    assert total == said["exact"]
    patch = [cell.text for cell in view.all("#patch td")]
    grid = np.pad(parity.run.passes[query].grid(33), 1, constant_values=np.nan)
    y, x = divmod(head[0], 4)
    padding = exact_text(parity.run.net.coding.padding)
    around = [padding if np.isnan(v) else exact_text(v) for v in grid[y : y + 3, x : x + 3].ravel()]
    assert patch == [text.replace("-", MINUS) for text in around]
    changes = parity.run.passes[query].changes
    later = changes.layer[(changes.cell == head[0]) & (changes.layer > 33)]
    for layer in later[:3]:
        view.one("#next-change").click()
        assert view.js("return explorer.state.layer") == layer
    view.keys("body", "l" if x < 3 else "j")
    assert view.text("#cell") == f"cell ({x + (1 if x < 3 else -1)}, {y})"
    view.keys("body", ESCAPE)
    assert not view.all("#cell")


@needs_chromium
def test_the_address_holds_all_that_is_seen(view: View, parity: Layers) -> None:
    view.open(parity.file, "step=2&layer=1")
    view.one('[data-cell="9"]').click()
    view.keys("body", RIGHT, "+", "t")
    address, panel = view.js("return location.hash"), view.text("#panel")
    assert address == "#step=2&layer=2&cell=1,2&speed=25&theme=dark"
    ground = view.js("return getComputedStyle(document.body).backgroundColor")
    view.open(parity.file, address[1:])
    assert view.text("#panel") == panel
    assert view.js("return getComputedStyle(document.body).backgroundColor") == ground
    view.open(parity.file, "query=7&layer=-4&cell=99,x&speed=7&theme=pink")
    assert view.js("return location.hash") == "#step=0"


@needs_chromium
def test_the_cells_of_a_plane_are_shown_layer_by_layer(view: View, tmp_path: Path) -> None:
    net = machine_to_rcnn(builtin_machine("langton"))
    machine = bounded_machine(net.machine, MachineOptions(cells=(30, 24)), steps=200)
    run = record_layers(net, RcnnSettings(layers=200), machine)
    page = Layers(tmp_path / "ant.html", run)
    write_layers(page.file, run)
    view.open(page.file, "layer=200")
    assert differences(view, page, [(0, 200), (0, 57), (0, 0)]) == []
    assert not view.one("#memory-figure").is_displayed()
    assert not view.one("#passes").is_displayed()


DAMAGES = {
    "inflated": (r'(id="arrays">.{90}).{4}', r"\1AAAA"),
    "bytes of data, not": (r'"size":\d+', '"size":7'),
    "table of values": (r'"version":1', '"version":}'),
    "is incomplete": (r'"changes":\d+', '"changes":3'),
}


@needs_chromium
@pytest.mark.parametrize("said", DAMAGES)
def test_a_damaged_page_says_so(view: View, parity: Layers, tmp_path: Path, said: str) -> None:
    assert said in message_of_damaged(view, parity.file, tmp_path, *DAMAGES[said])


def test_a_pass_without_changes_has_no_last_layer(parity: Layers) -> None:
    one = parity.run.passes[0]
    layer, cell, value = one.changes
    none = Pass(one.begin, Changes(layer[:0], cell[:0], value[:0]))
    assert none.last == 0
    assert (none.grid(9) == one.begin).all()
