# make run: start the service.  make demo: the same, with a company to look around in.
# make test: the whole suite, but for what takes long one by one, which is in make test-long.
# make check: every static guard.
PYTHON ?= python3
BIN := .venv/bin
RUNTIME := .venv/.runtime
DEV := .venv/.dev
POOLED := tests/scopes/keys tests/scopes/api tests/accounts/api tests/audit tests/coderauth/http/test_ratelimit.py
TYPESCRIPT := sdk/typescript/node_modules/.package-lock.json
PAGES := $(shell find templates -name '*.html' 2>/dev/null)

.PHONY: install run demo test test-sqlite test-postgres test-long check docs screenshots generate format clean

install: $(RUNTIME)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "coderauth needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv

$(RUNTIME): requirements.txt $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(DEV): requirements-dev.txt requirements-tracing.txt $(RUNTIME)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

$(TYPESCRIPT): sdk/typescript/package-lock.json
	npm ci --prefix sdk/typescript --no-audit --no-fund --silent
	@touch $@

run: export CODERAUTH_DEV ?= true
run: $(RUNTIME)
	$(BIN)/python manage.py serve

# In a data directory of its own. The first time, it shows the password.
demo: export CODERAUTH_DEV ?= true
demo: export CODERAUTH_DATA_DIR ?= var/demo
demo: $(RUNTIME)
	$(BIN)/python manage.py migrate --verbosity 0
	$(BIN)/python manage.py seed_demo --once
	$(BIN)/python manage.py serve

test: test-sqlite test-postgres

# Tests start a hundred processes; each would compile us anew.
test-sqlite test-postgres test-long: export PYTHONDONTWRITEBYTECODE =

test-sqlite: $(DEV)
	@echo "== tests on SQLite"
	$(BIN)/python -m pytest -n auto -m "not postgres and not long"

test-postgres: $(DEV)
	@echo "== tests on PostgreSQL"
	$(BIN)/python -m tests.servers -- $(BIN)/python -m pytest -n auto -m "not no_database and not long"

test-long: $(DEV)
	@echo "== the long tests, on SQLite"
	$(BIN)/python -m pytest -n 2 -m "long and not postgres"
	@echo "== the long tests, on PostgreSQL"
	$(BIN)/python -m tests.servers -- $(BIN)/python -m pytest -n 2 -m "long and not no_database"
	@echo "== what writes and locks, on PostgreSQL behind PgBouncer"
	$(BIN)/python -m tests.servers --pooled -- $(BIN)/python -m pytest -n 2 --reuse-db $(POOLED) -m "not no_database and not long"

check: $(DEV) $(TYPESCRIPT)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/mypy --config-file sdk/python/pyproject.toml sdk/python
	$(BIN)/mypy --config-file sdk/django/pyproject.toml sdk/django
	$(BIN)/lint-imports
	$(if $(PAGES),$(BIN)/djlint --check --lint $(PAGES))
	$(BIN)/yamllint --strict deploy .github .yamllint.yaml
	$(BIN)/hadolint deploy/Dockerfile
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py generate_scopes --check
	$(BIN)/python sdk/python/generate_sync.py --check
	$(BIN)/python manage.py generate_reference --check
	$(BIN)/zensical build --strict --clean >/dev/null
	npm run --prefix sdk/typescript --silent drift
	npm run --prefix sdk/typescript --silent check
	CODERAUTH_ACCESS_URL=https://auth.example.org $(BIN)/python manage.py check --deploy --fail-level WARNING

# Links to pages and headings that do not exist end it.
docs: $(DEV)
	$(BIN)/zensical build --strict --clean

# The pictures of docs/tour.md, of the demo in a real browser.
screenshots: $(DEV)
	$(BIN)/python -m tests.browser.tour

generate: $(DEV) $(TYPESCRIPT)
	$(BIN)/python manage.py generate_scopes
	$(BIN)/python sdk/python/generate_sync.py
	$(BIN)/python manage.py generate_reference
	npm run --prefix sdk/typescript --silent generate

format: $(DEV)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(if $(PAGES),-$(BIN)/djlint --reformat --quiet $(PAGES))

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
