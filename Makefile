# The front door; behind it is Meson.
#
#     make          set up what is missing, build build/sow
#     make demo     and grow a few tasks from the seed tasks with a model that it runs itself
#     make test     and run the tests, but for slow ones and those on the model: .ci/run has all
#     make install  copy to PREFIX (/usr/local), below DESTDIR if that is set
#     make wheel    dist/sow-VERSION-….whl: all of it, for pip and uv
#     make deb      dist/sow_VERSION_….deb: for the Debian it is built on
#     make site     build/site/index.html: the documentation as pages with a search
#     make setup    only install and fetch what is missing (tools/setup)
#     make clean    remove the build folder, with the demo's run in it
#
# LLAMA=disabled builds without the embedded model and fetches nothing for it.

LLAMA  = auto
PREFIX = /usr/local

deps    := $(shell tools/setup --where)
options  = -Dllama=$(LLAMA) -Dprefix=$(PREFIX) -Ddeps='$(deps)'

all: build

demo: program
	@tools/demo

test: build
	@meson test -C build --no-rebuild --print-errorlogs --no-suite model --no-suite slow

# As root this may be another home and cache: it takes what is built, and only where it goes may
# be another than when it was set up.
install:
	@[ -x build/sow ] || $(MAKE) build
	@grep -q -- '-Dprefix=$(PREFIX) ' build/options 2>/dev/null || { \
		meson configure build -Dprefix=$(PREFIX) && ninja -C build && \
		echo "$(options)" >build/options; }
	@meson install -C build --no-rebuild

# What packages are made of; packaging/README.md says how.
wheel: build
	@tools/setup --wheel $(if $(filter disabled,$(LLAMA)),--without-llama)
	@packaging/lean_libs build/lean
	@python3 packaging/wheel.py build build/lean/lib dist

deb: build
	@tools/setup --wheel $(if $(filter disabled,$(LLAMA)),--without-llama)
	@packaging/deb build dist

site:
	@tools/setup --site
	@tools/site '$(deps)' build/site

setup:
	@tools/setup $(if $(filter disabled,$(LLAMA)),--without-llama)

# Only if it never was, or with other options.
configure: setup
	@[ -f build/build.ninja ] && echo "$(options)" | cmp -s - build/options || { \
		meson setup build $(options) $(if $(wildcard build/build.ninja),--reconfigure) && \
		echo "$(options)" >build/options; }

# A dry run first, so that a build with nothing to do says nothing. The program alone is a third
# of the work: manual pages, completions and tests are not needed to see it run.
program: configure
	@ninja -C build -n sow | grep -q 'no work to do' || ninja -C build sow

build: configure
	@ninja -C build -n | grep -q 'no work to do' || ninja -C build

clean:
	rm -rf build

.PHONY: all demo test install wheel deb site setup configure program build clean
