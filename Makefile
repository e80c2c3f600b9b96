# Two commands: `make demo` and `make test`. Both install what is missing first (scripts/bootstrap).
SWIFT ?= swift
eagle := .build/release/eagle

.DEFAULT_GOAL := build
.PHONY: demo build test deps lint benchmark clean

# `make demo ARGUMENTS="--port 9000"`, `make demo ARGUMENTS=--exit`.
demo: build
	@exec $(eagle) demo $(ARGUMENTS)

# Leaves the release build at .build/release/eagle.
build: deps
	$(SWIFT) build --configuration release --product eagle

# All tests of a run begin at once: those with servers and processes of their own have a run of theirs, so that there are
# threads and files enough for each. `make test ARGUMENTS="--filter HouseTests"` is one run.
servers := eagleTests|WebTests
test: deps
ifeq ($(ARGUMENTS),)
	$(SWIFT) test --disable-xctest --skip '$(servers)'
	$(SWIFT) test --disable-xctest --skip-build --filter '$(servers)'
else
	$(SWIFT) test --disable-xctest $(ARGUMENTS)
endif

deps:
	@scripts/bootstrap

lint:
	@find Package.swift Sources Tests $(wildcard Benchmarks) -name .build -prune -o \
		-name '*.swift' ! -name '*.pb.swift' -print0 \
		| xargs -0 $(SWIFT) format lint --strict --parallel
	@echo "lint: clean"

benchmark: deps
	cd Benchmarks && $(SWIFT) package benchmark $(ARGUMENTS)

# The native libraries under .deps stay: they are pinned, and checked when they are fetched.
clean:
	rm -rf .build Benchmarks/.build
