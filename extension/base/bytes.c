/* Checked sizes, little-endian stores, the bounded reader and the growing byte string. */
#include "dkg/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool dkg_add(uint64_t a, uint64_t b, uint64_t *out)
{
    if (a > UINT64_MAX - b) return false;
    *out = a + b;
    return true;
}

bool dkg_mul(uint64_t a, uint64_t b, uint64_t *out)
{
    if (b != 0 && a > UINT64_MAX / b) return false;
    *out = a * b;
    return true;
}

void *dkg_calloc(uint64_t count, uint64_t size)
{
    uint64_t bytes;
    if (!dkg_mul(count, size, &bytes) || bytes > SIZE_MAX / 2) return NULL;
    void *memory = calloc(1, bytes ? (size_t)bytes : 1);
    dkg_prefer_large_pages(memory, (size_t)bytes); /* before anything of it is touched */
    return memory;
}

void dkg_store16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

void dkg_store32(uint8_t *p, uint32_t v)
{
    dkg_store16(p, (uint16_t)v);
    dkg_store16(p + 2, (uint16_t)(v >> 16));
}

void dkg_store64(uint8_t *p, uint64_t v)
{
    dkg_store32(p, (uint32_t)v);
    dkg_store32(p + 4, (uint32_t)(v >> 32));
}

uint16_t dkg_load16(const uint8_t *p) { return (uint16_t)(p[0] | (unsigned)p[1] << 8); }
uint32_t dkg_load32(const uint8_t *p) { return dkg_load16(p) | (uint32_t)dkg_load16(p + 2) << 16; }
uint64_t dkg_load64(const uint8_t *p) { return dkg_load32(p) | (uint64_t)dkg_load32(p + 4) << 32; }

dkg_cursor dkg_cursor_over(const void *bytes, size_t size) { return (dkg_cursor){bytes, size, false}; }

const uint8_t *dkg_read_bytes(dkg_cursor *c, size_t n)
{
    if (c->failed || n > c->left) {
        c->failed = true;
        return NULL;
    }
    const uint8_t *p = c->at;
    if (n) c->at += n; /* an empty cursor may stand on NULL */
    c->left -= n;
    return p;
}

uint8_t dkg_read8(dkg_cursor *c)
{
    const uint8_t *p = dkg_read_bytes(c, 1);
    return p ? *p : 0;
}

uint16_t dkg_read16(dkg_cursor *c)
{
    const uint8_t *p = dkg_read_bytes(c, 2);
    return p ? dkg_load16(p) : 0;
}

uint32_t dkg_read32(dkg_cursor *c)
{
    const uint8_t *p = dkg_read_bytes(c, 4);
    return p ? dkg_load32(p) : 0;
}

uint64_t dkg_read64(dkg_cursor *c)
{
    const uint8_t *p = dkg_read_bytes(c, 8);
    return p ? dkg_load64(p) : 0;
}

static bool reserve(dkg_buffer *b, size_t n)
{
    if (b->failed || n > SIZE_MAX / 4 - b->size) {
        b->failed = true;
        return false;
    }
    if (b->size + n > b->capacity) {
        size_t capacity = (b->size + n) * 2;
        uint8_t *grown = realloc(b->bytes, capacity);
        if (!grown) {
            b->failed = true;
            return false;
        }
        b->bytes = grown;
        b->capacity = capacity;
    }
    return true;
}

void dkg_append(dkg_buffer *b, const void *bytes, size_t n)
{
    if (n == 0 || !reserve(b, n)) return;
    memcpy(b->bytes + b->size, bytes, n);
    b->size += n;
}

void dkg_append_text(dkg_buffer *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0 || !reserve(b, (size_t)n + 1)) {
        b->failed = true;
        return;
    }
    va_start(args, format);
    (void)vsnprintf((char *)b->bytes + b->size, (size_t)n + 1, format, args);
    va_end(args);
    b->size += (size_t)n;
}

void dkg_buffer_free(dkg_buffer *b)
{
    if (!b) return;
    free(b->bytes);
    *b = (dkg_buffer){0};
}

bool dkg_is_zero(const uint8_t *bytes, size_t n)
{
    uint8_t any = 0;
    for (size_t i = 0; i < n; i++) any = (uint8_t)(any | bytes[i]);
    return any == 0;
}
