#!/usr/bin/env bash
# Plays the story of the README in a temporary folder: the tests fail, the repair, the tests pass.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
data=${PYTEST_FAIRNESS_DATA:-$here/../../../shared/data}
if [ ! -f "$data/hate_speech_davidson/tweets.csv" ]; then
  echo "skipped: needs $data/hate_speech_davidson/tweets.csv; set PYTEST_FAIRNESS_DATA"
  exit "${PYTEST_FAIRNESS_REQUIRE_DATA:-0}"
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here/test_toxicity.py" "$work"
cd "$work"
run() { printf '\n$ %s\n' "$*"; "$@"; }
run python "$here/train_model.py" "$data"
if run pytest test_toxicity.py -q; then echo "the tests should have failed"; exit 1; fi
run pytest-fairness mitigate test_toxicity.py --train rows.csv --label label --out toxicity-fair
run pytest test_toxicity.py -q --fairness-model=toxicity-fair --fairness-report=report.html
