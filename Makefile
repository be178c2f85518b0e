# One command per habit, the same on a laptop and in CI. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
JOBS ?= auto

.PHONY: help
help: ## list these commands
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): requirements.txt pyproject.toml tools/environment.py
	@$(PYTHON) tools/environment.py $(VENV)

.PHONY: book
book: $(READY) ## execute every chapter, render the site, print where it is
	@$(BIN)/python tools/book.py

.PHONY: test
test: $(READY) ## the whole test suite, in random order and in parallel
	@$(BIN)/python -m pytest -n $(JOBS) $(ARGS)

.PHONY: lint
lint: $(READY) ## style, types, spelling, the form of the notebooks, generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/codespell README.md CONTRIBUTING.md Makefile book solutions rnn_utils tests tools benchmarks
	$(BIN)/python tools/notebooks.py --check
	$(BIN)/python -m rnn_utils.grading.release --check

.PHONY: format
format: $(READY) ## put code and notebooks in the committed form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python tools/notebooks.py

.PHONY: exercises
exercises: $(READY) ## regenerate exercises/, the diagnoses and the kill matrix from solutions/
	@$(BIN)/python -m rnn_utils.grading.release

.PHONY: student
student: $(READY) ## the tree that learners get, without answers, in DIR=build/student
	@$(BIN)/python -m rnn_utils.grading.student $(or $(DIR),build/student)

.PHONY: demo-class
demo-class: $(READY) ## a made-up class of N=30 from release to marks, in build/demo
	@$(BIN)/python -m rnn_utils.grading.demo --learners $(or $(N),30) build/demo

.PHONY: grade
grade: $(READY) ## grade in parallel: A=05_lstm [STUDENT=] [TASK=] [WORKERS=] [SCHEDULER=tcp://...]
	@$(BIN)/python -m rnn_utils.grading.grade $(A) $(if $(STUDENT),--student "$(STUDENT)") \
	  $(if $(TASK),--task $(TASK)) $(if $(WORKERS),--workers $(WORKERS)) \
	  $(if $(SCHEDULER),--scheduler $(SCHEDULER)) $(ARGS)

.PHONY: lab
lab: $(READY) ## JupyterLab with everything in place
	@$(BIN)/jupyter lab --notebook-dir=. book

.PHONY: serve
serve: book ## the site on http://127.0.0.1:8000
	@$(BIN)/python -m http.server 8000 --bind 127.0.0.1 --directory _build/html

.PHONY: bench
bench: $(READY) ## the figures that speed and threshold claims rest on
	@set -e; for script in benchmarks/[!_]*.py; do echo "== $$script"; $(BIN)/python $$script; done

.PHONY: lock
lock: $(READY) ## resolve requirements.txt anew from the ranges in pyproject.toml
	@$(BIN)/python tools/lock.py

.PHONY: clean
clean: ## remove the environment, the site and everything else that make has made
	rm -rf $(VENV) _build build dist *.egg-info gradebook.db
	find . -name __pycache__ -prune -exec rm -rf {} +
