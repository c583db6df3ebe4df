#!/bin/sh
# The record of a fixed volume is, byte for byte, the one kept here, but for the program's version and the pictures, whose
# bytes depend on the version of zlib; and the page made from it is the same twice.  usage: golden.sh DKG VOLUME GOLDEN.json
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export SOURCE_DATE_EPOCH=0 OCL_ICD_VENDORS=/nonexistent
"$1" metrics -q "$2" --key-images 0 --json-file "$folder/r.json" --report-file "$folder/r.html" >/dev/null
grep -Ev '"(png|version)":' "$folder/r.json" >"$folder/now"
diff -u "$3" "$folder/now" | head -40
cmp "$3" "$folder/now"
"$1" report "$folder/r.json" "$folder/again.html"
cmp "$folder/r.html" "$folder/again.html"
