# shellcheck shell=bash
# expect.sh: functions of the checks of the scripts. It makes a scratch folder with a copy of the scripts
# and with a folder of stand-ins that comes first in PATH.
set -euo pipefail
exec </dev/null
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp -r "$1/scripts" "$1/CMakePresets.json" "$scratch/"
mkdir "$scratch/stand-ins"
PATH=$scratch/stand-ins:$PATH

# stand_in name: a program of that name, whose text comes from standard input.
stand_in() {
  { echo '#!/usr/bin/env bash'; cat; } >"$scratch/stand-ins/$1"
  chmod +x "$scratch/stand-ins/$1"
}

# run command...: keeps its output in $said and its exit code in $code.
run() {
  code=0
  said=$("$@" 2>&1) || code=$?
}

expect() { # what, condition...
  local what=$1
  shift
  "$@" && return 0
  echo "not so: $what"
  echo "exit code $code, and it said:"
  echo "$said"
  exit 1
}

says() { grep -qF -- "$1" <<<"$said"; }
last_line_is() { [[ "$(tail -n 1 <<<"$said")" == "$1" ]]; }
code_is() { [[ "$code" -eq "$1" ]]; }
