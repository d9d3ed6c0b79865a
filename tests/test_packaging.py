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


def test_no_other_distribution_has_packages_of_our_names() -> None:
    providers = packages_distributions()
    found = {p.__name__: set(providers.get(p.__name__, ())) - {"sgdcc"} for p in PACKAGES}
    assert found == {"circuits": set(), "compiler": set(), "runtime": set()}


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
        if path.suffix in (".py", ".typed")
    }
    assert {name for name in names if "dist-info" not in name} == sources
