# Two commands: `make backtest` and `make test`. Each sets up .venv on its own; a second call starts at once.

.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
PY := $(VENV)/bin/python
COMPILE := pip compile --quiet --universal --generate-hashes --python-version 3.11 \
    --no-emit-index-url --no-header
.PHONY: help backtest test lint bench lock clean base dev rivals
.NOTPARALLEL:

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1  /p' Makefile

backtest: base ## set up and run the published backtest on the embedded market
	@$(PY) run_backtest.py

test: dev ## set up and run every test
	@$(PY) -m pytest

lint: dev ## ruff and mypy
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

bench: rivals ## paired benchmarks; writes results/bench.json
	@$(PY) -m benchmarks.run

lock: ## resolve the dependencies anew, with uv from PATH or from .venv
	@command -v uv >/dev/null || { $(MAKE) --no-print-directory dev && $(PY) -m pip install --quiet uv; } || \
	    { echo "error: no uv; put it on PATH, or run make clean and try again" >&2; exit 2; }
	@PATH="$$PATH:$(CURDIR)/$(VENV)/bin"; \
	uv $(COMPILE) --upgrade pyproject.toml -o requirements.lock && \
	uv $(COMPILE) --upgrade --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock && \
	uv $(COMPILE) --upgrade --extra dev --extra bench -c requirements-dev.lock pyproject.toml \
	    -o requirements-bench.lock

clean: ## remove the environment and caches; results stay
	rm -rf $(VENV) $(VENV).unfinished .pytest_cache .mypy_cache .ruff_cache .hypothesis

base:
	$(call set-up,requirements.lock,requirements.lock)

dev:
	$(call set-up,requirements-dev.lock,requirements.lock requirements-dev.lock)

rivals:
	$(call set-up,requirements-bench.lock,requirements.lock requirements-dev.lock requirements-bench.lock)

FIND := import importlib.util, sys; sys.exit(not importlib.util.find_spec("backtrader"))

# A finished set-up leaves copies of the lock files it satisfies ($(2)) in .venv; while they equal
# the files and Python finds its packages, there is nothing to do. The mark lies beside .venv while a
# set-up goes on: pip and uv take a package that was cut off for installed, so only a new .venv is
# safe after that.
define set-up
	@if cmp -s $(1) $(VENV)/$(1) && $(PY) -I -c '$(FIND)' 2>/dev/null; then exit 0; fi; \
	if [ -e $(VENV).unfinished ] || ! { command -v uv || $(PY) -m pip --version; } >/dev/null 2>&1; then \
	    rm -rf $(VENV); \
	fi; \
	touch $(VENV).unfinished && sh scripts/setup.sh $(VENV) $(1) && cp $(2) $(VENV)/ && \
	rm $(VENV).unfinished
endef
