# Few verbs; `make` alone explains them. Every verb uses one build configuration, so that nothing is built twice.

SWIFT_FLAGS := -c release -Xswiftc -enable-testing
CONTEND := .build/release/contend
# One after the other: together they starve each other, and connections time out while a property is sought.
SUITES := $(notdir $(wildcard Tests/*Tests))
# A folder for a test report of each suite.
TEST_RESULTS :=

.PHONY: help demo build test test-full lint format fuzz tsan bench glance man dist dist-check

help:
	@echo 'make demo     plant a race, find it, then show the fix hold (SQLite, three replicas)'
	@echo 'make test     the whole test suite, with real PostgreSQL, MariaDB, Galera, SQLite, processes, sockets and browser'
	@echo 'make test-full  the same with fifty times as many random histories'
	@echo 'make lint     the formatter in strict mode'
	@echo 'make format   format every Swift file in place'
	@echo 'make fuzz     libFuzzer on every reader of foreign bytes, an hour; FUZZ_SECONDS sets the time of each'
	@echo 'make tsan     the tests of History, Cluster and Traffic under the thread sanitizer'
	@echo 'make bench    requests per second beside wrk, what judging, the database'"'"'s monitor and proxy, and exploration cost'
	@echo 'make man      the manual pages in docs/man (builds everything anew)'
	@echo 'make dist     a tarball, a Debian package and a Python wheel in dist/, built in a folder of their own'
	@echo 'make dist-check  installs each into a fresh Debian system and runs it there (root)'
	@echo 'make glance   one race and one control against real OpenStack Glance'

demo:
	@scripts/install libraries
	swift build $(SWIFT_FLAGS)
	$(CONTEND) demo

build:
	@scripts/install libraries
	swift build $(SWIFT_FLAGS) --build-tests

test:
	@scripts/install libraries postgresql mariadb galera python3 openssl chromium
	swift build $(SWIFT_FLAGS) --build-tests
	@failed=; for suite in $(SUITES); do \
	    echo "== $$suite"; \
	    swift test $(SWIFT_FLAGS) --skip-build --filter "^$$suite[.]" \
	        $(if $(TEST_RESULTS),--xunit-output $(TEST_RESULTS)/$$suite.xml) || failed="$$failed $$suite"; \
	done; [ -z "$$failed" ] || { echo "failed:$$failed"; exit 1; }

test-full:
	CONTEND_FULL=1 $(MAKE) test

# Warnings are errors in Package.swift already; this adds the formatter and our own rules.
lint:
	swift format lint --strict --recursive Package.swift Sources Tests

format:
	swift format --in-place --recursive Package.swift Sources Tests

fuzz:
	@scripts/install libraries
	scripts/fuzz

tsan:
	@scripts/install libraries postgresql python3
	scripts/tsan

bench:
	@scripts/install libraries postgresql python3 venv
	swift build $(SWIFT_FLAGS)
	bench/run
	bench/check
	bench/monitors
	bench/proxy
	bench/explore
	scripts/drivers-check .build/release/contend --available
	for server in 17 18; do \
	    scripts/drivers-check .build/release/contend --available --server $$server || exit 1; \
	    scripts/explore-check .build/release/contend $$server || exit 1; \
	done

# The plugin builds everything anew, with flags of its own, into the usual folder.
man:
	swift package --allow-writing-to-package-directory generate-manual --multi-page
	cp .build/plugins/GenerateManual/outputs/contend/*.1 docs/man/

glance:
	@scripts/install libraries postgresql python3
	swift build $(SWIFT_FLAGS)
	scenarios/glance/setup
	scripts/glance-check $(CONTEND)

dist:
	@scripts/install libraries
	scripts/dist

dist-check:
	@scripts/install packages
	scripts/dist-check
