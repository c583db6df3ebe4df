#!/bin/sh
# test.sh BIN DATA: the recipe of docs/reproduce.md with two tiny trainings, on the chest X-rays of the test data.
set -eu
[ -d "$2/cxr" ] || {
  echo "SKIP reproduce: no test data"
  exit 77
}
here=$(dirname "$0")
out=$(mktemp -d "${TMPDIR:-/tmp}/dkg-reproduce-XXXXXX")
trap 'rm -rf "$out"' EXIT
PATH=$1:$PATH
DKG_TRAIN="--preset quick --crop-size 32 --discriminator 4 --steps 1 --device reference -q"
DKG_EVALUATE="--images 2 --positions 1 --device cpu -q"
OCL_ICD_VENDORS=/nonexistent
export PATH DKG_TRAIN DKG_EVALUATE OCL_ICD_VENDORS
sh "$here/run" cxr "$2/cxr" "$out" 2
grep -q 'E4, NPCR, two models' "$out/evaluation.json"
grep -q '<html' "$out/evaluation.html"
cmp -s "$out/model-1.safetensors" "$out/model-2.safetensors" && exit 1
# what is there is kept: the second run trains nothing
cp -p "$out/model-1.safetensors" "$out/before"
sh "$here/run" cxr "$2/cxr" "$out" 2
cmp "$out/model-1.safetensors" "$out/before"
