#!/bin/sh
# Compiles every kernel for GPUs that need not be there: AMD's (gfx906, gfx90a, gfx1030, gfx1100), NVIDIA's (PTX) and whatever takes
# SPIR-V. Prints the registers of the GPU profiles. Fails when a kernel does not compile, spills registers or needs more than 96
# vector registers, or when one of the generator's uses scratch memory.
# usage: offline.sh SOURCE_DIR [markdown]
set -u
source=$1
style=${2-text}
clang=${CLANG_OFFLINE:-clang-15}
libclc=/usr/lib/clc
command -v "$clang" >/dev/null || { echo "SKIP opencl_offline: $clang is not installed"; exit 77; }
[ -f "$libclc/amdgcn--amdhsa.bc" ] || { echo "SKIP opencl_offline: libclc-15 is not installed"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
bad=0
complain() { echo "$1" >&2; bad=1; }

# The options the programs are built with are read from their source, so that they cannot drift apart.
gpu_value() { # gpu_value MEMBER: of dkg_profile_gpu
    sed -n '/dkg_profile_gpu = /,/};/p' "$source/opencl/profile.c" | tr -d '{};' | tr ',' '\n' | sed -n "s/.*\.$1 = *//p" | sed 's/true/1/; s/false/0/'
}
generator="-cl-std=CL1.2"
for pair in LANES:lanes VECTORS:vectors PIXELS:pixels CHANNELS:channels SPAN:span CHUNK:chunk MADD16:madd16; do
    value=$(gpu_value "${pair#*:}")
    [ -n "$value" ] || complain "opencl/profile.c: dkg_profile_gpu has no ${pair#*:}"
    generator="$generator -DDKG_${pair%:*}=$value"
done
training=$(sed -n '/dkg_train_gpu = /,/};/s/.*\.options = "\([^"]*\)".*/\1/p' "$source/opencl/train/device.c")

# program NAME FIRST_FILE FOLDER: one text, as clCreateProgramWithSource() joins them
program() {
    for file in "$3/$2" "$3"/*.cl; do
        [ "$file" = "$3/$2" ] && [ -f "$folder/$1.cl" ] && continue
        cat "$file" >>"$folder/$1.cl"
    done
}

# compile OUTPUT PROGRAM OPTIONS...: with the header of OpenCL's own functions
compile() {
    output=$1 input=$2
    shift 2
    "$clang" -x cl -O3 -w -nogpulib -Xclang -finclude-default-header "$@" -S -o "$output" "$input" 2>"$folder/log" ||
        complain "$(basename "$input" .cl), $*: $(head -3 "$folder/log")"
}

rows() { # rows PROGRAM TARGET SCRATCH: a line per kernel of the metadata in AMD's assembly, held against the limits
    awk -v program="$1" -v target="$2" -v registers=96 -v scratch_limit="$3" '
        function complain(what) { print program ": " name " on " target ": " what | "cat >&2"; bad = 1 }
        $1 == ".name:" { name = $2 }
        $1 == ".private_segment_fixed_size:" { scratch = $2 }
        $1 == ".sgpr_count:" { sgpr = $2 }
        $1 == ".sgpr_spill_count:" { spill = $2 }
        $1 == ".vgpr_count:" { vgpr = $2 }
        $1 == ".vgpr_spill_count:" {
            spill += $2; kernels++
            printf "%-21s %-14s %3d VGPR %3d SGPR %2d spilled, scratch %d\n", name, target, vgpr, sgpr, spill, scratch
            if (vgpr > registers) complain(vgpr " vector registers, at most " registers)
            if (spill) complain(spill " registers spilled")
            if (scratch > scratch_limit) complain(scratch " bytes of scratch memory, at most " scratch_limit)
        }
        END { if (!kernels) { name = "no kernel"; complain("nothing was compiled") } exit bad }' "$folder/asm.s" >>"$folder/table" || bad=1
}

markdown() { # a row per kernel: vector / scalar registers, and what lies in scratch memory
    awk '{ if (!($1 in cells)) order[++n] = $1
           cells[$1] = cells[$1] " " $3 " / " $5 ($7 + 0 ? " (" $7 " spilled)" : "") ($NF + 0 ? " (" $NF " B)" : "") " |" }
        END { print "| kernel | gfx906 | gfx90a | gfx1030 | gfx1100 |"; print "|---|---|---|---|---|"
              for (i = 1; i <= n; i++) print "| " order[i] " |" cells[order[i]] }'
}

everywhere() { # everywhere PROGRAM SCRATCH OPTIONS...
    name=$1 text="$folder/$1.cl" scratch=$2
    shift 2
    for target in gfx906 gfx90a gfx1030 gfx1100; do
        compile "$folder/asm.s" "$text" "$@" -target amdgcn-amd-amdhsa -mcpu=$target -Xclang -mlink-builtin-bitcode -Xclang $libclc/amdgcn--amdhsa.bc
        rows "$name" $target "$scratch"
    done
    compile "$folder/asm.s" "$text" "$@" -target nvptx64--nvidiacl -Xclang -mlink-builtin-bitcode -Xclang $libclc/nvptx64--nvidiacl.bc
    grep -q '\.entry' "$folder/asm.s" || complain "$name: no kernel in PTX"
    compile "$folder/asm.s" "$text" "$@" -target spir64 -emit-llvm
    grep -q spir_kernel "$folder/asm.s" || complain "$name: no kernel for SPIR-V"
}

program generator tuning.cl "$source/opencl/kernels"
# shellcheck disable=SC2086 # lists of options
everywhere generator 0 $generator -DDKG_MAD24=0
# shellcheck disable=SC2086
compile "$folder/asm.s" "$folder/generator.cl" $generator -DDKG_MAD24=1 -target amdgcn-amd-amdhsa -mcpu=gfx1100 -Xclang -mlink-builtin-bitcode -Xclang $libclc/amdgcn--amdhsa.bc
rows generator gfx1100/mad24 0
if [ -d "$source/opencl/train/kernels" ]; then
    [ -n "$training" ] || complain "opencl/train/device.c: dkg_train_gpu has no options"
    program training train_tuning.cl "$source/opencl/train/kernels"
    # Kernel arguments that are indexed by a variable lie in scratch memory there: 256 bytes hold no array of sums.
    # shellcheck disable=SC2086
    everywhere training 256 $training
fi
if [ "$style" = markdown ]; then
    grep -v /mad24 "$folder/table" | markdown
else
    cat "$folder/table"
fi
exit $bad
