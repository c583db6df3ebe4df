#!/bin/sh
# Keys and layers of Mesa's rusticl on llvmpipe, an implementation that is not PoCL, against the reference.
# usage: other_implementation.sh DKG
set -eu
RUSTICL_ENABLE=llvmpipe
export RUSTICL_ENABLE
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$1" model init "$folder/m.safetensors" --channels 16 --quiet
if ! "$1" devices 2>/dev/null | grep -q rusticl; then
    echo "SKIP opencl_rusticl: Mesa's rusticl is not installed (mesa-opencl-icd)"
    exit 77
fi
"$1" selftest --device rusticl --model-file "$folder/m.safetensors" | tee "$folder/out"
grep -Eq '^opencl:.*rusticl.*, 0 mismatches' "$folder/out"
