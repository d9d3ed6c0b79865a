"""Three import names as generic as ours are safe only while nobody else's packages get in."""

import importlib.util
import subprocess
import sys
import zipfile
from importlib.metadata import distribution, packages_distributions
from pathlib import Path
from types import ModuleType

import pytest

import circuits
import compiler
import runtime

PACKAGES = (circuits, compiler, runtime)
CHECKOUT = Path(__file__).parent.parent

in_a_checkout = pytest.mark.skipif(
    not (CHECKOUT / "circuits").is_dir(), reason="no sources beside the tests"
)
needs_build = pytest.mark.skipif(
    importlib.util.find_spec("build") is None, reason="build is not installed"
)


def tree(package: ModuleType) -> Path:
    assert package.__file__ is not None
    return Path(package.__file__).resolve().parent.parent


def test_all_packages_come_from_one_tree() -> None:
    assert len({tree(package) for package in PACKAGES}) == 1


def foreign() -> list[str]:
    """Other installed distributions with packages of our names."""
    providers = packages_distributions()
    return [
        f"{name} of {other}"
        for name in (package.__name__ for package in PACKAGES)
        for other in providers.get(name, ())
        if other != "sgdcc"
    ]


def test_no_other_distribution_has_packages_of_our_names() -> None:
    assert foreign() == []


def test_another_distribution_with_such_a_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other-1.0.dist-info").mkdir()
    (tmp_path / "other-1.0.dist-info" / "METADATA").write_text("Name: other\nVersion: 1.0\n")
    (tmp_path / "other-1.0.dist-info" / "top_level.txt").write_text("runtime\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert foreign() == ["runtime of other"]


def test_no_package_of_ours_hides_one_of_python() -> None:
    assert not {p.__name__ for p in PACKAGES} & sys.stdlib_module_names


def test_the_command_is_the_function_that_the_tests_call() -> None:
    (command,) = distribution("sgdcc").entry_points.select(group="console_scripts")
    assert (command.name, command.value) == ("sgdcc", "runtime.cli:main")


@pytest.mark.slow
@in_a_checkout
@needs_build
def test_the_wheel_holds_the_three_packages_whole_and_nothing_else(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path), str(CHECKOUT)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    top = {"circuits", "compiler", "runtime", f"sgdcc-{distribution('sgdcc').version}.dist-info"}
    assert {name.split("/")[0] for name in names} == top
    sources = {
        path.relative_to(CHECKOUT).as_posix()
        for package in PACKAGES
        for path in (CHECKOUT / package.__name__).rglob("*")
        if path.suffix in (".py", ".typed", ".html", ".css", ".js")
    }
    assert {name for name in names if "dist-info" not in name} == sources
