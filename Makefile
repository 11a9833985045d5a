# Two commands: `make backtest` and `make test`. Each sets up .venv on its own; a second call starts at once.

.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
PY := $(VENV)/bin/python
.PHONY: help backtest test lint bench lock clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1  /p' Makefile

backtest: $(VENV)/base.stamp ## set up and run the published backtest on the embedded market
	@$(PY) run_backtest.py

test: $(VENV)/dev.stamp ## set up and run every test
	@$(PY) -m pytest

lint: $(VENV)/dev.stamp ## ruff and mypy
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

bench: $(VENV)/dev.stamp ## paired benchmarks; writes results/bench.json
	@$(PY) -m benchmarks.run

lock: ## resolve the dependencies anew (needs uv)
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-header \
	    --quiet --upgrade pyproject.toml -o requirements.lock
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-header \
	    --quiet --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean: ## remove the environment and caches; results stay
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

# The stamps are newer than their lock files only after a set-up that went through.
$(VENV)/base.stamp: requirements.lock scripts/setup.sh
	@sh scripts/setup.sh $(VENV) requirements.lock
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock scripts/setup.sh
	@sh scripts/setup.sh $(VENV) requirements-dev.lock
	@touch $(VENV)/base.stamp $@
