"""`sgdcc inspect` on the command line, and the same from Python."""

import json
from pathlib import Path

import pytest
from command_line import sgdcc

from runtime.compiled import compile_source

PARITY = "builtin:parity:bits=2"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A net with its certificate, another certificate, and a circuit."""
    place = tmp_path_factory.mktemp("inspected")
    (place / "toggle.bench").write_text(
        "INPUT(on)\nOUTPUT(z)\nq = DFF(d)\nd = XOR(on, q)\nz = NOT(q)\n"
    )
    for source, name in ((str(place / "toggle.bench"), "toggle"), (PARITY, "parity")):
        net, certificate = str(place / f"{name}.net"), str(place / f"{name}.cert")
        assert sgdcc("compile", source, "-o", net, "--certificate", certificate).code == 0
    return place


def test_a_net_and_its_source_have_the_same_page(folder: Path) -> None:
    of_net = sgdcc("inspect", str(folder / "toggle.net"))
    assert of_net.code == 0
    assert of_net.out == sgdcc("inspect", str(folder / "toggle.bench")).out
    facts = json.loads(sgdcc("inspect", str(folder / "toggle.net"), "--json").out)
    assert facts["kind"] == "net"
    assert facts["certificate"]["can_be_issued"] is True
    assert {row["verdict"] for row in facts["dtypes"]} == {"exact"}


def test_a_certificate_is_checked_and_a_wrong_one_refused(folder: Path) -> None:
    net, other = str(folder / "toggle.net"), str(folder / "parity.cert")
    valid = sgdcc("inspect", net, "--certificate", str(folder / "toggle.cert"))
    assert valid.code == 0
    assert "valid: emulation net" in " ".join(valid.out.split())  # lines are wrapped
    refused = sgdcc("inspect", net, "--certificate", other)
    assert refused.code == 1
    assert "refused: digest" in " ".join(refused.out.split())
    (folder / "broken.cert").write_text("{")
    assert sgdcc("inspect", net, "--certificate", str(folder / "broken.cert")).code == 2


def test_a_quotient_that_noise_would_split_has_no_certificate() -> None:
    facts = json.loads(
        sgdcc("inspect", PARITY, "--target", "noise-tolerant", "--samples", "2", "--json").out
    )
    assert facts["certificate"]["can_be_issued"] is True
    assert (facts["samples"], facts["cells"]) == (2, 8)


def test_a_vertex_is_shown_by_number_and_by_name(folder: Path) -> None:
    net = str(folder / "toggle.net")
    page = sgdcc("inspect", net, "--vertex", "v4 of memory unit q").out
    assert "bit 1, branch -, vc = 2" in page
    facts = json.loads(sgdcc("inspect", net, "--vertex", "q", "--json").out)
    assert (facts["meaning"], facts["view"]) == ("memory bit 0", None)
    number = str(facts["vertices"][0]["vertex"])
    one = json.loads(sgdcc("inspect", net, "--vertex", number, "--json").out)
    assert one["view"]["name"] == facts["vertices"][0]["name"] == "v1 of memory unit q"
    assert "q: memory bit 0, 21 vertices" in sgdcc("inspect", net, "--vertex", "q").out


def test_a_name_that_there_is_not_is_refused_with_a_hint(folder: Path) -> None:
    result = sgdcc("inspect", str(folder / "toggle.net"), "--vertex", "Q")
    assert (result.code, result.out) == (2, "")
    assert "did you mean 'q'?" in result.err


def test_options_that_mean_nothing_are_refused(folder: Path) -> None:
    net = str(folder / "toggle.net")
    for more in (["--kind", "flips"], ["--steps", "3"], ["--bits", "3"], ["--preset", "printed"]):
        result = sgdcc("inspect", net, *more)
        assert (result.code, result.out) == (2, ""), more


def test_a_figure_or_page_does_not_overwrite_the_net(folder: Path) -> None:
    net = str(folder / "toggle.net")
    for option in ("--figure", "--html"):
        assert sgdcc("inspect", net, option, net).code == 2
    assert sgdcc("inspect", net).code == 0


@pytest.mark.slow
def test_a_filter_is_shown_layer_by_layer_against_its_bounds(tmp_path: Path) -> None:
    path = str(tmp_path / "parity.filter")
    assert sgdcc("compile", "builtin:parity-machine", "--target", "rcnn", "-o", path).code == 0
    facts = json.loads(sgdcc("inspect", path, "--json").out)
    assert [layer["name"] for layer in facts["layers"]] == [
        "V1",
        "V2",
        "V3",
        "V4",
        "V5",
        "U1",
        "U2",
    ]
    assert sum(layer["parameters"] for layer in facts["layers"]) == facts["sizes"]["parameters"]
    assert sum(layer["nonzero"] for layer in facts["layers"]) == facts["sizes"]["nonzero"]
    assert sum(weight["count"] for weight in facts["weights"]) == facts["sizes"]["nonzero"]
    assert len(facts["weights"]) + 1 == facts["sizes"]["distinct_weights"]
    assert facts["within"] is True
    assert "within width" in sgdcc("inspect", path).out
    assert sgdcc("inspect", path, "--vertex", "1").code == 2


def test_python_has_the_same(folder: Path) -> None:
    compiled = compile_source(folder / "toggle.bench")
    assert str(compiled.inspect()) + "\n" == sgdcc("inspect", str(folder / "toggle.bench")).out
    vertices = compiled.vertices("q")
    assert compiled.vertex(vertices[0]).name == "v1 of memory unit q"
    assert compiled.record(steps=6, seed=1).steps == 6
