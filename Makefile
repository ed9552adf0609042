# The front door. `make help` lists what there is.
.DEFAULT_GOAL := build
.PHONY: build demo test sanitize lint format bench clean help
.NOTPARALLEL:

JOBS ?= $(shell nproc)
# The tests that run threads; the rest of the code is single-threaded by design.
THREADED := property campaign
# The labels of tests that are left out under the address and undefined sanitizers.
UNSANITIZED := quality
# How long each fuzz target runs.
FUZZ_SECONDS ?= 10

build: build/build.ninja ## build everything (the binary is build/squall)
	cmake --build --preset release -j $(JOBS)

demo: build/build.ninja ## watch Squall pass a clean engine, find a planted bug and replay it
	cmake --build --preset release -j $(JOBS) --target squall
	tools/demo

test: build ## run all tests
	ctest --preset release -j $(JOBS)

# One stage after the other: memory stays low and a failure is the last thing on the screen.
sanitize: build/.setup-full ## run the tests under the address, undefined and thread sanitizers, and fuzz briefly
	cmake --preset asan
	cmake --build --preset asan -j $(JOBS)
	ctest --preset asan -j $(JOBS) -LE '$(UNSANITIZED)'
	cmake --preset tsan
	cmake --build --preset tsan -j $(JOBS) --target $(THREADED:%=%_test)
	ctest --preset tsan -j $(JOBS) -R '^($(shell echo $(THREADED) | tr ' ' '|'))$$'
	cmake --preset fuzz
	cmake --build --preset fuzz -j $(JOBS) --target fuzzers
	tools/fuzz build/fuzz $(FUZZ_SECONDS)

lint: build/.setup-full ## check format, layer rule and limits, and run clang-tidy
	tools/format --check
	tools/check_includes
	cmake --preset clang
	cmake --build --preset clang --target generated_sources
	tools/tidy build/clang $(JOBS)

format: build/.setup-full ## format the sources in place
	tools/format

bench: build ## measure: cases per second of the simulation, and the micro-benchmarks
	cmake --build --preset release -j $(JOBS) --target benchmarks
	build/squall test --engine sim --profile failures --cases 20000 --jobs $(JOBS) --json
	for each in build/*_bench; do if [ -x "$$each" ]; then "$$each" || exit 1; fi; done

clean: ## remove what was built
	rm -rf build

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s%s\n", $$1, $$2 }' Makefile

# Stamps, so that a machine is looked at once and not by every make.
build/.setup-minimal: setup
	./setup --minimal
	@mkdir -p build && touch $@

build/.setup-full: setup
	./setup
	@mkdir -p build && touch $@ build/.setup-minimal

build/build.ninja: build/.setup-minimal CMakePresets.json
	cmake --preset release
	@touch $@
