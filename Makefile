# Two commands are enough: `make demo` and `make test`. Each sets up what it needs first.
# Needs Python 3.11 or newer, git and make. Nothing is installed outside .venv.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	&& { echo $$p; break; }; done)
UV := $(shell command -v uv 2>/dev/null)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help setup demo up test check faults faults-smoke bench bench-peers bench-smoke quality live requirements clean

help: ## what there is to make
	@echo "Gristmill: make TARGET"
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1|\2/' | \
	while IFS='|' read -r name what; do printf '%-16s %s\n' "$$name" "$$what"; done

setup: $(READY) ## make .venv with the `gristmill` command in it

# Runs again only when what it installs from has changed.
$(READY): requirements/dev.txt requirements/build.txt pyproject.toml
	@if [ -z "$(PYTHON)" ]; then \
	echo "Gristmill needs Python 3.11 or newer, and none was found. Install it, or name it:" >&2; \
	echo "    make setup PYTHON=/path/to/python3.11" >&2; exit 1; fi
ifneq ($(UV),)
	@echo "Setting up $(VENV) with uv and $$($(PYTHON) --version)"
	@test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) $(VENV)
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt -r requirements/build.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
else
	@echo "Setting up $(VENV) with $$($(PYTHON) --version); the first time takes a minute or two"
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	echo "" >&2; \
	echo "$(PYTHON) could not make a virtual environment: the reason stands above." >&2; \
	echo "Where it is that ensurepip is missing (Debian and Ubuntu part it from Python), do one of:" >&2; \
	echo "    sudo apt install python3-venv    and run make again" >&2; \
	echo "    install uv, which needs no ensurepip, and run make again" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt -r requirements/build.txt
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	--no-deps --no-build-isolation -e . # setuptools would warn that packages lie beside pyproject.toml
endif
	@touch $@
	@echo "Ready: $(BIN)/gristmill"

demo: setup ## run the shipped samples through real workers and show the results
	@$(BIN)/gristmill demo

up: setup ## web, workers and scheduler until Ctrl-C
	@$(BIN)/gristmill up

test: setup ## the tests, without the long suites and those with real workers (`make live`, `make faults`)
	@$(PYTEST) tests -q -m "not faults and not peer and not live"

check: setup ## lint, format, types, layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

# FAULT_SEED=N repeats a run. In tests/live are the gentler ones, found by their files' names.
faults: setup ## the fault suite: kills, stops and wipes real processes, on both databases (half an hour)
	@$(PYTEST) tests/faults tests/live -m "faults or live" -k "faults" --timeout 900

faults-smoke: setup ## the same with small numbers: that every fault fires and nothing breaks by it
	@FAULT_SMOKE=1 $(PYTEST) tests/faults -q -m faults -k "machine or mix"

bench: setup bench-peers ## measure the engine against others; ONLY=idle for one measure, see bench/README.md
	@$(BIN)/python -m bench $(addprefix --only ,$(ONLY))

bench-peers: setup # what the bench measures against, in environments of their own under the user's cache
	@$(BIN)/python -m bench.peers

quality: setup ## measure the local analysers on labelled data in ../shared and write docs/quality.md
	@$(BIN)/python -m bench.quality --write

bench-smoke: setup ## the same, short: that it runs, not what it measures
	@$(BIN)/python -m bench --smoke

live: setup ## the tests with real workers, and those against servers of others (npm)
	@GRISTMILL_LIVE=1 $(PYTEST) tests -m "live or peer" --timeout 600

requirements: setup ## pin anew what pyproject.toml asks for
	@requirements/update

clean: ## throw away the environment, caches and everything embedded (asks nothing, keeps .env)
	@rm -rf $(VENV) .gristmill build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
