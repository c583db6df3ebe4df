#!/bin/sh
# test.sh BIN DATA: the recipe of docs/reproduce.md with two tiny trainings, on the chest X-rays of the test data, and once
# more after an interruption.
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
# what is there is kept, and a checkpoint is taken up: no seed is drawn anew
# shellcheck disable=SC2086
dkg train "$2/cxr" "$out/model-2.safetensors" --checkpoint-file "$out/model-2.dkgckpt" --force $DKG_TRAIN
cp -p "$out/model-1.safetensors" "$out/before-1"
mv "$out/model-2.safetensors" "$out/before-2"
sh "$here/run" cxr "$2/cxr" "$out" 2
cmp "$out/model-1.safetensors" "$out/before-1"
cmp "$out/model-2.safetensors" "$out/before-2"
