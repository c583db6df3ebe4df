#!/bin/sh
# The page passes page.py; a headless browser draws it at 360 and 1280 pixels, says nothing on its console, finds no element wider than the page,
# and the page is not blank.  usage: browser.sh DKG PYTHON VOLUME
set -eu
command -v "$2" >/dev/null || { echo "SKIP page: no Python"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME="$folder" OCL_ICD_VENDORS=/nonexistent
"$1" metrics -q "$3" --key-images 0 --json-file "$folder/r.json" --report-file "$folder/r.html" >/dev/null
"$2" "$(dirname "$0")/page.py" "$folder/r.html"
command -v chromium >/dev/null || { echo "SKIP browser: no chromium"; exit 77; }
# The page in a frame 360 pixels wide: browsers have no window as narrow. The frame tells how wide its content is.
cat >"$folder/narrow.html" <<'END'
<!DOCTYPE html><title>wait</title><body style="margin:0">
<iframe id="f" src="r.html" style="width:360px;height:4000px;border:0"></iframe>
<script>f.onload = () => { const d = f.contentDocument.documentElement;
  const broken = [...f.contentDocument.images].filter(i => !i.complete || i.naturalWidth === 0).length;
  const flat = [...f.contentDocument.querySelectorAll("main svg")].filter(s => s.getBoundingClientRect().height < 5).length;
  document.title = "width " + d.scrollWidth + " broken " + broken + " flat " + flat; }</script>
END
chrome() { chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --allow-file-access-from-files --virtual-time-budget=5000 \
    --user-data-dir="$folder/profile" --enable-logging=stderr "$@" 2>>"$folder/console"; }
chrome --window-size=500,4000 --dump-dom "file://$folder/narrow.html" | grep -o '<title>.*</title>' | tee "$folder/title"
grep -q '<title>width 360 broken 0 flat 0</title>' "$folder/title"
chrome --window-size=1280,4000 --screenshot="$folder/wide.png" "file://$folder/r.html" >/dev/null
# an empty page of this size packs to less than 20 kB
[ "$(wc -c <"$folder/wide.png")" -gt 60000 ] || { echo "the page is blank"; exit 1; }
if grep 'CONSOLE' "$folder/console"; then exit 1; fi
