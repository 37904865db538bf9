# Two commands are enough on a new machine: `make run` and `make test`. What they need and do not find they install;
# scripts/ holds how, out in the open, because it changes the machine of whoever types them.

SHELL := bash

# `make run LIMIT=3 ARGS=--fresh RECIPE=recipes/another.yaml`
RECIPE ?= recipes/summarise-documents.yaml
LIMIT ?=
ARGS ?=
# CONFIG=debug runs the product that `make check` and `make test` have built already.
CONFIG ?= release

# The same flags everywhere, so that one build serves check, test and a debug run.
SWIFT_FLAGS := --explicit-target-dependency-import-check error

# Newer than Package.swift when the Swift packages that it names are there.
fetched := .build/packages-fetched

# Homebrew keeps libpq, and the OpenSSL that it names, off the paths that pkg-config searches by itself.
ifeq ($(shell uname),Darwin)
export PKG_CONFIG_PATH := $(shell brew --prefix libpq)/lib/pkgconfig:$(shell brew --prefix openssl@3)/lib/pkgconfig:$(PKG_CONFIG_PATH)
endif

.PHONY: help run test browser kills faults reviewers check conformance corpora sanitize bench setup build-setup test-setup llmock-setup bench-setup clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

run: setup $(fetched) ## the shipped recipe on the shipped documents; LIMIT=3 for the first three, ARGS for more of `linecook run`
	@echo "Building linecook ($(CONFIG))."
	@swift build -c $(CONFIG) --product linecook $(SWIFT_FLAGS)
	@scripts/run-recipe .build/$(CONFIG)/linecook '$(RECIPE)' $(if $(LIMIT),--limit '$(LIMIT)') $(ARGS)

test: test-setup llmock-setup $(fetched) ## every test; the last line counts them
	@scripts/run-tests $(SWIFT_FLAGS)

browser: test-setup $(fetched) ## the review pages in a real Chromium; ARGS='--screenshots docs/images' makes those of the docs
	@swift build $(SWIFT_FLAGS)
	@scripts/run-browser-tests .build/debug $(ARGS)

# The long forms of tests whose short forms are in `make test`: minutes each.
kills: export LINECOOK_KILLS ?= 200
kills: test-setup $(fetched) ## kills a run at 200 moments, and at 200 starts, commits, checkpoints and renames; LINECOOK_KILLS=20 for fewer
	@swift test --disable-xctest $(SWIFT_FLAGS) --filter 'KilledRunTests.*killed at any moment|KillMomentTests'

faults: export LINECOOK_FAULTS ?= 2000
faults: test-setup llmock-setup $(fetched) ## 2,000 records with a fifth of all answers faulty; LINECOOK_FAULTS=500 for fewer
	@swift test --disable-xctest $(SWIFT_FLAGS) --filter 'FaultHarnessTests|ForeignServerTests'

reviewers: export LINECOOK_ANSWERS ?= 10000
reviewers: test-setup $(fetched) ## 10,000 answers over 20 connections of two processes each, one of them killed; LINECOOK_ANSWERS=2000 for fewer
	@swift test --disable-xctest $(SWIFT_FLAGS) --filter 'ManyReviewersTests'

check: test-setup $(fetched) ## the style of the sources, and a build of everything in which a warning is an error
	@echo "Checking the style of the sources."
	@swift format lint --strict --recursive --parallel Package.swift Sources Tests $(wildcard Benchmarks)
	@echo "Building everything, tests included; a warning is an error."
	@swift build --build-tests $(SWIFT_FLAGS)

conformance: test-setup $(fetched) ## the public conformance suites alone, from $$LINECOOK_CONFORMANCE or ../shared/conformance
	@scripts/run-conformance $(SWIFT_FLAGS)

corpora: test-setup $(fetched) ## a table of real documents and tables, from $$LINECOOK_CORPORA or ../shared/corpora
	@scripts/run-corpora $(SWIFT_FLAGS)

# These rooms know no network and no process, so the sanitizers need build none of the large packages. The last three are
# those beside them that hold C pointers. libpq's door is left out because a network stands behind it, and its room with it.
# `WidthSimulationTests` are left out because their millions of events take minutes there; they are of one thread, and the
# same code is tested before small servers in `WidthControllerTests`.
sanitize: export LINECOOK_ONLY = Execution,Calls,HTMLText,ZipFiles,MailText
sanitize: test-setup ## the rooms that know no network, under the thread and the address sanitizer
	@echo "Testing under the thread sanitizer."
	@swift test --disable-xctest --sanitize thread --scratch-path .build-tsan --skip WidthSimulationTests
	@echo "Testing under the address sanitizer, which looks for leaks too."
	@ASAN_OPTIONS=detect_leaks=$(if $(filter Darwin,$(shell uname)),0,1) LSAN_OPTIONS=suppressions=scripts/no-leaks \
		swift test --disable-xctest --sanitize address --scratch-path .build-asan --skip WidthSimulationTests

bench: bench-setup $(fetched) ## the figures of Benchmarks/README.md, measured here; ARGS for `Benchmarks/run`
	@Benchmarks/run $(ARGS)

setup: build-setup ## what `make run` installs: system libraries, converters, the default model and its server
	@scripts/install-packages read
	@scripts/install-model
	@scripts/install-llama-server

build-setup:
	@scripts/install-packages build

bench-setup:
	@scripts/install-packages build bench

test-setup:
	@scripts/install-packages build read test

llmock-setup: test-setup
	@scripts/install-llmock

$(fetched): Package.swift | build-setup
	@scripts/fetch-packages
	@touch $@

clean: ## what was built; the model and the runs stay
	rm -rf .build .build-tsan .build-asan Benchmarks/.build
