# Everything a newcomer needs: `make serve` opens the assistant on the demo city, `make test` passes the tests.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 7860
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help serve test test-all lint types fix eval eval-full eval-publish models index clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# One environment; the lock file pins every package. A changed lock or pyproject installs again.
$(VENV)/.installed: pyproject.toml constraints.lock
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: install it, or run make PYTHON=/path/to/python3.11"; exit 2; }
	@echo "== environment: $(VENV) (about 3 GB; several minutes the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --progress-bar on --quiet -c constraints.lock -e '.[dev,postgres]'
	@touch $@

models: $(VENV)/.installed ## fetch and verify the open model weights (once)
	@$(BIN)/govdata models pull

index: $(VENV)/.installed ## build or refresh the demo city's warehouse and indexes
	@$(BIN)/govdata index

serve: models index ## set everything up and open the assistant on the demo city
	@$(BIN)/govdata serve --host $(HOST) --port $(PORT)

test: models index ## all tests but the slow ones
	@$(BIN)/python -m pytest

lint: $(VENV)/.installed ## style
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(VENV)/.installed ## types
	@$(BIN)/mypy

fix: $(VENV)/.installed ## repair what the linter can
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

eval: models index ## the gate set of the evaluations (about 15 minutes); fails on a leak or a drop beyond noise
	@$(BIN)/govdata eval all --gate --out evals/reports

eval-full: models index ## every case of every suite, the bare model beside the pipeline (hours)
	@$(BIN)/govdata eval all --baseline zero-shot --out evals/reports

eval-publish: $(VENV)/.installed ## make the reports of the last run those that later runs are compared with
	@$(BIN)/python -m evals.publishing $(filter-out %/all.json,$(wildcard evals/reports/*.json))

clean: ## remove what was built (not the model weights, which other checkouts share)
	@rm -rf $(VENV) corpora/.state tests/workspaces/*/.state *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
