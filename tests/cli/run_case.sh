#!/bin/sh
# run_case.sh CASE FIXTURE BIN TOOL DATA: runs one case of this folder in a fresh copy of the fixture.
#
# A case is a text file:
#   # a comment               what the case proves
#   needs PROGRAM             skip by name without this program; "needs data", "needs opencl", "needs itk" too
#   $ COMMAND                 run by sh; what follows speaks of it
#   exit N                    its exit code, 0 unless given
#   out REGEX, not-out REGEX  a line (no line) of standard output matches this extended regular expression
#   err REGEX                 a line of standard error matches; every line of standard error must match one of these,
#                             so without any it must be empty
set -u
case_file=$1
fixture=$2
bin=$3
tool=$4
DATA=$5
name=$(basename "$case_file" .case)
case $case_file in /*) ;; *) case_file=$PWD/$case_file ;; esac
[ -r "$case_file" ] || exit 1
folder=$(mktemp -d "${TMPDIR:-/tmp}/dkg-case-XXXXXX") || exit 1
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
mkdir "$folder/case" "$folder/home"
cp -p "$fixture"/* "$folder/case/" || exit 1
cd "$folder/case" || exit 1

PATH=$bin:$tool:$PATH
HOME=$folder/home
XDG_STATE_HOME=$folder/home/state
DKG_MODEL_PATH=.
R=$(cat id.pub)
K="--key-file k.dkgkey --recipient $R"
unset XDG_DATA_HOME DKG_ASKPASS
export PATH HOME XDG_STATE_HOME DKG_MODEL_PATH DATA R K
# Without OpenCL a case does not depend on the devices of the machine; those about devices restore it.
OCL_ICD_VENDORS_BEFORE=${OCL_ICD_VENDORS-}
export OCL_ICD_VENDORS=/nonexistent OCL_ICD_FILENAMES= DKG_DEVICE=cpu
# What a driver leaks is not ours to report.
opencl() {
  if [ -n "$OCL_ICD_VENDORS_BEFORE" ]; then
    env ASAN_OPTIONS=detect_leaks=0 OCL_ICD_VENDORS="$OCL_ICD_VENDORS_BEFORE" DKG_DEVICE=opencl "$@"
  else
    env -u OCL_ICD_VENDORS ASAN_OPTIONS=detect_leaks=0 DKG_DEVICE=opencl "$@"
  fi
}

failed=0
complain() {
  echo "$name: $1"
  echo "  command: $command"
  failed=1
}
skip() {
  echo "SKIP $name: $1"
  exit 77
}

command=
reset() {
  want=0
  : >../want-out
  : >../want-not-out
  : >../want-err
}
each() { # each FILE: calls "found" with every line of it
  while IFS= read -r pattern; do "$2" "$pattern"; done <"$1"
}
want_out() { grep -Eq -e "$1" ../out || complain "standard output lacks: $1"; }
want_not_out() { grep -Eq -e "$1" ../out && complain "standard output has: $1"; }
want_err() { grep -Eq -e "$1" ../err || complain "standard error lacks: $1"; }
finish() {
  [ -n "$command" ] || return 0
  before=$failed
  failed=0
  (eval "$command") >../out 2>../err </dev/null
  code=$?
  # how long the work takes is a matter of the machine
  grep -q 'will need about' ../want-err || {
    grep -v 'the reference engine will need about' ../err >../more
    cp ../more ../err
  }
  [ "$code" -eq "$want" ] || complain "exit code $code, expected $want"
  each ../want-out want_out
  each ../want-not-out want_not_out
  each ../want-err want_err
  if [ -s ../want-err ]; then
    grep -Ev -f ../want-err ../err >../more && complain "standard error says more: $(cat ../more)"
  elif [ -s ../err ]; then
    complain "standard error is not empty"
  fi
  if [ "$failed" -ne 0 ]; then
    sed 's/^/  stdout: /' ../out | head -40
    sed 's/^/  stderr: /' ../err | head -40
  fi
  [ "$failed" -ne 0 ] || failed=$before
}

reset
while IFS= read -r line || [ -n "$line" ]; do
  case $line in
    '' | '#'*) ;;
    'needs data') [ -d "$DATA/nifti" ] || skip "no test data" ;;
    'needs opencl') opencl dkg devices 2>/dev/null | grep -q '^opencl:.*passed' || skip "no OpenCL device" ;;
    'needs itk') [ -f "$bin/../lib/libdkg_itk.so" ] || skip "built without ITK" ;;
    'needs '*) command -v "${line#needs }" >/dev/null || skip "no ${line#needs }" ;;
    '$ '*)
      finish
      reset
      command=${line#??}
      ;;
    'exit '*) want=${line#exit } ;;
    'out '*) printf '%s\n' "${line#out }" >>../want-out ;;
    'not-out '*) printf '%s\n' "${line#not-out }" >>../want-not-out ;;
    'err '*) printf '%s\n' "${line#err }" >>../want-err ;;
    *)
      echo "$name: this line means nothing: $line"
      exit 1
      ;;
  esac
done <"$case_file"
[ -n "$command" ] || {
  echo "$name: holds no command"
  exit 1
}
finish
exit "$failed"
