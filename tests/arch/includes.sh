#!/bin/sh
# The include table of docs/architecture.md: who may include whom.  usage: includes.sh SOURCE_DIR
cd "$1" || exit 1
bad=0

# room, public headers of ours it may include (as a pattern)
check() {
    room=$1 allowed=$2
    for file in $(git ls-files "$room" 2>/dev/null | grep -E '\.(c|h|cl|cxx)$' || find "$room" -name '*.[ch]'); do
        for header in $(sed -n 's/^ *# *include "dkg\/\([a-z]*\)\.h".*/\1/p' "$file"); do
            echo " $allowed " | grep -q " $header " && continue
            echo "$file: includes dkg/$header.h, but $room may include only: $allowed"
            bad=1
        done
    done
}
check extension "base host"
check nifti "base nifti itk"
check model "base battery model cipher metrics train training"
check opencl "base model train opencl"

# no private header of another room
for file in $(git ls-files nifti model opencl extension cli-modules 2>/dev/null | grep -E '\.[ch]$'); do
    room=${file%%/*}
    for header in $(sed -n 's/^ *# *include "\([^"]*\)".*/\1/p' "$file"); do
        case $header in dkg/*) continue ;; esac
        found=no
        for place in "$(dirname "$file")/$header" "$room/$header"; do [ -f "$place" ] && found=yes; done
        [ $found = yes ] && continue
        echo "$file: includes \"$header\", which is not of its own room"
        bad=1
    done
done
exit $bad
