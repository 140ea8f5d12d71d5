#!/usr/bin/env bash
# Runs every example as its README tells it: first the tests fail, then they pass.
set -euo pipefail
cd "$(dirname "$0")"
for example in */run.sh; do
  printf '\n--- %s\n' "$example"
  bash "$example"
done
