# Every target does its own set-up: it makes .venv, installs with constraints.txt, then runs.
# Needed beforehand: Python 3.11 or later, and make.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ARGS ?=
BENCH ?= throughput

.PHONY: help compare test lint bench results docs clean

help:
	@echo "make compare   compare recommenders and explainers on the storefront (ARGS='...' for whyrec compare)"
	@echo "make test      lint, type check and all tests"
	@echo "make lint      ruff, mypy and the import contracts alone"
	@echo "make bench     measure: BENCH=throughput (the default), or another of tests/benchmarks; ARGS for it"
	@echo "make results   fit the models of docs/examples anew: docs/results.md (an hour; WHYREC_DATA, WHYREC_PEERS)"
	@echo "make docs      regenerate the figures and tables of the docs"

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(READY)

compare: $(READY)
	$(BIN)/whyrec compare $(ARGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy core plugins cli
	$(BIN)/lint-imports

test: lint
	$(BIN)/python -m pytest $(ARGS)

bench: $(READY)
	$(BIN)/python tests/benchmarks/$(BENCH).py $(ARGS)

results: $(READY)
	$(BIN)/python tests/benchmarks/results.py --page docs/results.md $(ARGS)

docs: $(READY)
	$(BIN)/python docs/make.py $(ARGS)

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
