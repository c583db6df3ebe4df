#!/bin/sh
# The comparison can fail: with one digit of each published key changed, every combination is different.
# usage: sees_mismatch.sh CONFORMANCE VECTORS
set -eu
altered=$(mktemp)
trap 'rm -f "$altered"' EXIT
sed 's/"key": "./"key": "x/' "$2" >"$altered"
code=0
"$1" "$altered" reference 40 0 >"$altered.out" || code=$?
cat "$altered.out"
different=$(grep -c 'different key' "$altered.out") total=$(wc -l <"$altered.out")
rm -f "$altered.out"
[ "$code" -eq 1 ] && [ "$total" -gt 0 ] && [ "$different" -eq "$total" ]
