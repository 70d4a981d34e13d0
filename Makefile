# SPDX-License-Identifier: Apache-2.0
# Every target creates what it needs; `make demo` and `make test` work in a fresh checkout.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint .ci/constraints.txt
N      ?= 200
export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help venv demo test test-slow fuzz bench lint clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

# The core environment has no torch: it serves the demo, export from a file, simulation and the HLS compiler.
$(VENV)/.core: pyproject.toml .ci/constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) --editable .
	touch $@

# A CPU build of torch where the index has one (the default build brings gigabytes of CUDA).
$(VENV)/.full: $(VENV)/.core
	$(BIN)/python -c 'import torch' 2>/dev/null || $(PIP) 'torch==2.13.0+cpu' || $(PIP) 'torch>=2.13,<2.14'
	$(PIP) --editable '.[train,test]'
	touch $@

venv: $(VENV)/.full ## create .venv with everything

demo: $(VENV)/.core ## export a trained network to a board folder and prove its RTL cycle by cycle, no vendor tool
	$(BIN)/codesign export digits-cnn --target pynq-z2 --out build/demo --force
	$(BIN)/codesign simulate build/demo --frames 10 --layers

lint: $(VENV)/.full ## ruff and strict mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy

test: lint ## lint, then the test suite (no GPU, no vendor tool)
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-slow: $(VENV)/.full ## the tests that take longer
	$(BIN)/python -m pytest -m slow

fuzz: $(VENV)/.full ## random programs and networks: make fuzz N=5000
	$(BIN)/python -m tests.fuzz.run $(N)
	$(BIN)/python -m tests.fuzz_graphs.run $(N)

bench: $(VENV)/.full ## speed and quality of result, ratios taken in one run
	$(BIN)/python -m tests.bench.run

clean: ## remove build products (the environment stays)
	rm -rf build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
