# `make help` lists what there is. Only Python 3.11 or newer is needed to begin with; everything
# else goes into .venv, in the versions of the lock files.

PYTHON ?= python3 python3.13 python3.12 python3.11
VENV ?= .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
UV := .cache/uv-$(UV_VERSION)/bin/uv
PEERS := .cache/peers

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

# Sets $py to the first Python that is new enough.
FIND_PYTHON = for py in $(PYTHON) ''; do \
	  if [ -z "$$py" ]; then \
	    echo "correlator needs Python 3.11 or newer; none among: $(PYTHON)" >&2; \
	    echo "Name one: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; \
	    exit 2; \
	  fi; \
	  "$$py" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
	done

##@ Everyday
.PHONY: help demo test lint lint-style lint-format lint-types lint-imports
help: ## This list
	@awk -F ':.*## ' '/^##@/ {print "\n" substr($$0, 5)} \
	  /^[a-z][a-z_-]*:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.run ## A simulated evening through the whole pipeline (DEMO_ARGS=--exit: then end)
	@$(BIN)/correlator demo $(DEMO_ARGS)

test: $(VENV)/.dev ## All tests, those on a real Kafka and PostgreSQL too (TEST_ARGS=...)
	@for tool in java mvn; do command -v $$tool >/dev/null || echo "NOTE: no $$tool here. Tests on\
	 a real Apache Kafka need Java 17 and Maven; they cannot run."; done
	@command -v "$${CORRELATOR_CHROMIUM:-chromium}" >/dev/null || echo "NOTE: no chromium here. Tests of the\
	 console need it; they cannot run."
	@command -v prometheus-alertmanager >/dev/null || echo "NOTE: no prometheus-alertmanager here. The\
	 tests of its alerts need it; they cannot run."
	@$(BIN)/python -m pytest -rfEs $(TEST_ARGS)

lint: lint-style lint-format lint-types lint-imports ## Style, format, types, and who may import whom
lint-style: $(VENV)/.dev
	@$(BIN)/ruff check --output-format concise .
lint-format: $(VENV)/.dev
	@$(BIN)/ruff format --check .
lint-types: $(VENV)/.dev
	@$(BIN)/mypy
lint-imports: $(VENV)/.dev
	@$(BIN)/lint-imports

# `make bench_kafka` runs one of them. The sizes are for a first look, a minute or so each.
# Not bench_peers: it needs programs of others.
BENCHMARKS := $(filter-out bench_peers, \
	$(patsubst tests/benchmarks/%.py,%,$(sort $(wildcard tests/benchmarks/bench_*.py))))
bench_growth_args ?= --days 95
bench_kafka_args ?= --records 100000
bench_topology_args ?= --customers 200000

.PHONY: bench $(BENCHMARKS)
bench: $(BENCHMARKS) ## All benchmarks, one after the other (bench_kafka_args=... and so on)
$(BENCHMARKS): $(VENV)/.dev
	@echo "== $@ $($@_args)"
	@$(BIN)/python -m tests.benchmarks.$@ $($@_args)

.PHONY: peers bench_peers
peers: $(PEERS)/.made
bench_peers: $(VENV)/.dev ## The engine beside Drools, Alertmanager and SEC (bench_peers_args='--rounds 5')
	@$(MAKE) --no-print-directory peers || echo "NOTE: drools-jpy cannot be installed here."
	@$(BIN)/python -m tests.benchmarks.bench_peers --drools-python $(PEERS)/bin/python $(bench_peers_args)

.PHONY: quality
quality: $(VENV)/.dev ## How well it does on simulated worlds, beside the bars (quality_args=--ablations)
	@$(BIN)/python -m tests.benchmarks.quality $(quality_args)

.PHONY: fuzz
fuzz: $(VENV)/.fuzz ## Foreign bytes against every reader (fuzz_args='ticket form --seconds 60')
	@$(BIN)/python -m tests.fuzz $(or $(fuzz_args),--all --seconds 30)

.PHONY: chaos
chaos: $(VENV)/.dev ## Kill, cut and stop all around the daemon, and compare (chaos_args='--only kill --more 10')
	@$(BIN)/python -m tests.chaos $(chaos_args)

.PHONY: test-tools
test-tools: $(VENV)/.dev ## The tests of ticket tools on real ones (Debian's packages: docs/ticket-tools.md; as root)
	@CORRELATOR_REAL_TOOLS=1 CORRELATOR_REQUIRE_SERVERS=1 $(BIN)/python -m pytest -rfEs \
	  tests/integration/test_ticket_tools.py tests/integration/test_writeback.py \
	  tests/acceptance/test_ticketing.py $(TEST_ARGS)

.PHONY: soak
soak: $(VENV)/.dev ## Months of event time in an hour and a half, with faults (soak_args='--minutes 20')
	@$(BIN)/python -m tests.soak $(soak_args)

##@ Now and then
.PHONY: lock vendor screens secrets clean
LOCK = $(UV) pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-emit-index-url --custom-compile-command 'make lock' --group build

lock: $(UV) ## Write the lock files anew after a change of pyproject.toml (UPGRADE=1: newest)
	$(LOCK) $(if $(UPGRADE),--upgrade) --output-file requirements-run.lock pyproject.toml
	$(LOCK) $(if $(UPGRADE),--upgrade) --output-file requirements.lock \
	  --extra dev --constraints requirements-run.lock pyproject.toml
	$(subst --group build,--group fuzz,$(LOCK)) $(if $(UPGRADE),--upgrade) \
	  --output-file requirements-fuzz.lock
	$(subst --group build,--group peers,$(LOCK)) $(if $(UPGRADE),--upgrade) \
	  --output-file requirements-peers.lock

vendor: $(VENV)/.made ## Fetch anew what the console ships of others' work (needs npm)
	@$(BIN)/python tools/vendor.py

# Only the folder keeps others out: in a container the files must be readable by another user.
screens: $(VENV)/.dev ## Pictures of every screen into docs/screens (needs Chromium)
	@$(BIN)/python -m tests.harness.screens

secrets: secrets/store-url ## The database password for docker-compose.yml, made by chance
secrets/db-password:
	@mkdir -p -m 700 secrets
	@od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >$@
	@chmod 644 $@
secrets/store-url: secrets/db-password
	@printf 'postgresql://correlator:%s@postgres/correlator\n' "$$(cat $<)" >$@
	@chmod 644 $@

clean: ## Remove all that make, the tests and the demo left, .venv and .cache too
	rm -rf $(VENV) .cache build dist demo-out *.egg-info .hypothesis .fuzz .chaos .soak
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The demo needs less than the tests: .run is a part of .dev.
$(VENV)/.made:
	@$(FIND_PYTHON); \
	  echo "Installing into $(VENV), with $$("$$py" --version): a minute or two, only this once"; \
	  "$$py" -m venv --clear $(VENV)
	@touch $@

$(VENV)/.run: requirements-run.lock pyproject.toml | $(VENV)/.made
	@$(BIN)/pip install --quiet --require-hashes -r requirements-run.lock
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements.lock $(VENV)/.run
	@$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	@touch $@

# Wheels of atheris exist for few platforms: nothing else asks for it.
$(VENV)/.fuzz: requirements-fuzz.lock $(VENV)/.dev
	@$(BIN)/pip install --quiet --only-binary :all: --require-hashes -r requirements-fuzz.lock
	@touch $@

# Of `make bench_peers` alone, beside .venv: nothing of this project is imported there.
$(PEERS)/.made: requirements-peers.lock
	@$(FIND_PYTHON); "$$py" -m venv --clear $(PEERS)
	@$(PEERS)/bin/pip install --quiet --only-binary :all: --require-hashes -r requirements-peers.lock
	@touch $@

$(UV):
	@$(FIND_PYTHON); "$$py" -m venv --clear .cache/uv-$(UV_VERSION)
	@.cache/uv-$(UV_VERSION)/bin/pip install --quiet uv==$(UV_VERSION)
