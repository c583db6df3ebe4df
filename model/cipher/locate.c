/* cipher/locate.c - finding the envelope in voxels that other programs may have turned, relabelled or damaged
 * (docs/volume-format.md, section 10). Nothing here is secret, and nothing found here is trusted before step 3 of section 11. */
#include <stdlib.h>
#include <string.h>

#include "cipher/extension.h"
#include "cipher/sealed.h"
#include "cipher/view.h"

enum { CANDIDATES_MAX = 64, ENVELOPE_MIN = DKG_HEAD_BYTES + DKG_SEALED_MIN + DKG_ENTRY_BYTES, FILL_CHUNK = 4096 };

/* Where a carrier's parts lie in a view. */
typedef struct place {
    dkg_view view;
    uint64_t cipher_planes; /* S * P */
    uint64_t envelope;      /* E */
    uint64_t plane;         /* pl */
    bool whole;             /* the view has exactly the planes it should have */
} place;

typedef struct search {
    const dkg_stored *stored;
    dkg_sealed *sealed;
    place at;
    bool found, trailer_fits; /* trailer_fits without found: `at` is what the trailer says */
    unsigned candidates;      /* bounds what a hostile file can cost */
} search;

static place place_of(const dkg_view *view, uint64_t cipher_planes, uint64_t envelope)
{
    place p = {*view, cipher_planes, envelope, view->dim[0] * view->dim[1] * view->cb, false};
    p.whole = view->dim[2] == cipher_planes + dkg_key_planes(envelope, p.plane);
    return p;
}

static uint64_t offset_a(const place *p) { return p->cipher_planes * p->plane; }
static uint64_t offset_b(const place *p) { return p->view.size - DKG_TRAILER_BYTES - p->envelope; }

/* Right magic, size, checksum, and in agreement with the place. */
static bool intact(const place *p, const uint8_t *bytes)
{
    uint64_t planes, size;
    uint8_t sum[32];
    if (!dkg_envelope_peek(bytes, (uint32_t)p->view.dim[0], (uint32_t)p->view.dim[1], p->view.cb, &planes, &size)) return false;
    if (planes != p->cipher_planes || size != p->envelope) return false;
    dkg_envelope_checksum(bytes, size, sum);
    return memcmp(sum, bytes + DKG_AT_CHECKSUM, sizeof sum) == 0;
}

/* *out: the copy at `offset`, NULL when it is not intact. */
static dkg_status take_copy(const place *p, uint64_t offset, uint8_t **out, dkg_error *err)
{
    *out = NULL;
    if (p->envelope < ENVELOPE_MIN || p->view.size < p->envelope || offset > p->view.size - p->envelope) return DKG_OK;
    uint8_t *bytes = malloc((size_t)p->envelope);
    if (!bytes) return dkg_fail(err, DKG_NO_MEMORY, "out of memory for an envelope of %llu bytes", (unsigned long long)p->envelope);
    dkg_view_read(&p->view, offset, (size_t)p->envelope, bytes);
    if (intact(p, bytes))
        *out = bytes;
    else
        free(bytes);
    return DKG_OK;
}

/* Takes what is intact at this place; s->found when that is anything. */
static dkg_status take_copies(search *s, const place *p, dkg_error *err)
{
    uint8_t **copy = s->sealed->copy_bytes;
    dkg_status status = take_copy(p, offset_a(p), &copy[0], err);
    if (status == DKG_OK && p->whole) status = take_copy(p, offset_b(p), &copy[1], err);
    s->found = copy[0] || copy[1];
    if (s->found) s->at = *p;
    return status;
}

/* Section 10.3. */
static dkg_status try_trailer(search *s, const dkg_view *view, dkg_error *err)
{
    uint8_t bytes[DKG_TRAILER_BYTES];
    dkg_trailer t;
    if (view->size < sizeof bytes) return DKG_OK;
    dkg_view_read(view, view->size - sizeof bytes, sizeof bytes, bytes);
    if (!dkg_trailer_read(bytes, &t) || t.cb != view->cb || t.nx != view->dim[0] || t.ny != view->dim[1] || t.planes != view->dim[2])
        return DKG_OK;
    place p = place_of(view, t.planes - t.key_planes, t.envelope);
    dkg_status status = take_copies(s, &p, err);
    if (!s->found && !s->trailer_fits) s->at = p;
    s->trailer_fits = true;
    return status;
}

/* Section 10.5: does a mark at `offset` begin an envelope that belongs there? */
static dkg_status try_candidate(search *s, const dkg_view *view, uint64_t offset, dkg_error *err)
{
    uint8_t head[DKG_HEAD_BYTES];
    uint64_t planes, size;
    if (view->size - offset < sizeof head || s->candidates >= CANDIDATES_MAX) return DKG_OK;
    dkg_view_read(view, offset, sizeof head, head);
    if (!dkg_envelope_peek(head, (uint32_t)view->dim[0], (uint32_t)view->dim[1], view->cb, &planes, &size)) return DKG_OK;
    if (planes >= view->dim[2] || size > view->size - offset) return DKG_OK;
    place p = place_of(view, planes, size);
    if (offset != offset_a(&p) && !(p.whole && offset == offset_b(&p))) return DKG_OK;
    s->candidates++;
    return take_copies(s, &p, err);
}

/* Copy A begins a plane; copy B ends 64 bytes before the end, and every E is 16 more than a multiple of 32. */
static dkg_status try_search(search *s, const dkg_view *view, dkg_error *err)
{
    static const uint8_t mark[8] = {'D', 'K', 'G', '1', 'E', 'N', 'V', 0};
    uint64_t plane = view->dim[0] * view->dim[1] * view->cb;
    if (view->dim[0] > UINT32_MAX || view->dim[1] > UINT32_MAX || view->size < 2 * ENVELOPE_MIN) return DKG_OK;
    uint64_t end = view->size - ENVELOPE_MIN + 1;
    uint64_t half = view->size / 2, last = (view->size - DKG_TRAILER_BYTES - 16) % 32;
    uint64_t start[2] = {plane, half + (32 + last - half % 32) % 32}, step[2] = {plane, 32};
    for (unsigned i = 0; i < 2; i++)
        for (uint64_t at = start[i]; at < end && !s->found; at += step[i]) {
            at = dkg_view_find(view, mark, at, step[i], end);
            if (at >= end) break;
            dkg_status status = try_candidate(s, view, at, err);
            if (status != DKG_OK) return status;
        }
    return DKG_OK;
}

typedef dkg_status (*try_view)(search *, const dkg_view *, dkg_error *);

static dkg_status each_view(search *s, try_view attempt, dkg_error *err)
{
    bool scaled = dkg_stored_scaled(s->stored);
    for (int with = scaled; with >= 0; with--)
        for (uint8_t cb = 2; cb >= 1; cb--)
            for (unsigned number = 0; number < DKG_VIEWS; number++) {
                dkg_view view = dkg_view_make(s->stored, number, cb, with);
                dkg_status status = attempt(s, &view, err);
                if (status != DKG_OK || s->found) return status;
            }
    return DKG_OK;
}

/* Sections 10.4 and 10.6: the copy in the extension, if it belongs to what is stored. */
static void try_extension(search *s)
{
    size_t size;
    uint64_t planes, stated;
    uint8_t *bytes = dkg_extension_envelope(s->stored->extension, &size);
    if (!bytes) return;
    bool sound = size >= ENVELOPE_MIN;
    if (sound && !s->trailer_fits) {
        uint8_t cb = bytes[DKG_AT_CB];
        dkg_view view = dkg_view_make(s->stored, 0, cb == 1 ? 1 : 2, dkg_stored_scaled(s->stored));
        sound = view.dim[0] <= UINT32_MAX && view.dim[1] <= UINT32_MAX &&
                dkg_envelope_peek(bytes, (uint32_t)view.dim[0], (uint32_t)view.dim[1], view.cb, &planes, &stated) &&
                planes <= view.dim[2];
        if (sound) s->at = place_of(&view, planes, size);
    }
    sound = sound && s->at.envelope == size && intact(&s->at, bytes);
    if (sound) {
        s->sealed->copy_bytes[0] = bytes;
        s->sealed->info.from_extension = true;
        s->found = true;
    } else {
        free(bytes);
    }
}

static bool fill_is_zero(const place *p)
{
    uint8_t chunk[FILL_CHUNK];
    for (uint64_t at = offset_a(p) + p->envelope, end = offset_b(p); at < end;) {
        size_t n = end - at < sizeof chunk ? (size_t)(end - at) : sizeof chunk;
        dkg_view_read(&p->view, at, n, chunk);
        if (!dkg_is_zero(chunk, n)) return false;
        at += n;
    }
    return true;
}

/* Step 2 of section 11 for every copy, then the order in which they are tried: higher epoch first, else A. */
static dkg_status judge_copies(dkg_sealed *sealed, const place *p, dkg_error *err)
{
    dkg_public_info *info = &sealed->info;
    uint8_t **bytes = sealed->copy_bytes;
    info->copy_a_ok = bytes[0] && !info->from_extension;
    info->copy_b_ok = bytes[1] != NULL;
    info->copies_equal = bytes[0] && bytes[1] && memcmp(bytes[0], bytes[1], (size_t)p->envelope) == 0;
    if (info->copies_equal || !bytes[0]) {
        free(bytes[0]);
        bytes[0] = bytes[1];
        bytes[1] = NULL;
    }
    for (; sealed->copies < 2 && bytes[sealed->copies]; sealed->copies++) {
        dkg_bytes copy = {bytes[sealed->copies], (size_t)p->envelope};
        dkg_status status = dkg_envelope_parse(copy, &sealed->copy[sealed->copies], err);
        if (status != DKG_OK) return status;
    }
    sealed->used = sealed->copies == 2 && sealed->copy[1].epoch > sealed->copy[0].epoch;
    return DKG_OK;
}

static dkg_status take_cipher(dkg_sealed *sealed, const place *p, dkg_error *err)
{
    uint64_t size = p->cipher_planes * p->plane;
    sealed->cipher = dkg_view_as_stored(&p->view);
    sealed->info.moved = !sealed->cipher;
    if (sealed->cipher) return DKG_OK;
    sealed->cipher = sealed->cipher_owned = malloc((size_t)size);
    if (!sealed->cipher) return dkg_fail(err, DKG_NO_MEMORY, "out of memory for %llu bytes of slices", (unsigned long long)size);
    dkg_view_read(&p->view, 0, (size_t)size, sealed->cipher_owned);
    return DKG_OK;
}

static void warn_of_repairs(const dkg_public_info *i, const dkg_log *log)
{
    if (!i->repaired) return;
    dkg_warn(log, "the key planes of this encrypted volume are damaged and were read around:%s%s%s%s%s%s", i->trailer_ok ? "" : " trailer,",
             i->copy_a_ok ? "" : " first copy,", i->copy_b_ok ? "" : " second copy,",
             i->copy_a_ok && i->copy_b_ok && !i->copies_equal ? " the copies differ," : "", i->fill_ok ? "" : " fill,",
             i->from_extension ? " the header extension was used" : " an intact copy was used");
}

static dkg_status settle(search *s, const dkg_log *log, dkg_error *err)
{
    dkg_sealed *sealed = s->sealed;
    dkg_public_info *info = &sealed->info;
    dkg_status status = judge_copies(sealed, &s->at, err);
    if (status == DKG_OK) status = take_cipher(sealed, &s->at, err);
    if (status != DKG_OK) return status;
    info->trailer_ok = s->trailer_fits;
    info->fill_ok = s->at.whole && fill_is_zero(&s->at);
    info->repaired = !info->trailer_ok || !info->copies_equal || !info->fill_ok || info->from_extension;
    dkg_sealed_describe(sealed);
    warn_of_repairs(info, log);
    return DKG_OK;
}

dkg_status dkg_locate(const dkg_stored *stored, const dkg_log *log, dkg_sealed **out, dkg_error *err)
{
    *out = NULL;
    dkg_status status = dkg_stored_check(stored, err);
    if (status != DKG_OK) return status;
    search s = {.stored = stored, .sealed = calloc(1, sizeof *s.sealed)};
    if (!s.sealed) return dkg_fail(err, DKG_NO_MEMORY, "out of memory for an encrypted volume");

    status = each_view(&s, try_trailer, err);
    if (status == DKG_OK && !s.found && !s.trailer_fits) status = each_view(&s, try_search, err);
    if (status == DKG_OK && !s.found) try_extension(&s);
    if (status == DKG_OK && !s.found)
        status = s.trailer_fits
                     ? dkg_fail(err, DKG_ENVELOPE, "both copies of the envelope are damaged, and the header extension does not help")
                     : dkg_fail(err, DKG_FOREIGN, "this is not a DKG1 volume, or it was cropped, rescaled or resampled by another program");
    if (status == DKG_OK) status = settle(&s, log, err);
    if (status != DKG_OK) {
        dkg_sealed_free(s.sealed);
        return status;
    }
    *out = s.sealed;
    return DKG_OK;
}
