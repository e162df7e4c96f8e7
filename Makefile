# Aimaq's commands. `make demo` and `make test` are all that a fresh machine needs: each prepares what it uses.

VENV     ?= .venv
BIN      := $(VENV)/bin
STAMP    := $(VENV)/.aimaq-setup
HOME_DIR ?= var/stand
WORKERS  ?= 2
REPORTS  ?= reports
BROKER   ?= amqp://guest:guest@127.0.0.1:5672/
DATABASE ?= postgresql://postgres@127.0.0.1:5432/postgres

.DEFAULT_GOAL := help
.PHONY: help setup services demo up test check bench lock clean

help: ## This list
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf '  make %-9s %s\n' "$$name" "$$text"; done

setup: $(STAMP) ## Make the virtual environment and install what the project needs

$(STAMP): pyproject.toml requirements-dev.txt scripts/setup
	@scripts/setup $(VENV)
	@touch $@

services: $(STAMP) ## See that RabbitMQ and PostgreSQL answer; on Debian, as root, install and start them
	@scripts/services

demo: $(STAMP) ## Run every flow on a stand of its own and leave an HTML report
	@$(BIN)/aimaq demo

up: $(STAMP) ## Start the five services in one process and keep them running
	@$(BIN)/aimaq up --home $(HOME_DIR)

test: $(STAMP) ## Check the code and run every test, with RabbitMQ and PostgreSQL; none may be skipped
	@scripts/services
	@$(MAKE) --no-print-directory check
	@mkdir -p $(REPORTS)
	@$(BIN)/pytest -n $(WORKERS) --dist loadscope --junitxml=$(REPORTS)/tests.xml
	@$(BIN)/python scripts/passed.py $(REPORTS)/tests.xml

check: $(STAMP) ## Lint, formatting, types and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP) ## Measure throughput and latency beside the limit of this machine; needs RabbitMQ and PostgreSQL
	@scripts/services
	@$(BIN)/aimaq bench --broker $(BROKER) --database $(DATABASE)

lock: ## Pin every dependency anew, with hashes and no addresses (needs uv)
	@scripts/lock

clean: ## Remove what the commands above left, but the virtual environment
	rm -rf var $(REPORTS) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
