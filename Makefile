# Everything runs inside .venv, which `make venv` builds from pyproject.toml.
# README's two commands are `make demo` and `make test`.

PYTHON ?= python3
PORT ?= 8000
# Where the demo keeps its database, mails and messages; empty: its own ignored folder.
DATA ?=
# Not empty: the demo answers a request for a PIN with the PIN.
PIN_IN_RESPONSE ?=
# More options for pytest: make quick PYTEST_ARGS="-x -k sign_in"
PYTEST_ARGS ?=
# Processes that run tests at once.
WORKERS ?= 2

BIN := .venv/bin
STAMP := .venv/.installed
PYTEST := $(BIN)/pytest -n $(WORKERS) --dist loadfile $(PYTEST_ARGS)
CORE := core and not once and not slow
ON_POSTGRES := TEST_ATOMIC_REQUESTS=1 TEST_DATABASE=postgresql

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# The steps of `check` and `test` run one after the other, also under `make -j`: their output is
# read by people, and each of them starts its own servers.
.NOTPARALLEL:

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: venv
venv: $(STAMP) ## make .venv with the project and its tools (PYTHON=python3)

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make venv PYTHON=python3.13" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable '.[keys,mfa,passkeys,phone,schema]' --group dev
	@touch $@

.PHONY: demo
demo: venv ## serve the example project (PORT=8000 DATA=folder PIN_IN_RESPONSE=1)
	$(BIN)/python example_project/manage.py demo --port $(PORT) $(if $(DATA),--data '$(DATA)') \
		$(if $(PIN_IN_RESPONSE),--pin-in-response)

.PHONY: check
check: lint types imports migrations docs ## everything that is checked without running the tests

.PHONY: lint
lint: venv
	$(BIN)/ruff check
	$(BIN)/ruff format --check

.PHONY: types
types: venv
	$(BIN)/mypy

.PHONY: imports
imports: venv
	$(BIN)/lint-imports

.PHONY: migrations
migrations: venv
	PYTHONPATH=. DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python -m django makemigrations --check --dry-run

.PHONY: docs
docs: venv ## build the documentation; a warning is an error
	$(BIN)/sphinx-build -W -n --keep-going -b html docs docs/_build/html

.PHONY: format
format: venv ## sort imports, mend what ruff can mend, lay out the code
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: quick
quick: venv ## the tests that need no server, browser or process of their own
	$(PYTEST) -m 'not slow and not browser and not postgres and not redis'

.PHONY: test
test: check browser-note test-full test-email test-uuid test-postgres ## all checks, all tests, every user model

.PHONY: browser-note
browser-note:
	@command -v chromium >/dev/null || echo 'NOTE: chromium is not on PATH, so the browser tests will be skipped.'

.PHONY: test-full
test-full: venv ## the whole suite: SQLite, and PostgreSQL and Redis where a test asks for them
	$(PYTEST) -m 'not slow'

.PHONY: test-email
test-email: venv ## the core of the suite on an e-mail-only user model
	$(PYTEST) -m '$(CORE)' --ds=tests.settings_email

.PHONY: test-uuid
test-uuid: venv ## the core of the suite on a user model with a UUID key: PostgreSQL, ATOMIC_REQUESTS
	$(ON_POSTGRES) $(PYTEST) -m '$(CORE)' --ds=tests.settings_uuid

.PHONY: test-postgres
test-postgres: venv ## what a database could change, on the stock model: PostgreSQL, ATOMIC_REQUESTS
	$(ON_POSTGRES) $(PYTEST) -m 'database and not slow'

.PHONY: proof
proof: venv ## the slow proofs, on PostgreSQL
	TEST_DATABASE=postgresql $(PYTEST) -m slow

.PHONY: coverage
coverage: venv ## the whole suite with branch coverage
	$(PYTEST) --cov --cov-report=term-missing:skip-covered

.PHONY: clean
clean: ## remove what these targets made, .venv included
	rm -rf .venv .venv-newest .tox .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	rm -rf build dist docs/_build htmlcov .coverage .coverage.*
	find src tests example_project -name __pycache__ -type d -prune -exec rm -rf {} +
