# Everything that a developer does here, each by one command; `make` lists them.

# A Python 3.11 or newer is looked for by tools/venv.py if this one is too old.
PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,\
            $(shell command -v $(name) >/dev/null 2>&1 && echo $(name))) python3)
VENV := .venv/bin
MANAGE := $(VENV)/python manage.py

.PHONY: help run test test-matrix check bench format clean needs-run needs-dev

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

run: needs-run ## Start Pulso with its own database and a demo; ARGS for `serve`, PORT=8080
	@$(MANAGE) serve $(ARGS)

test: check ## Check, then test on a real PostgreSQL, Redis and Chromium; ARGS="-k word" for pytest
	$(VENV)/python -m tools.testbed -m tools.suite $(ARGS)

test-matrix: ## Test on every supported Python and Django; ARGS for pytest
	$(PYTHON) -m tools.matrix $(ARGS)

check: needs-dev ## Lint, formatting, types, import rules, migrations, Django's own checks
	$(VENV)/python -m ruff check .
	$(VENV)/python -m ruff format --check .
	$(VENV)/python -m mypy
	$(VENV)/lint-imports
	$(MANAGE) makemigrations --check --dry-run --settings tools.offline_settings
	$(MANAGE) check

bench: needs-dev ## Measure, on a PostgreSQL and Redis of its own; ARGS for the benchmarks
	$(VENV)/python -m tools.testbed -m benchmarks $(ARGS)

format: needs-dev ## Format the code and sort its imports
	$(VENV)/python -m ruff check --select I --fix .
	$(VENV)/python -m ruff format .

clean: ## Remove virtual environments and caches; the database in .pulso stays
	rm -rf .venv .venv-* .venv*.lock .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

needs-run:
	@$(PYTHON) -m tools.venv requirements.txt

needs-dev:
	@$(PYTHON) -m tools.venv requirements-dev.txt
