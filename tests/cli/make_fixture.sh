#!/bin/sh
# make_fixture.sh FOLDER BIN TOOL: what every case starts with: a small model, keys, a volume and its encrypted form.
set -eu
folder=$1
PATH=$2:$3:$PATH
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"
export OCL_ICD_VENDORS=/nonexistent OCL_ICD_FILENAMES= DKG_DEVICE=cpu DKG_MODEL_PATH=.
dkg model init -q m.safetensors --channels 16
dkg keygen -q k.dkgkey --no-passphrase --model-file m.safetensors 2>/dev/null
dkg keygen -q other.dkgkey --no-passphrase --model-file m.safetensors 2>/dev/null
dkg keygen -q --identity id.txt --recipient-file id.pub
dkg keygen -q --signing sign.key
printf 'open sesame\n' >pw
printf 'not it\n' >wrong-pw
cli_tool volume v.nii int16 24x20x5 pattern
dkg encrypt -q --key-file k.dkgkey --recipients-file id.pub v.nii v.dkg.nii
