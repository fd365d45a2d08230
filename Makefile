# `make help` lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
BIN := .venv/bin
UV := .venv/uv/bin/uv
DATA ?= var
STAMP := .venv/.synced
# uv does not download a Python, and uses the system's certificates.
export UV_PYTHON_DOWNLOADS := never
export UV_SYSTEM_CERTS := 1
# The processes here talk to each other on loopback, not through a proxy.
export NO_PROXY := 127.0.0.1,localhost,$(NO_PROXY)$(no_proxy)
export no_proxy := $(NO_PROXY)
CODE := missions activities workflows rca policy semantics stores adapters runtime api workers servers cli migrations demo lab bench probe tests

# The console: Node comes from PyPI. Without npm's registry everything except the console works.
# Node uses the system's certificates, as uv does.
NODE := PATH="$(abspath $(BIN)):$$PATH" NODE_OPTIONS="--use-system-ca $${NODE_OPTIONS:-}"
NPM := $(NODE) npm --prefix console
NPM_LOG := $(DATA)/npm.log
NPM_WHY = npm could not be used: $$(sed -n 's/^npm error code //p' $(NPM_LOG) | head -n 1), see $(NPM_LOG)
NODES := console/node_modules/.package-lock.json
NPM_GRAFANA := $(NODE) npm --prefix tests/grafana
CONSOLE := api/console/index.html
CONSOLE_SOURCES := $(wildcard console/*.json console/*.ts console/*.html console/public/*) $(shell find console/src -type f)

# Grafana's own panels, for the tests that read them: 450 MB, so only on request.
GRAFANA := tests/grafana/dist/index.html
GRAFANA_NODES := tests/grafana/node_modules/.package-lock.json
GRAFANA_SOURCES := $(wildcard tests/grafana/*.js* tests/grafana/*.html tests/grafana/.npmrc)

# The tests that need no server or browser, without the two that diagnose hundreds of systems.
PURE := $(addprefix tests/,missions policy rca semantics activities workflows/test_replay.py workflows/test_sandbox.py) \
  $(addprefix --ignore=tests/rca/test_,synthetic_incidents.py shops.py)
# More than cores: tests of servers and browsers wait for a third of their time.
WORKERS ?= 3
PYTEST := $(BIN)/python -m pytest -q --no-header
MEASURED :=
ifdef CI
# Measuring branches costs half as much CPU again (Python 3.11), so only CI measures, with a worker for each core.
MEASURED := $(BIN)/python -m coverage
PYTEST := $(MEASURED) run -m pytest -q --no-header --strict-skips
WORKERS := 2
endif

.PHONY: help setup demo judge lab lab-judge lab-faults lab-setup lab-up lab-record up down clean check quick test pytest vitest grafana histories bench lock configuration client screens probe fuzz audit sbom

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 15

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name one: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
# Runs them instead of looking for the files: a setup that was killed leaves incomplete ones.
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --without-pip .venv
	@$(UV) --version >/dev/null 2>&1 || { $(PYTHON) -m venv --clear .venv/uv && .venv/uv/bin/pip install -q --disable-pip-version-check uv==0.13.8; }
	@echo "installing the locked dependencies"
	@VIRTUAL_ENV=.venv $(UV) pip sync -q --require-hashes requirements.lock
	@VIRTUAL_ENV=.venv $(UV) pip install -q --no-deps --no-build-isolation -e .
	@touch $@

$(NODES): console/package-lock.json | $(STAMP)
	@echo "installing the console's build tools"
	@mkdir -p $(DATA) && $(NPM) ci --loglevel=error --fetch-retries=1 >$(NPM_LOG) 2>&1 && touch $@ \
	  || { rm -rf console/node_modules; echo "$(NPM_WHY); the web console is not built, everything else works"; }

$(CONSOLE): $(NODES) $(CONSOLE_SOURCES)
	@if [ -e $(NODES) ]; then $(NPM) run --silent build -- --logLevel warn \
	  || echo "the web console could not be built; everything else works"; fi

setup: $(STAMP) $(CONSOLE) ## Install everything: virtual environment, locked dependencies, Chromium, Prometheus, OpenSSH, console
	@$(BIN)/python -m runtime.local.chromium --cache $(DATA)/chromium
	@$(BIN)/python -m demo.monitoring.programs
	@$(BIN)/python tests/fakes/openssh.py

demo: setup ## Break the shop, run one mission, check it (FAULT=kind SEED=n DECOYS=1 APPROVE=yes|no)
	@OPS_AGENT_DATA=$(abspath $(DATA)) $(BIN)/python -m demo

judge: setup ## Run SEEDS missions with random faults and decoys (default 20), and count the correct ones
	@OPS_AGENT_DATA=$(abspath $(DATA)) $(BIN)/python -m demo judge

lab-setup: setup ## Install what the lab runs: Debian's servers and exporters, packages of PyPI and npm
	@OPS_AGENT_DATA=$(abspath $(DATA)) $(BIN)/python -m lab.setup

lab: lab-setup ## Break the lab of real software, run one mission, check it (FAULT=kind SEED=n APPROVE=careful|yes|no, needs root)
	@OPS_AGENT_DATA=$(abspath $(DATA)) $(BIN)/python -m lab

lab-judge: lab-setup ## Run SEEDS missions in the lab from seed FROM on, with drawn faults and decoys, and count
	@OPS_AGENT_DATA=$(abspath $(DATA)) $(BIN)/python -m lab judge

lab-faults: lab-setup ## Inject every fault of the lab, confirm it and its cures, print the table (FAULTS="dns-failure …" SEED=n)
	@OPS_AGENT_DATA=$(abspath $(DATA)) $(BIN)/python -m lab faults $(FAULTS)

lab-up: lab-setup ## Start the lab with its load, print the addresses and keep running (needs root)
	@OPS_AGENT_DATA=$(abspath $(DATA)) $(BIN)/python -m lab up

up: setup ## Start everything, print the addresses and keep running (FAULT=… breaks the shop)
	@OPS_AGENT_DATA=$(abspath $(DATA)) $(BIN)/python -m demo up

down: ## Stop the stack that `make up` started
	@OPS_AGENT_DATA=$(abspath $(DATA)) $(BIN)/ops-agent down

clean: ## Stop the stack, and remove its data and the virtual environment
	@if [ -x $(BIN)/ops-agent ]; then $(MAKE) -s down; fi
	@rm -rf $(DATA) .venv console/node_modules api/console tests/grafana/node_modules tests/grafana/dist

check: $(STAMP) ## Lint, types, import layers, migrations, names; also the console's if it was built
	@$(BIN)/ruff check -q .
	@$(BIN)/ruff format -q --check .
	@$(BIN)/mypy $(CODE)
	@$(BIN)/lint-imports --no-cache | tail -n 3
	@$(BIN)/python -m pytest -q --no-header -p no:cacheprovider tests/checks
	@if [ -e $(NODES) ]; then $(NPM) run --silent types && $(NPM) run --silent lint; fi

quick: $(STAMP) ## Lint, types and the tests that need no server, within a minute
	@$(BIN)/ruff check -q .
	@$(BIN)/ruff format -q --check .
	@$(BIN)/mypy $(CODE)
	@$(BIN)/python -m pytest -q --no-header -n 2 --dist worksteal $(PURE)

test: ## Check, then every test on real servers; prints how long each part took
	@for part in setup check pytest vitest; do \
	  began=$$SECONDS; $(MAKE) -s $$part; echo "$$part took $$((SECONDS - began)) s"; done

pytest: $(STAMP)
	@if [ -n "$(MEASURED)" ]; then $(MEASURED) erase; fi
	@$(PYTEST) -n $(WORKERS) --dist worksteal --ignore=tests/checks
	@if [ -n "$(MEASURED)" ]; then \
	  $(MEASURED) combine -q && $(MEASURED) html -q -d $(DATA)/coverage/html && $(MEASURED) report | tail -n 3; fi

vitest: $(STAMP)
	@if [ -e $(NODES) ]; then $(NPM) test --silent; fi

$(GRAFANA_NODES): tests/grafana/package-lock.json | $(STAMP)
	@mkdir -p $(DATA) && $(NPM_GRAFANA) ci --loglevel=error --ignore-scripts --fetch-retries=1 >$(NPM_LOG) 2>&1 && touch $@ \
	  || { rm -rf tests/grafana/node_modules; echo "$(NPM_WHY); Grafana's panels are not built, their tests are skipped"; }

$(GRAFANA): $(GRAFANA_NODES) $(GRAFANA_SOURCES)
	@if [ -e $(GRAFANA_NODES) ]; then $(NPM_GRAFANA) run --silent build -- --logLevel error \
	  || echo "Grafana's panels could not be built: their tests are skipped"; fi

grafana: $(GRAFANA) ## Build the page of Grafana's own panels (npm, 450 MB) that tests/adapters/dashboards read

histories: setup ## Record the histories that the replay test replays
	@$(BIN)/python -m pytest -q --no-header tests/workflows --record-histories

lab-record: lab-setup ## Record N incidents of the lab into lab/recordings, or go on (PART=1/2 NETWORK=n; needs root)
	@OPS_AGENT_DATA=$(abspath $(DATA)) $(BIN)/python -m lab record

bench: setup ## Run one benchmark (NAME=…), or list them
	@$(BIN)/python -m bench $(NAME)

lock: $(STAMP) ## Resolve requirements.lock again
	@$(UV) pip compile -q --universal --generate-hashes --group dev pyproject.toml -o requirements.lock

configuration: $(STAMP) ## Write docs/configuration.md and .env.example from the settings
	@$(BIN)/python -m runtime.configuration

client: $(STAMP) $(NODES) ## Generate the console's API client from OpenAPI
	@mkdir -p $(DATA) && $(BIN)/python -m api.openapi >$(DATA)/openapi.json
	@$(NPM) run --silent client -- $(abspath $(DATA)/openapi.json) --root-types --root-types-no-schema-prefix \
	  -o $(abspath $(DATA)/schema.d.ts) >/dev/null
	@{ echo "// Generated by \`make client\` from OpenAPI $$($(BIN)/python -m api.openapi --digest)"; \
	  cat $(DATA)/schema.d.ts; } >console/src/api/schema.d.ts

screens: setup ## Take a screenshot of every screen and state of the console into docs/screens
	@$(BIN)/python -m pytest -q --no-header tests/console/screens.py

probe: setup ## Attack a stack of its own from outside with two organizations, within 20 minutes (ROWS="AZ2 AU13" runs a part)
	@OPS_AGENT_DATA=$(abspath $(DATA)) $(BIN)/python -m probe $(ROWS)

fuzz: setup ## Send generated requests to the API for FUZZ_MINUTES (default 10); a 5xx or an undocumented response fails
	@rm -f $(DATA)/fuzz.json; code=0; FUZZ_MINUTES=$(or $(FUZZ_MINUTES),10) FUZZ_RESULT=$(abspath $(DATA))/fuzz.json \
	  $(BIN)/python -m pytest -q --no-header tests/api/test_contract.py -k whatever || code=$$?; \
	  cat $(DATA)/fuzz.json 2>/dev/null || echo '{"violations": 1, "names": ["it did not run to its end"]}'; exit $$code

audit: $(STAMP) $(NODES) ## Look up every locked dependency in advisory databases; says so if none can be reached
	@{ $(NPM) audit --json --fetch-retries=1 2>/dev/null || true; } | $(BIN)/python -m runtime.advisories requirements.lock

sbom: $(STAMP) ## Write sbom.json: every locked dependency with its hashes (CycloneDX)
	@$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --of JSON -o sbom.json requirements.lock
	@echo "sbom.json"
