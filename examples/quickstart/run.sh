#!/usr/bin/env bash
# Plays the demonstration in a temporary folder and checks that this folder shows what it writes.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pytest-fairness demo "$work/demo"
cmp test_screener.py "$work/demo/test_screener.py"
test -s "$work/demo/report.html"
