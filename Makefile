# `make help` lists what can be done.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
BIN := .venv/bin
UV := .venv/uv/bin/uv
DATA ?= var
STAMP := .venv/.synced
# uv never downloads a Python of its own, and trusts what the system trusts.
export UV_PYTHON_DOWNLOADS := never
export UV_SYSTEM_CERTS := 1
# A proxy is for the world outside: everything here speaks to itself on loopback.
export NO_PROXY := 127.0.0.1,localhost,$(NO_PROXY)$(no_proxy)
export no_proxy := $(NO_PROXY)
CODE := missions activities workflows rca policy stores adapters runtime api workers servers cli migrations demo bench tests

.PHONY: help setup demo judge up down clean check test histories bench lock configuration

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name one: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
# Asked whether they work, not whether they are there: a setup that was killed leaves halves.
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --without-pip .venv
	@$(UV) --version >/dev/null 2>&1 || { $(PYTHON) -m venv --clear .venv/uv && .venv/uv/bin/pip install -q --disable-pip-version-check uv==0.13.8; }
	@echo "installing the locked dependencies"
	@VIRTUAL_ENV=.venv $(UV) pip sync -q --require-hashes requirements.lock
	@VIRTUAL_ENV=.venv $(UV) pip install -q --no-deps --no-build-isolation -e .
	@touch $@

setup: $(STAMP) ## Install everything: virtual environment, locked dependencies, Chromium, Prometheus
	@$(BIN)/python -m runtime.local.chromium --cache $(DATA)/chromium
	@$(BIN)/python -m demo.monitoring.programs

demo: setup ## Break the shop, run one mission, check it (FAULT=kind SEED=n DECOYS=1 APPROVE=yes|no)
	@OPS_AGENT_DATA=$(abspath $(DATA)) $(BIN)/python -m demo

judge: setup ## Run SEEDS missions with random faults and decoys (default 20), and count what was right
	@OPS_AGENT_DATA=$(abspath $(DATA)) $(BIN)/python -m demo judge

up: setup ## Start everything and stay (FAULT=… breaks the shop), printing the addresses
	@OPS_AGENT_DATA=$(abspath $(DATA)) $(BIN)/python -m demo up

down: ## Stop what `make up` started
	@OPS_AGENT_DATA=$(abspath $(DATA)) $(BIN)/ops-agent down

clean: ## Stop it, and remove its data and the virtual environment
	@if [ -x $(BIN)/ops-agent ]; then $(MAKE) -s down; fi
	@rm -rf $(DATA) .venv

check: $(STAMP) ## Lint, types, floors, migrations, names
	@$(BIN)/ruff check -q .
	@$(BIN)/ruff format -q --check .
	@$(BIN)/mypy $(CODE)
	@$(BIN)/lint-imports --no-cache | tail -n 3
	@$(BIN)/python -m pytest -q --no-header -p no:cacheprovider tests/checks

test: setup check ## Check, then every test on real servers
	@$(BIN)/python -m pytest -q --no-header -n 2 --dist loadfile --ignore=tests/checks

histories: setup ## Record the histories that the replay test replays
	@$(BIN)/python -m pytest -q --no-header tests/workflows --record-histories

bench: setup ## Run one benchmark (NAME=…), or list them
	@$(BIN)/python -m bench $(NAME)

lock: $(STAMP) ## Resolve requirements.lock again
	@$(UV) pip compile -q --universal --generate-hashes --group dev pyproject.toml -o requirements.lock

configuration: $(STAMP) ## Write docs/configuration.md and .env.example from the settings
	@$(BIN)/python -m runtime.configuration
