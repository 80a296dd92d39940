#!/usr/bin/env bash
# Makes the program of the action's own checkout ready; done once a runner.
set -euo pipefail
cd "$GITHUB_ACTION_PATH"
if [ ! -d node_modules ]; then npm ci --no-audit --no-fund --ignore-scripts; fi
if [ ! -f dist/main.js ]; then node scripts/build.mjs; fi
node bin/codeflash-memory.js --version
