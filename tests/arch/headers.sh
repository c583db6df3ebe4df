#!/bin/sh
# Each public header compiles alone, as C11 and as C++17.  usage: headers.sh SOURCE_DIR CC CXX
cd "$1" || exit 1
bad=0
for header in */include/dkg/*.h; do
    flags="-Iextension/include -Inifti/include -Imodel/include -Iopencl/include -fsyntax-only -Wall -Wextra -Wpedantic -Werror"
    # shellcheck disable=SC2086
    echo "#include \"dkg/${header##*/}\"" | "$2" -std=c11 $flags -x c - || bad=1
    if command -v "$3" >/dev/null; then
        # shellcheck disable=SC2086
        echo "#include \"dkg/${header##*/}\"" | "$3" -std=c++17 $flags -x c++ - || bad=1
    fi
done
exit $bad
