#!/bin/sh
# Every name our libraries export begins with dkg_.  usage: symbols.sh NM LIBRARY...
nm=$1
shift
bad=0
for library in "$@"; do
    names=$("$nm" -g --defined-only "$library" 2>/dev/null | awk 'NF == 3 && $2 ~ /[TDBRC]/ {print $3}' | grep -v -E '^(dkg_|__|_)' || true)
    [ -z "$names" ] && continue
    echo "$library exports names without dkg_: $names"
    bad=1
done
exit $bad
