# shellcheck shell=bash
# lib.sh: functions of quickstart, test and bench. They source it from the root of the project.

# say text...: a line of progress with the seconds since the start.
say() { printf '[%4ds] %s\n' "$SECONDS" "$*"; }

# jobs_count: how many compilers run at once: one for each core, but only one for each 1.5 GiB of memory.
jobs_count() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable/ { print int($2 / 1572864) }' /proc/meminfo)
  [[ "$memory" -ge 1 ]] || memory=1
  echo $((cores < memory ? cores : memory))
}

# configure preset: makes build/<preset>, unless it is there and younger than the presets.
configure() {
  local tree="build/$1"
  [[ "$tree/build.ninja" -nt CMakePresets.json ]] && return 0
  say "configure $1"
  local log code=0
  log=$(mktemp)
  cmake --preset "$1" >"$log" 2>&1 || code=$?
  [[ "$code" -eq 0 ]] || cat "$log"
  rm -f "$log"
  return "$code"
}
