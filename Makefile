# make help lists what can be made. Needs Python 3.11 or newer; everything else is installed into .venv.
PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
RUNS ?= 300
SEED ?= 1
BIN := $(VENV)/bin
MANAGE := $(BIN)/python workbench/manage.py

.DEFAULT_GOAL := help
.PHONY: help run seed reset test test-fast lint browser redis messages guides pictures bench course matrix dist clean \
  quality random-runs test-db test-long extract_translations compile_translations

help: ## list what can be made
	@grep -hE '^[a-z_-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-20s %s\n", $$1, $$2}'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed. Install it, or name one: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { echo "Python's venv module is missing. On Debian: apt-get install python3-venv"; exit 1; }

$(VENV)/workbench.done: setup.py | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[workbench]'
	@touch $@

$(VENV)/test.done: setup.py | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[workbench,test]'
	@touch $@ $(VENV)/workbench.done

seed: $(VENV)/workbench.done
	@$(MANAGE) migrate --run-syncdb --verbosity 0
	@$(MANAGE) seed

run: seed ## start the workbench at http://127.0.0.1:8000 (PORT=… for another port)
	$(MANAGE) runserver 127.0.0.1:$(PORT)

reset: $(VENV)/workbench.done ## forget all answers of the workbench and bring the sample learners back
	@$(MANAGE) migrate --run-syncdb --verbosity 0
	@$(MANAGE) seed --reset

browser: $(VENV)/test.done
	@$(BIN)/python tools/browser.py

redis: $(VENV)/test.done
	@$(BIN)/python tools/redis_server.py

test: $(VENV)/test.done browser redis lint ## install what the tests need and run them, but for the long walks
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not long"

test-long: $(VENV)/test.done browser ## the long walks in a browser: accessibility, injections, security policy, more modules
	$(BIN)/python -m pytest -n 2 --dist loadfile -m long

test-fast: $(VENV)/test.done ## run the tests that need neither browser nor wheel nor workers
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not browser and not wheel and not worker"

test-db: $(VENV)/test.done ## 200 learners and 5 trainers at once, on SQLite and on PostgreSQL
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'psycopg[binary]'
	$(BIN)/python -m tools.crowd
	$(BIN)/python -m tools.database $(BIN)/python -m tools.crowd

random-runs: $(VENV)/test.done browser ## random interruptions in a browser: is anything lost? (RUNS=300 SEED=1)
	$(BIN)/python -m tests.browser.random_runs --runs $(RUNS) --seed $(SEED)

lint: $(VENV)/test.done ## check style, types and that everything is used
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy
	$(BIN)/python tools/quality.py --unused

quality: $(VENV)/test.done ## what nothing uses, what is hard to follow, and mistakes that no test would notice (an hour)
	$(BIN)/python tools/quality.py
	$(BIN)/python -m tools.mutate

messages: $(VENV)/test.done ## bring the catalogues of the interface up to date and compile them
	$(BIN)/python tools/messages.py extract
	$(BIN)/python tools/messages.py compile

extract_translations: messages ## write the catalogues as a site's repository of translations has them, into build/
	$(BIN)/python tools/messages.py atlas

compile_translations: $(VENV)/test.done ## compile the catalogues of the interface
	$(BIN)/python tools/messages.py compile

guides: $(VENV)/test.done ## make the pages the blocks link to from docs/
	$(BIN)/python tools/guides.py

pictures: $(VENV)/test.done browser ## make the pictures of the guides in docs/
	$(BIN)/python -m tools.pictures

bench: ## measure speed and size beside peers, in an environment of its own (BENCH='--only peers')
	@test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check -e '.[workbench]' 'setuptools<81' playwright
	.venv-bench/bin/python -m benchmarks --install $(BENCH)

course: $(VENV)/workbench.done ## build the course as an archive that Studio imports into dist/
	@$(BIN)/python tools/course.py

matrix: $(VENV)/test.done ## test with every Python, XBlock, Django and release of Open edX (MATRIX='--only teak')
	$(BIN)/python -m tools.matrix $(MATRIX)

dist: $(VENV)/test.done ## build the wheel, the source archive and the bill of materials into dist/
	@$(BIN)/python tools/release.py

clean: ## remove what was built and installed
	rm -rf $(VENV) .venv-bench build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
