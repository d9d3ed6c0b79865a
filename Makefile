# On a machine with nothing but Python 3.11 and make: `make demo` and `make test`.

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3.11)
VENV := $(CURDIR)/.venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Nets are small: threads inside torch only get into the way of tests that run side by side.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n auto --dist worksteal
WHEEL_TEST := build/wheel-test
# What a user of the wheel meets; that the code is right, the tests on the sources say.
WHEEL_TESTS := $(foreach name,*cli commands docs netfile registry rcnn_module explorer,tests/test_$(name).py)

.PHONY: demo test test-all test-long check wheel bench gallery clean
.DELETE_ON_ERROR:

demo: $(VENV)/installed
	$(BIN)/sgdcc demo

test: $(VENV)/installed-dev
	$(PYTEST) -m "not slow and not long"

test-all: $(VENV)/installed-dev
	$(PYTEST) -m "not long" --durations=25

test-long: $(VENV)/installed-dev
	$(PYTEST) -m long

check: $(VENV)/installed-dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

# The tests against what is shipped: the wheel, in a folder without the sources.
wheel: $(VENV)/installed-dev
	rm -rf dist $(WHEEL_TEST)
	$(BIN)/python -m build --wheel --outdir dist
	$(BIN)/check-wheel-contents dist
	$(PIP) install --quiet --no-deps --target $(WHEEL_TEST)/site dist/*.whl
	cp -r tests examples benchmarks docs README.md LICENSE pyproject.toml $(WHEEL_TEST)
	cd $(WHEEL_TEST) && export PYTHONPATH=$$PWD/site && \
	  for package in circuits compiler runtime; do \
	    $(BIN)/python -c "import $$package; assert $$package.__file__.startswith('$$PWD/site/'), $$package" \
	      || exit; \
	  done && $(PYTEST) -m "not slow and not long" $(WHEEL_TESTS) docs README.md

bench: $(VENV)/installed
	mkdir -p build
	$(BIN)/sgdcc bench --json -o build/bench.md > build/bench.json
	cat build/bench.md
	for program in costs machine_sizes noise_costs rcnn_costs; do \
	  $(BIN)/python benchmarks/$$program.py || exit; \
	done

# The pictures of the README.
gallery: $(VENV)/installed
	$(BIN)/python -m runtime.figures.gallery
	$(BIN)/python benchmarks/explorer_picture.py

clean:
	rm -rf build dist .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis demo.png
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	$(PYTHON) -c "import sys; assert sys.version_info >= (3, 11), 'sgdcc needs Python 3.11 or later'"
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml | $(BIN)/python
	$(PIP) install --quiet --editable '.[plot]'
	touch $@

# The first pip that knows dependency groups is 25.1.
$(VENV)/installed-dev: pyproject.toml | $(BIN)/python
	$(PIP) install --quiet --upgrade 'pip>=25.1'
	$(PIP) install --quiet --editable '.[plot]' --group dev
	touch $@ $(VENV)/installed
