# Aimaq's commands. `make demo` and `make test` are all that a fresh machine needs: each prepares what it uses.

VENV     ?= .venv
BIN      := $(VENV)/bin
STAMP    := $(VENV)/.aimaq-setup
HOME_DIR ?= var/stand
WORKERS  ?= 2
REPORTS  ?= reports
SEED     ?= 1
CASES    ?= 50000
BROKER   ?= amqp://guest:guest@127.0.0.1:5672/
DATABASE ?= postgresql://postgres@127.0.0.1:5432/postgres

.DEFAULT_GOAL := help
.PHONY: help setup services demo up flow fmt check test-fast test test-long pictures storm mutants bench lock clean

help: ## This list
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

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

flow: $(STAMP) ## Play one flow file on a stand of its own and judge it: make flow F=flows/…/….yaml
	@test -n "$(F)" || { echo "make flow: which flow? make flow F=flows/unemployed-certificate-2012/portal-certificate.yaml" >&2; exit 2; }
	@$(BIN)/aimaq replay "$(F)"

fmt: $(STAMP) ## Put the code into its form; `make check` says what is left to do by hand
	$(BIN)/ruff check --fix --exit-zero .
	$(BIN)/ruff format .

check: $(STAMP) ## Lint, formatting, types and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test-fast: $(STAMP) ## Run the quick tests: no services, under 90 seconds on two cores
	@$(BIN)/pytest -n $(WORKERS) --dist loadscope -m "not services and not slow and not long"

test: $(STAMP) ## Check the code and run every test but the long ones, with RabbitMQ and PostgreSQL; none may be skipped
	@scripts/services
	@$(MAKE) --no-print-directory check
	@mkdir -p $(REPORTS)
	@$(BIN)/pytest -n $(WORKERS) --dist loadscope -m "not long" --junitxml=$(REPORTS)/tests.xml
	@$(BIN)/python scripts/passed.py $(REPORTS)/tests.xml

test-long: $(STAMP) ## Run the long tests, an hour at most; none may be skipped
	@scripts/services
	@mkdir -p $(REPORTS)
	@$(BIN)/pytest -n $(WORKERS) --dist loadscope -m long --junitxml=$(REPORTS)/tests-long.xml
	@$(BIN)/python scripts/passed.py $(REPORTS)/tests-long.xml

pictures: $(STAMP) ## Make the pictures of the console in docs/pictures anew, from a live stand; needs Chromium
	@scripts/services
	@AIMAQ_TEST_PICTURES=docs/pictures $(BIN)/pytest -q tests/console -k the_guides_show

storm: $(STAMP) ## Disasters under load, each a line of a table; LINE=kill-lea runs one, CASES=5000 is for the run at random
	@scripts/services
	@$(BIN)/python -m tests.storm --seed $(SEED) --cases $(CASES) --reports $(REPORTS) $(addprefix --line ,$(LINE))

mutants: $(STAMP) ## Change the code that decides and see that tests notice; fails under 90 % or on an unlisted survivor
	@WORKERS=$(WORKERS) $(BIN)/python scripts/mutants.py $(ROOMS)

bench: export AIMAQ_BROKER := $(BROKER)
bench: export AIMAQ_DATABASE := $(DATABASE)
bench: $(STAMP) ## Measure throughput and latency beside the limit of this machine; needs RabbitMQ and PostgreSQL
	@scripts/services
	@$(BIN)/aimaq bench

lock: ## Pin every dependency anew, with hashes and no addresses (needs uv)
	@scripts/lock

clean: ## Remove what the commands above left, but the virtual environment
	rm -rf var $(REPORTS) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
