/* gzip (RFC 1952) through zlib: all members, every CRC and length checked, nothing but zeros after them. */
#include "internal.h"

#include <limits.h>

dkg_status dkg_gunzip_start(dkg_gunzip *g, const uint8_t *packed, size_t size, dkg_error *err)
{
    *g = (dkg_gunzip){.at = packed, .left = size};
    if (inflateInit2(&g->z, 15 + 16) != Z_OK) return dkg_fail(err, DKG_NO_MEMORY, "no memory to unpack gzip data"); /* 16: gzip only */
    return DKG_OK;
}

void dkg_gunzip_end(dkg_gunzip *g) { (void)inflateEnd(&g->z); }

static void feed(dkg_gunzip *g)
{
    size_t n = g->left < INT_MAX ? g->left : INT_MAX;
    g->z.next_in = g->at;
    g->z.avail_in = (uInt)n;
    g->at += n;
    g->left -= n;
}

/* After a member: another one, zeros, or the end. */
static dkg_status next_member(dkg_gunzip *g, dkg_error *err)
{
    g->at -= g->z.avail_in;
    g->left += g->z.avail_in;
    g->z.avail_in = 0;
    if (g->left >= 2 && g->at[0] == 0x1f && g->at[1] == 0x8b) {
        if (inflateReset(&g->z) != Z_OK) return dkg_fail(err, DKG_INTERNAL, "zlib cannot be reset");
        return DKG_OK;
    }
    if (!dkg_is_zero(g->at, g->left))
        return dkg_fail(err, DKG_SOURCE, "the gzip data are followed by %zu bytes that are neither zeros nor gzip", g->left);
    g->ended = true;
    return DKG_OK;
}

dkg_status dkg_gunzip_until(dkg_gunzip *g, uint64_t want, dkg_buffer *out, dkg_error *err)
{
    uint8_t piece[1 << 15];
    while (!g->ended && out->size < want) {
        uint64_t room = want - out->size;
        uInt offered = (uInt)(room < sizeof piece ? room : sizeof piece);
        g->z.next_out = piece;
        g->z.avail_out = offered;
        if (g->z.avail_in == 0) feed(g);
        int code = inflate(&g->z, Z_NO_FLUSH);
        dkg_append(out, piece, offered - g->z.avail_out);
        if (out->failed || code == Z_MEM_ERROR) return dkg_fail(err, DKG_NO_MEMORY, "no memory to unpack more than %zu bytes", out->size);
        if (code == Z_BUF_ERROR) return dkg_fail(err, DKG_SOURCE, "the gzip data are cut short after %zu unpacked bytes", out->size);
        if (code != Z_OK && code != Z_STREAM_END)
            return dkg_fail(err, DKG_SOURCE, "the gzip data are damaged after %zu unpacked bytes: %s", out->size,
                            g->z.msg ? g->z.msg : "a dictionary is wanted");
        if (code == Z_STREAM_END) {
            dkg_status status = next_member(g, err);
            if (status != DKG_OK) return status;
        }
    }
    return DKG_OK;
}
