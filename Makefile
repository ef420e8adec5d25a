# `make` lists the commands; each does all the set-up it needs.
.DEFAULT_GOAL := help
.PHONY: help setup demo test check lint types format bench soak feature lock clean

RUN := .venv/bin/python -m

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Run the product: server, console, a caller and a mail (a scripted tour without a display)
	@scripts/demo $(ARGS)

test: ## Pass all tests (ARGS="tests/architecture -x" for some)
	@scripts/test $(ARGS)

check: lint types test ## Format, lint, strict types, import contracts, architecture, tests

setup: ## Install Debian packages, virtual environment and byte code; only what is missing
	@scripts/setup test

lint: setup ## Lint, formatting and import contracts
	@$(RUN) ruff format --check --quiet .
	@$(RUN) ruff check --quiet .
	@.venv/bin/lint-imports --no-logo

types: setup ## Strict types
	@$(RUN) mypy

format: setup ## Format the code and mend what the linter can
	@$(RUN) ruff check --fix --quiet --exit-zero .
	@$(RUN) ruff format .

bench: setup ## Measure the promises (NAME=screen_pop for one)
	@$(RUN) bench $(NAME) $(ARGS)

soak: setup ## The tests that run long: storms of faults
	@$(RUN) pytest -q --soak -m soak --timeout 0 -o faulthandler_timeout=0 $(ARGS)

feature: setup ## Lay out the homes of a new noun (NAME=quotes)
	@$(RUN) scripts.feature $(NAME)

lock: ## Pin every dependency again, with hashes
	@scripts/lock $(ARGS)

clean: ## Remove what was made here: virtual environment, caches, build
	@rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .grimp_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
