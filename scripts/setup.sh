#!/bin/sh
# Make the environment $1 hold at least what the hashed lock file $2 names, with uv or without.
set -eu
venv=$1
lock=$2

if [ -e "$venv" ] && ! "$venv/bin/python" -c '' 2>/dev/null; then
    rm -rf "$venv" # its Python has gone
fi
if [ ! -e "$venv" ]; then
    # Debian ships a Python whose venv cannot make one: without uv it has to have ensurepip.
    needs=ensurepip
    if command -v uv >/dev/null 2>&1; then needs=sys; fi
    for python in python3.14 python3.13 python3.12 python3.11 python3 python; do
        if "$python" -c "import $needs, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))" 2>/dev/null; then
            found=$python
            break
        fi
    done
    if [ -z "${found:-}" ]; then
        echo "error: Bellwether needs Python 3.11 to 3.14 with venv (Debian: python3-venv), or uv; put one on PATH" >&2
        exit 2
    fi
    echo "setting up $venv with $("$found" --version) (once)"
    if command -v uv >/dev/null 2>&1; then
        uv venv --quiet --python "$(command -v "$found")" "$venv"
    else
        "$found" -m venv "$venv"
    fi
fi

echo "installing $lock"
if command -v uv >/dev/null 2>&1; then
    # Compiled here, or Backtrader's first import would print syntax warnings.
    VIRTUAL_ENV=$venv uv pip install --quiet --compile-bytecode --require-hashes -r "$lock"
else
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
fi
# The repository itself, so that Backtrader's own btrun finds the packages from any folder.
site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
pwd >"$site/bellwether.pth"
