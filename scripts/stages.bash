# For sourcing: run named stages, all of them whatever fails, and say at the end what failed and how long each took.

failed_stages=()
stage_times=()

# stage NAME COMMAND…
stage() {
  local name="$1" begun=$SECONDS verdict=ok
  shift
  printf '\n== %s\n' "$name"
  "$@" || { verdict=FAILED; failed_stages+=("$name"); }
  stage_times+=("$name $((SECONDS - begun)) s")
  printf -- '-- %s: %s, %d s\n' "$name" "$verdict" $((SECONDS - begun))
}

# Succeeds when every stage did.
finish_stages() {
  local joined
  joined=$(printf ', %s' "${stage_times[@]}")
  printf '\nstages: %s\n' "${joined#, }"
  [ ${#failed_stages[@]} -eq 0 ] && return
  joined=$(printf ', %s' "${failed_stages[@]}")
  printf 'failed: %s\n' "${joined#, }"
  return 1
}

static_stages() {
  stage "ruff check" .venv/bin/ruff check .
  stage "ruff format" .venv/bin/ruff format --check .
  stage "mypy" .venv/bin/mypy
  stage "import contracts" .venv/bin/lint-imports
  stage "sizes" .venv/bin/python -m tests.architecture.figures
}
