# Two commands matter: `make run` starts the whole of Visio, `make test` checks all of it.
PYTHON ?= python3.11
VENV := .local/venv/bin

.PHONY: run test lint bench fresh setup

run: setup
	@$(VENV)/python -m visio.local run

test: setup
	@visio/local/chromium.sh
	@$(VENV)/lint-imports --no-logo
	@$(VENV)/python -m visio.local test

lint: setup
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/lint-imports --no-logo
	@$(VENV)/python -m visio.local exec mypy
	@$(VENV)/djlint --quiet --lint templates

bench: setup
	@bench/wrk.sh
	@$(VENV)/python -m bench

fresh: setup
	@$(VENV)/python -m visio.local fresh

setup:
	@$(PYTHON) visio/local/bootstrap.py
