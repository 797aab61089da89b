# `make` alone explains itself. Everything happens in .venv; nothing is installed outside it, except
# Debian's chromium for `make test` when none is there and we are root.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
export UV_PROJECT_ENVIRONMENT := .venv
# Empty is off: where compiling on the fly is off, each process would compile all tests anew.
export PYTHONDONTWRITEBYTECODE :=

# These drive Chromium, which leaves an event loop running in its process: apart from all other tests.
APART := tests/flows tests/conversations/test_inbox_in_browser.py \
  tests/conversations/test_composer_in_browser.py \
  tests/conversations/test_channels_in_browser.py \
  tests/conversations/test_templates_in_browser.py \
  tests/conversations/test_hostile_mail_in_browser.py \
  tests/web/test_browser.py tests/backoffice/test_browser.py \
  tests/messaging/test_editor_in_browser.py tests/widget/test_widget_in_browser.py \
  tests/orders/importing/test_browser.py tests/automations/test_rules_in_browser.py \
  tests/contact_forms/test_forms_in_browser.py tests/calls/test_calls_in_browser.py \
  tests/sandbox/test_phone_in_browser.py \
  tests/signups/test_signups_in_browser.py tests/feedback/test_feedback_in_browser.py \
  tests/segments/test_segments_in_browser.py tests/campaigns/test_writing_in_browser.py \
  tests/journeys/test_editor_in_browser.py

.PHONY: help setup run test chaos check bench format screenshots clean chromium

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.ready ## Install Shopbell and its tools into .venv

.venv/.ready: pyproject.toml uv.lock .python-version
	@scripts/setup
	@touch $@

run: setup ## Start Shopbell with the demo store and print where it is
	@exec $(BIN)/shopbell up --demo

test: setup chromium ## Run every test
	$(BIN)/pytest -n 3 --ignore=tests/chaos $(addprefix --ignore=,$(APART))
	$(BIN)/pytest -q -n 3 tests/chaos
	$(BIN)/pytest -n 3 --dist loadgroup $(APART)

check: setup ## Look at the code without running it: style, types, layers, migrations, templates, docs
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -W ignore::RuntimeWarning -m django makemigrations --check --dry-run \
	  --pythonpath . --settings tests.support.check_settings
	$(BIN)/djlint src --lint --quiet
	@if [ -d tests/docs ]; then $(BIN)/pytest -q tests/docs; fi

chaos: setup ## Kill workers and the database in the middle of work, and count what is lost
	CHAOS_WHOLE=1 $(BIN)/pytest tests/chaos

bench: setup ## Measure, and write docs/benchmarks.md
	$(BIN)/python -m benchmarks

format: setup ## Put the code in order
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

screenshots: setup chromium ## Take the pictures in docs/pictures from a demo
	$(BIN)/python scripts/screenshots

clean: ## Remove what `make setup` and the tools made
	rm -rf .venv .uv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
	find src tests benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +

chromium:
	@scripts/chromium
