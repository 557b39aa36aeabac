/* hash.h - SHA-256 of pieces or of a file, and base 64: what OpenSSL is for. */
#ifndef IO_HASH_H
#define IO_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"
#include "sow/sow.h"

#define HASH_SIZE 32
#define HASH_HEX_SIZE 65 /* 64 lower-case digits and a NUL */
#define HASH_BASE64_SIZE 45 /* 44 characters and a NUL */

struct hash { uint8_t bytes[HASH_SIZE]; };

struct hasher;
struct hasher *hasher_new(void);
void hasher_add(struct hasher *h, const void *bytes, size_t len);
/* A text and its length, so that of two texts it matters where one ends. */
void hasher_text(struct hasher *h, struct view text);
/* The hash of what was added; `h` begins anew. */
void hasher_take(struct hasher *h, struct hash *out);
/* Frees `h`. With NULL for `out` that is all it does. */
void hasher_finish(struct hasher *h, struct hash *out);

void hash_bytes(const void *bytes, size_t len, struct hash *out);
/* Of the file's own bytes, compressed or not. SOW_IO with the path. */
int hash_file(const char *path, struct hash *out, struct sow_error *err);

void hash_hex(const struct hash *h, char out[HASH_HEX_SIZE]);
void hash_base64(const struct hash *h, char out[HASH_BASE64_SIZE]); /* RFC 4648, padded */
/* From 64 hex digits of either case: SOW_OK or SOW_INVALID. */
int hash_from_hex(const char *hex, size_t len, struct hash *out);

/* Appends bytes in base 64, as RFC 4648 has it, padded. SOW_OK, or SOW_TOOBIG past 1 GiB. */
int base64_add(struct buf *out, const void *bytes, size_t len);
/* Appends what a text in base 64 says. SOW_OK, or SOW_INVALID (nothing is appended). */
int base64_read(struct view text, struct buf *out);

#endif
