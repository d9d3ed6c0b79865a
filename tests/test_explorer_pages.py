"""The explorer in a browser: it shows the net and the run, and asks nobody for anything."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from browser import (
    DOWN,
    END,
    ENTER,
    ESCAPE,
    HOME,
    LEFT,
    RIGHT,
    SPACE,
    console_errors,
    needs_chromium,
    requests,
)
from explorer_pages import (
    LATCH,
    Page,
    View,
    differences,
    message_of_damaged,
    parity_page,
    trace,
    written,
)

from circuits.builder import Builder
from circuits.catalog import builtin_machine
from circuits.machines.bounded import bounded_machine
from circuits.machines.machine import Machine, Move
from circuits.machines.options import MachineOptions
from compiler.hierarchy import hierarchy_of
from compiler.net import EdgeRole, Unit
from runtime.compiled import compile_source
from runtime.explorer import write_explorer
from runtime.labels import always_wrong
from runtime.settings import Settings

pytestmark = needs_chromium
pytest_plugins = "explorer_browser"

pytestmark = pytest.mark.slow  # a browser takes seconds

PREFERS_DARK = [{"name": "prefers-color-scheme", "value": "dark"}]
MINUS, THEN = "\N{MINUS SIGN}", "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"


@pytest.fixture(scope="module")
def parity(tmp_path_factory: pytest.TempPathFactory) -> Page:
    return parity_page(tmp_path_factory.mktemp("parity"))


@pytest.fixture(scope="module")
def beaver(tmp_path_factory: pytest.TempPathFactory) -> Page:
    file = tmp_path_factory.mktemp("beaver") / "beaver.html"
    return written(file, compile_source("builtin:busy-beaver:states=3"), Settings())


@pytest.fixture(scope="module")
def latch(tmp_path_factory: pytest.TempPathFactory) -> Page:
    folder = tmp_path_factory.mktemp("latch")
    (folder / "latch.bench").write_text(LATCH)
    compiled = compile_source(folder / "latch.bench")
    return written(folder / "latch.html", compiled, Settings(steps=12, dtype="float32"))


def test_the_page_opens_on_the_components(view: View, parity: Page) -> None:
    view.open(parity)
    boxes = hierarchy_of(parity.compiled.net)
    assert view.nodes() == {f"c{i}" for i in range(boxes.components)}
    titles = [node.text.split("\n")[0] for node in view.all(".node")]
    assert sorted(titles) == sorted(boxes.component_names)
    assert "500 vertices, 942 edges, 20 levels" in view.text("#panel")


def test_a_click_expands_a_component_to_gadgets_and_a_gadget_to_vertices(
    view: View, parity: Page
) -> None:
    net, boxes = parity.compiled.net, hierarchy_of(parity.compiled.net)
    component = boxes.component_names.index("memory labels")
    view.open(parity)
    view.node(f"c{component}").click()
    gadgets = np.flatnonzero(boxes.component_of_gadget == component)
    assert {key for key in view.nodes() if key[0] == "g"} == {f"g{g}" for g in gadgets}
    gadget = boxes.gadget_names.index("memory unit labels[1]")
    view.node(f"g{gadget}").click()
    inside = np.flatnonzero(boxes.gadget_of_vertex == gadget)
    assert {f"v{v}" for v in inside} < view.nodes()
    unit = net.unit_index[inside[0]]
    path = (net.unit == Unit.MEMORY) & (net.unit_index == unit) & (net.path_index == 1)
    assert view.text("#vertex") == net.vertex_name(int(np.flatnonzero(path)[0]))
    assert view.text("#crumbs") == f"net {THEN} memory labels {THEN} memory unit labels[1]"
    view.keys("body", ESCAPE)
    assert {f"g{g}" for g in gadgets} < view.nodes()
    view.one("#crumbs button").click()
    assert len(view.nodes()) == boxes.components


def test_all_names_are_those_of_the_net(view: View, parity: Page) -> None:
    net, boxes = parity.compiled.net, hierarchy_of(parity.compiled.net)
    view.open(parity)
    count = "Array.from({length: explorer.net.%s}, (_, i) => explorer.net.%s(i))"
    vertices = view.js("return " + count % ("vertices", "vertexName"))
    assert vertices == [net.vertex_name(v) for v in range(net.vertices)]
    assert view.js("return " + count % ("gadgets", "gadgetName")) == list(boxes.gadget_names)
    ends = view.js("return [Array.from(explorer.net.from), Array.from(explorer.net.to)]")
    assert (np.array(ends) == [net.edge_source, net.edge_target]).all()


def test_every_weight_sum_and_value_is_that_of_the_run_bit_for_bit(
    view: View, parity: Page
) -> None:
    view.open(parity)
    flips = np.unique(parity.run.flip_steps).tolist()
    assert len(flips) > 3
    assert differences(view, parity, [0, *[step + 1 for step in flips], parity.run.steps]) == []
    assert differences(view, parity, [flips[1], 0]) == []  # backwards too


def test_a_page_of_another_run_is_found_out(view: View, parity: Page, tmp_path: Path) -> None:
    run = parity.run
    other = replace(run, flip_bits=(run.flip_bits + 1) % len(run.initial))
    write_explorer(tmp_path / "other.html", parity.compiled.net, other)
    view.open(tmp_path / "other.html")
    found = differences(view, parity, [run.steps])
    assert {name.split()[0] for name in found} == {"weights", "sums", "values", "memory"}


def test_float32_is_computed_as_float32(view: View, tmp_path: Path) -> None:
    compiled = compile_source("builtin:parity:bits=2", target="noise-tolerant", samples=2)
    page = written(tmp_path / "float32.html", compiled, Settings(dtype="float32"))
    view.open(page)
    assert differences(view, page, [0, 1, 2]) == []
    (_, single), (_, double) = (
        trace(page._replace(recording=replace(page.run, dtype=dtype)), 1)
        for dtype in ("float32", "float64")
    )
    assert (single != double).any()


def test_the_slider_shows_sample_label_output_and_memory_of_each_step(
    view: View, parity: Page
) -> None:
    run = parity.run
    view.open(parity)
    for step in (0, int(run.flip_steps[0]), int(run.flip_steps[-1]), run.steps - 1):
        view.js(
            "const s = document.getElementById('slider'); s.value = arguments[0];"
            "s.dispatchEvent(new Event('input'))",
            step,
        )
        assert view.text("#step") == f"step {step} of {run.steps}"
        assert view.memory() == run.memory(step).astype(int).tolist()
        signs = [bit.text for bit in view.all("#sample .bit")]
        assert signs == ["+" if x > 0 else MINUS for x in run.samples[step]]
        assert view.text("#label") == str(run.labels[step]).replace("-", MINUS)
        assert view.text("#output") == f"{run.outputs[step]:.0f}".replace("-", MINUS)
        assert ("wrong" in view.text("#verdict")) == bool(run.wrong[step])
        flipped = [int(bit.get_attribute("data-bit")) for bit in view.all("#memory .flips")]
        assert flipped == run.flip_bits[run.flip_steps == step].tolist()


def test_the_panel_of_a_vertex_tells_its_inputs_sum_piece_and_margin(
    view: View, parity: Page
) -> None:
    net, step = parity.compiled.net, int(parity.run.flip_steps[2]) + 1
    bit = net.memory[5]
    vertex = int(net.edge_target[bit.edge])
    view.open(parity, f"vertex={vertex}&step={step}")
    sums, values = (x.view(np.float64) for x in trace(parity, step))
    assert float(view.one("#sum").get_attribute("data-float")) == sums[vertex]
    assert float(view.one("#value").get_attribute("data-float")) == values[vertex]
    assert view.text("#piece").startswith("power")
    size = abs(float(sums[vertex]))
    to_end = min(size - net.activation.power_from.to_float(), 1 - size)
    assert float(view.one("#margin").get_attribute("data-float")) == to_end
    (row,) = view.all("details.inputs tbody tr")
    weight = parity.run.weights(step)[bit.edge]
    assert int(row.get_attribute("data-edge")) == bit.edge
    assert float(row.find_element("css selector", ".weight").get_attribute("data-float")) == weight
    exact = net.exact_weights()[bit.edge]
    shown = str(exact if weight == exact.to_float() else -exact).replace("-", MINUS)
    assert row.find_element("css selector", ".weight").text == shown
    readers = [int(r.get_attribute("data-edge")) for r in view.all("details.readers tbody tr")]
    assert readers == np.flatnonzero(net.edge_source == vertex).tolist()


def test_the_panel_shows_the_line_of_the_source_file(view: View, latch: Page) -> None:
    net = latch.compiled.net
    vertex = int(np.flatnonzero(net.line)[-1])
    view.open(latch, f"vertex={vertex}")
    line = int(net.line[vertex])
    assert view.text("#place") == f"{net.circuit.source}:{line}"
    assert view.text("#line") == LATCH.split("\n")[line - 1]


def test_next_flip_goes_to_the_step_that_flips_the_edge(view: View, parity: Page) -> None:
    run, net = parity.run, parity.compiled.net
    number = int(run.flip_bits[-1])
    edge = net.memory[number].edge
    view.open(parity, f"vertex={int(net.edge_target[edge])}")
    for step in run.flip_steps[run.flip_bits == number].tolist():
        view.one(f'tr[data-edge="{edge}"] .flip').click()
        assert view.js("return explorer.state.step") == step
        assert "moves" in view.one(f'tr[data-edge="{edge}"]').get_attribute("class")
    view.one(f'tr[data-edge="{edge}"] .flip').click()
    assert view.text("#note") == "No later step changes it."


def test_the_edges_that_a_step_changes_are_marked(view: View, parity: Page) -> None:
    run, net = parity.run, parity.compiled.net
    view.open(parity)
    for step in (int(run.flip_steps[0]), int(np.flatnonzero(~run.wrong)[0])):
        said = view.js(
            "return Array.from({length: explorer.net.edges}, (_, e) => e)"
            f".filter(e => explorer.run.moves(e, {step}))"
        )
        assert said == np.flatnonzero(run.weights(step) != run.weights(step + 1)).tolist()
    gadget = hierarchy_of(net).gadget_of_vertex[net.edge_target[net.memory[0].edge]]
    view.open(parity, f"view=gadget:{gadget}&step={int(run.flip_steps[0])}")
    assert view.all(".edge.moves")


def test_search_finds_a_name_a_number_and_what_was_perhaps_meant(view: View, parity: Page) -> None:
    net = parity.compiled.net
    view.open(parity)
    view.keys("body", "/")
    view.keys("#query", "labels[2]")
    assert view.one("#found button").text.split("\n") == ["gadget", "memory unit labels[2]"]
    view.keys("#query", DOWN, ENTER)
    assert view.text("#crumbs").endswith("dual unit labels[2]")
    view.js("document.getElementById('query').value = ''")
    view.keys("#query", "77", ENTER)
    assert view.text("#vertex") == net.vertex_name(77)
    view.js("document.getElementById('query').value = ''")
    view.keys("#query", "lables[3]")
    assert view.text("#found p") == "Nothing has this name. Did you mean:"
    assert "labels[3]" in view.one("#found button").text
    view.js("document.getElementById('query').value = ''")
    view.keys("#query", "zzzzzzzzzzzzz")
    assert view.text("#found") == "Nothing has this name."


def test_the_neighbourhood_of_a_vertex_is_the_edges_within_so_many_steps(
    view: View, parity: Page
) -> None:
    net = parity.compiled.net
    vertex = int(net.edge_target[net.memory[3].edge])
    view.open(parity, f"vertex={vertex}")
    view.one("#around").click()
    view.one("#more").click()
    drawn = {vertex}
    bias = net.edge_role == EdgeRole.BIAS
    for _ in range(2):
        near = np.isin(net.edge_source, list(drawn - {0})) | np.isin(
            net.edge_target, list(drawn - {0})
        )
        edges = np.flatnonzero(near & ~bias)
        drawn |= {*net.edge_source[edges].tolist(), *net.edge_target[edges].tolist()}
    assert view.nodes() == {f"v{v}" for v in drawn}
    assert view.text("#note") == f"{len(edges)} edges within 2 steps"


@pytest.mark.slow
def test_at_most_two_thousand_edges_and_five_hundred_boxes_are_drawn(
    view: View, tmp_path: Path
) -> None:
    page = written(tmp_path / "larger.html", compile_source("builtin:parity:bits=24"), None)
    assert page.compiled.net.edges > 20_000
    view.open(page)
    assert 10 < len(view.nodes()) <= 500
    view.js("explorer.open({kind: 'vertex', id: explorer.net.outputs[0][0], hops: 8})")
    assert len(view.nodes()) <= 2001
    count = "return document.querySelectorAll('#picture path.edge').length"
    assert 1900 < view.js(count) <= 2000
    assert re.search(r"at least [\d,]+ more are not drawn", view.text("#note"))
    for component in range(0, hierarchy_of(page.compiled.net).components, 7):
        view.js(f"explorer.open({{kind: 'component', id: {component}}})")
        assert len(view.nodes()) <= 500
        assert view.js(count) <= 2000


def test_keys_move_play_and_ask(view: View, parity: Page) -> None:
    steps = parity.run.steps
    view.open(parity)
    for key, step in ((RIGHT, 1), (RIGHT, 2), (LEFT, 1), (END, steps), (RIGHT, steps), (HOME, 0)):
        view.keys("body", key)
        assert view.js("return explorer.state.step") == step
    view.keys("body", "w")
    assert view.js("return explorer.state.step") == np.flatnonzero(parity.run.wrong[1:])[0] + 1
    view.keys("body", "f")
    assert view.js("return explorer.state.step") in parity.run.flip_steps
    view.keys("body", HOME)
    view.keys("body", SPACE)
    view.wait("explorer.state.step >= 2")
    view.keys("body", SPACE)
    assert view.js("return explorer.timer") is None
    view.keys("body", "?")
    assert "next wrong step" in view.text("#help")
    view.keys("body", ESCAPE)
    assert not view.one("#help").is_displayed()
    before = view.js("return location.hash")
    view.keys("body", "/")
    view.keys("#query", *"wt ", ESCAPE)  # what the reader searches for is no key
    assert view.js("return document.getElementById('query').value") == "wt "
    assert view.js("return [location.hash, document.activeElement.id]") == [before, ""]


def test_the_address_holds_all_that_is_seen(view: View, parity: Page) -> None:
    view.open(parity)
    view.node("c3").click()
    view.all(".node.gadget")[0].click()
    view.keys("body", RIGHT, RIGHT, "t")
    address, nodes = view.js("return location.hash"), view.nodes()
    assert re.fullmatch(r"#view=gadget:\d+&vertex=\d+&step=2&theme=dark", address)
    panel = view.text("#panel")
    view.open(parity, address[1:])
    assert (view.nodes(), view.text("#panel")) == (nodes, panel)
    ground = "return getComputedStyle(document.body).backgroundColor"
    dark = view.js(ground)
    view.keys("body", "t")
    assert view.js(ground) != dark
    view.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": PREFERS_DARK})
    view.open(parity)
    assert view.js(ground) == dark
    view.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    view.open(parity, "view=gadget:99999&step=-4&vertex=x&hops=7&theme=pink")
    assert view.js("return location.hash") == ""


def test_the_tape_is_the_configuration_of_the_machine(view: View, beaver: Page) -> None:
    view_tape(view, beaver)


def view_tape(view: View, page: Page) -> None:
    """Compare the tape that is shown with the configuration before every step."""
    machine = page.compiled.machine
    assert machine is not None
    view.open(page)
    for step in range(page.run.steps + 1):
        view.js(f"explorer.goTo({step})")
        decoded = page.run.configuration(machine, step)
        assert decoded is not None
        wanted = [machine.machine.symbols[s] for s in decoded.configuration.cells.ravel()]
        cells = view.js(
            "return [...document.querySelectorAll('#tape .cell')]"
            ".map(c => [c.textContent, c.className])"
        )
        assert [symbol for symbol, _ in cells] == wanted
        heads = [i for i, (_, name) in enumerate(cells) if "head" in name]
        assert heads == [machine.encoding.cells.index(decoded.configuration.head)]
        assert view.text("#state") == f"state {machine.machine.states[decoded.configuration.state]}"


@pytest.mark.slow
def test_the_tape_is_right_where_the_blank_and_the_first_state_are_not_the_first(
    view: View, tmp_path: Path
) -> None:
    rules = {
        ("B", "_"): ("1", Move.LEFT, "A"), ("B", "1"): ("_", Move.LEFT, "C"),
        ("A", "_"): ("1", Move.RIGHT, "B"), ("A", "1"): ("_", Move.RIGHT, "C"),
        ("C", "_"): ("_", Move.LEFT, "B"), ("C", "1"): ("1", Move.RIGHT, "A"),
    }  # fmt: skip
    machine = replace(Machine.of_rules(rules, start="B", blank="_"), start=2, blank=1)
    bounded = bounded_machine(machine, MachineOptions(cells=(9, 1)), steps=6)
    settings = Settings(steps=6, labels=always_wrong)
    view_tape(view, written(tmp_path / "machine.html", compile_source(bounded), settings))


@pytest.mark.slow
def test_a_plane_is_shown_as_one(view: View, tmp_path: Path) -> None:
    bounded = bounded_machine(builtin_machine("langton"), MachineOptions(cells=(5, 4)), steps=8)
    settings = Settings(steps=8, labels=always_wrong)
    view_tape(view, written(tmp_path / "ant.html", compile_source(bounded), settings))
    columns = view.js("return document.getElementById('tape').style.gridTemplateColumns")
    assert columns == "repeat(5, auto)"


def test_a_noise_tolerant_net_is_shown_as_its_run_changes_it(view: View, tmp_path: Path) -> None:
    compiled = compile_source("builtin:parity:bits=2", target="noise-tolerant", samples=3)
    page = written(tmp_path / "cells.html", compiled, Settings())
    view.open(page)
    assert differences(view, page, [0, 1, 2, 3]) == []
    edge = int(page.run.change_edges[-1])
    step = int(page.run.change_steps[-1])
    assert view.js(f"return explorer.run.nextMove([{edge}], 0)") == step
    view.js("explorer.goTo(1)")
    assert view.memory() == page.run.memory(1).astype(int).tolist()


@pytest.mark.slow
def test_what_is_not_computed_is_said(view: View, tmp_path: Path) -> None:
    compiled = compile_source("builtin:parity:bits=2", preset="printed")
    page = written(tmp_path / "printed.html", compiled, None)
    view.open(page, "vertex=9")
    said = view.text("#not-computed")
    assert said.endswith("the constants of the preset printed need other arithmetic than float64.")
    view.keys("body", ESCAPE)
    assert "No run is recorded in this page" in view.text("#no-run")
    assert "m'" in view.text("#weights")


@pytest.mark.slow
def test_a_run_in_exact_arithmetic_shows_its_signs(view: View, tmp_path: Path) -> None:
    compiled = compile_source("builtin:parity:bits=2", preset="printed")
    page = written(tmp_path / "exact.html", compiled, Settings(steps=12, seed=1))
    run = page.run
    assert run.dtype == "exact"
    step = int(run.flip_steps[0]) + 1
    edge = compiled.net.memory[int(run.flip_bits[0])].edge
    view.open(page, f"vertex={int(compiled.net.edge_target[edge])}&step={step}")
    assert "exact arithmetic" in view.text("#not-computed")
    built = compiled.net.show(compiled.net.exact_weights()[edge])
    assert view.js(f"return explorer.run.weightText({edge}, {step})") == f"{MINUS}{built}"
    assert view.memory() == run.memory(step).astype(int).tolist()


def test_the_panel_stays_as_it_was_when_the_step_changes(view: View, parity: Page) -> None:
    number = int(parity.run.flip_bits[0])
    edge = parity.compiled.net.memory[number].edge
    view.open(parity, f"vertex={int(parity.compiled.net.edge_target[edge])}")
    view.one("details.readers summary").click()
    view.one(f'tr[data-edge="{edge}"] .flip').click()
    assert view.js("return explorer.state.step") == parity.run.flip_steps[0]
    assert view.one("details.readers").get_attribute("open") is None
    assert view.js("return document.activeElement.className") == "small flip"
    view.keys("body", RIGHT)
    assert view.js("return explorer.state.step") == parity.run.flip_steps[0] + 1


def test_a_circuit_without_memory_answers_to_inputs_that_the_reader_sets(
    view: View, tmp_path: Path
) -> None:
    b = Builder("and")
    b.output("z", b.and_(b.input("x"), b.input("y")))
    page = written(tmp_path / "and.html", compile_source(b.build()), None)
    view.open(page)
    assert {key[0] for key in view.nodes()} == {"g"}  # a small net opens on its gadgets
    assert view.text("#outputs b") == "2"
    view.one('[data-input="1"]').click()
    assert view.text("#outputs b") == f"{MINUS}2"


def test_no_name_becomes_code(view: View, tmp_path: Path) -> None:
    b = Builder("</script><script>document.title='hacked'</script>")
    name = '<img src=x onerror="document.title=1"></script><script>document.title=2</script>'
    bit = b.latch(name)
    b.output("z", bit)
    b.set_next(bit, b.input("$title") ^ 1)
    page = written(tmp_path / "names.html", compile_source(b.build()), Settings(steps=3))
    view.open(
        page, f"vertex={int(page.compiled.net.edge_target[page.compiled.net.memory[0].edge])}"
    )
    assert view.text("#vertex") == f"v1 of memory unit {name}"
    assert view.js("return document.title") == f"{page.compiled.net.source}: sgdcc explorer"
    assert not view.all("img")


def test_the_policy_refuses_a_script_and_a_request_that_are_not_the_pages_own(
    opened: View, parity: Page, tmp_path: Path
) -> None:
    text = parity.file.read_text()
    other = tmp_path / "other.html"
    added = "<script>window.added = true</script><img src='http://127.0.0.1:9/x.png'></body>"
    other.write_text(text.replace("</body>", added))
    opened.open(other)
    complaints = console_errors(opened.driver)
    assert len(complaints) == 2
    assert all("Content Security Policy" in said for said in complaints)
    assert opened.js("return window.added") is None
    assert requests(opened.driver) == ["http://127.0.0.1:9/x.png"]  # noticed, though refused


def test_the_picture_is_saved_as_an_svg_file_of_its_own(
    view: View, parity: Page, tmp_path: Path
) -> None:
    view.open(parity, "view=gadget:8&step=3")
    nodes, text = view.nodes(), view.js("return explorer.picture.asText()")
    found = ElementTree.fromstring(text)
    keys = {node.get("data-key") for node in found.iter() if node.get("data-key")}
    assert keys == nodes
    assert "var(" not in text
    (tmp_path / "picture.svg").write_text(text)
    view.driver.get((tmp_path / "picture.svg").as_uri())
    filled = "return getComputedStyle(document.querySelector('.full .body')).fill"
    assert view.js(filled) in {"rgb(0, 114, 178)", "rgb(196, 78, 0)"}


@pytest.mark.slow
def test_the_page_works_in_the_frame_of_a_notebook(
    view: View, parity: Page, tmp_path: Path
) -> None:
    frame = parity.compiled.explore(parity.recording)._repr_html_()
    (tmp_path / "notebook.html").write_text(f"<!doctype html><p>a cell</p>{frame}")
    view.driver.get((tmp_path / "notebook.html").as_uri())
    view.driver.switch_to.frame(0)
    view.wait("document.querySelector('.node.component')")
    view.node("c3").click()
    assert view.all(".node.gadget")
    view.keys("body", RIGHT)
    assert view.text("#step") == f"step 1 of {parity.run.steps}"
    view.driver.switch_to.default_content()


DAMAGES = {
    "inflated": (r'(id="arrays">.{90}).{4}', r"\1AAAA"),
    "decoded": (r'(id="arrays">.{90})', r"\1*"),
    "bytes of data, not": (r'"size":\d+', '"size":7'),
    "table of values": (r'(id="values">.{50})', r"\1}"),
}


@pytest.mark.parametrize("said", DAMAGES)
def test_a_damaged_page_says_so(view: View, latch: Page, tmp_path: Path, said: str) -> None:
    message = message_of_damaged(view, latch.file, tmp_path, *DAMAGES[said])
    assert said in message or (said == "decoded" and "cannot be inflated" in message)


@pytest.mark.slow
def test_a_browser_that_cannot_inflate_is_told_which_can(view: View, latch: Page) -> None:
    script = {"source": "delete window.DecompressionStream"}
    added = view.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", script)
    try:
        view.open(latch)
        assert "Firefox 113" in view.text("#message")
    finally:
        view.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)
