#!/usr/bin/env bash
# One comment for each target, kept up to date. A token that may not write (a fork's) is no failure: the job's summary has it all.
set -euo pipefail

results="${RUNNER_TEMP:?}/codeflash-memory"
if [ ! -f "$results/comment.md" ]; then exit 0; fi
mark="<!-- codeflash-memory $(printf '%s' "$INPUT_TARGET" | cksum | tr ' ' '-') -->"
printf '%s\n' "$mark" | cat - "$results/comment.md" >"$results/body.md"

comments="repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments"
if ! known=$(MARK="$mark" gh api --paginate "$comments" --jq '.[] | select(.body | startswith(env.MARK)) | .id' | head -n 1); then
  echo "::warning::The comments of the pull request cannot be read; the summary of the job has the figures."
  exit 0
fi
if [ -n "$known" ]; then
  call=(gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$known" -F "body=@$results/body.md")
else
  call=(gh api --method POST "$comments" -F "body=@$results/body.md")
fi
if ! "${call[@]}" >/dev/null; then
  echo "::warning::The pull request cannot be commented on with this token; the summary of the job has the figures."
fi
