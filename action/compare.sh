#!/usr/bin/env bash
# Compares base and head. What came of it goes to the job's summary, to the outputs, and beside them for the comment.
set -euo pipefail

results="${RUNNER_TEMP:?}/codeflash-memory"
rm -rf "$results"
mkdir -p "$results"

if [ -z "$INPUT_BASE" ]; then
  echo "::error::No base to compare with: run on pull_request, or give the input base."
  exit 2
fi
# A checkout usually has the head alone.
if ! git rev-parse --quiet --verify "$INPUT_BASE^{commit}" >/dev/null; then
  git fetch --quiet --no-tags --depth=1 origin "$INPUT_BASE"
fi

words=(compare "$INPUT_BASE" "$INPUT_HEAD" --target "$INPUT_TARGET" --pairs "$INPUT_PAIRS"
  --markdown "$results/comment.md" --json-file "$results/result.json")
if [ -n "$INPUT_PYTHON" ]; then words+=(--python "$INPUT_PYTHON"); fi
if [ -n "$INPUT_TESTS" ]; then words+=(--tests "$INPUT_TESTS"); fi
if [ -n "$INPUT_FAIL_ABOVE" ]; then words+=(--fail-above "$INPUT_FAIL_ABOVE"); fi
while IFS= read -r word; do
  if [ -n "$word" ]; then words+=("$word"); fi
done <<<"$INPUT_OPTIONS"

code=0
node "$GITHUB_ACTION_PATH/bin/codeflash-memory.js" "${words[@]}" 2> >(tee "$results/error.txt" >&2) || code=$?

if [ -f "$results/comment.md" ]; then
  cat "$results/comment.md" >>"$GITHUB_STEP_SUMMARY"
else
  # What went wrong, as data: indented text opens no tag and no link.
  { echo "### Peak memory was not measured"; echo; sed 's/^/    /' "$results/error.txt"; } | tee "$results/comment.md" >>"$GITHUB_STEP_SUMMARY"
fi
if [ -f "$results/result.json" ]; then
  node -e '
    const { comparison, base, head } = JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8"));
    console.log(`change=${comparison.change}\nbase-bytes=${base.peakBytes}\nhead-bytes=${head.peakBytes}\nresult=${process.argv[1]}`);
  ' "$results/result.json" >>"$GITHUB_OUTPUT"
fi
exit "$code"
