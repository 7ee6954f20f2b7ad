# make help lists what can be made. Needs Python 3.11 or newer; everything else is installed into .venv.
PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
BIN := $(VENV)/bin
MANAGE := $(BIN)/python workbench/manage.py

.DEFAULT_GOAL := help
.PHONY: help run seed reset test test-fast lint browser redis messages guides pictures bench course dist clean

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

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

test: $(VENV)/test.done browser redis lint ## install what the tests need and run them all
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-fast: $(VENV)/test.done ## run the tests that need neither browser nor wheel nor workers
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not browser and not wheel and not worker"

lint: $(VENV)/test.done ## check style and imports
	$(BIN)/python -m ruff check .

messages: $(VENV)/test.done ## bring the catalogues of the interface up to date and compile them
	$(BIN)/python tools/messages.py extract
	$(BIN)/python tools/messages.py compile

guides: $(VENV)/test.done ## make the pages the blocks link to from docs/
	$(BIN)/python tools/guides.py

pictures: $(VENV)/test.done browser ## make the pictures of the guides in docs/
	$(BIN)/python -m tools.pictures

bench: ## measure speed and size beside peers, in an environment of its own
	@test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check -e '.[workbench]' 'setuptools<81' xblock-poll xblock-drag-and-drop-v2
	.venv-bench/bin/python benchmarks/self_evaluation.py
	.venv-bench/bin/python benchmarks/training_module.py

course: $(VENV)/workbench.done ## build the course as an archive that Studio imports into dist/
	@$(BIN)/python tools/course.py

dist: $(VENV)/test.done ## build the wheel and the source archive into dist/
	$(BIN)/python -m build --outdir dist .

clean: ## remove what was built and installed
	rm -rf $(VENV) .venv-bench build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
