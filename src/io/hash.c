#include "io/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"

#define BLOCK ((size_t)256 << 10)
#define BASE64_MAX ((size_t)1 << 30) /* bytes; OpenSSL counts them in an int */

struct hasher {
	EVP_MD_CTX *ctx;
};

/* OpenSSL fails here only when out of memory. */
static void must(bool done)
{
	if (!done)
		mem_exhausted(HASH_SIZE);
}

struct hasher *hasher_new(void)
{
	struct hasher *h = mem_zalloc(sizeof(*h));
	h->ctx = EVP_MD_CTX_new();
	must(h->ctx && EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL));
	return h;
}

void hasher_add(struct hasher *h, const void *bytes, size_t len)
{
	if (len)
		must(EVP_DigestUpdate(h->ctx, bytes, len));
}

void hasher_text(struct hasher *h, struct view text)
{
	uint64_t len = text.len;
	hasher_add(h, &len, sizeof(len));
	hasher_add(h, text.p, text.len);
}

void hasher_take(struct hasher *h, struct hash *out)
{
	/* the algorithm stays: finding it again takes longer than a short text */
	must(EVP_DigestFinal_ex(h->ctx, out->bytes, NULL));
	must(EVP_DigestInit_ex(h->ctx, NULL, NULL));
}

void hasher_finish(struct hasher *h, struct hash *out)
{
	if (out)
		must(EVP_DigestFinal_ex(h->ctx, out->bytes, NULL));
	EVP_MD_CTX_free(h->ctx);
	mem_free(h);
}

void hash_bytes(const void *bytes, size_t len, struct hash *out)
{
	struct hasher *h = hasher_new();
	hasher_add(h, bytes, len);
	hasher_finish(h, out);
}

/* Adds what is left in `fd`. False with errno on failure. */
static bool add_file(struct hasher *h, int fd, char *block)
{
	for (;;) {
		ssize_t n = read(fd, block, BLOCK);
		if (n == 0)
			return true;
		if (n > 0)
			hasher_add(h, block, (size_t)n);
		else if (errno != EINTR)
			return false;
	}
}

int hash_file(const char *path, struct hash *out, struct sow_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, path);
	struct hasher *h = hasher_new();
	char *block = mem_alloc(BLOCK);
	int status = SOW_OK;
	if (!add_file(h, fd, block))
		status = error_errno(err, path);
	hasher_finish(h, status ? NULL : out);
	mem_free(block);
	close(fd);
	return status;
}

void hash_hex(const struct hash *h, char out[HASH_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < HASH_SIZE; i++) {
		out[2 * i] = digits[h->bytes[i] >> 4];
		out[2 * i + 1] = digits[h->bytes[i] & 15];
	}
	out[2 * HASH_SIZE] = '\0';
}

void hash_base64(const struct hash *h, char out[HASH_BASE64_SIZE])
{
	EVP_EncodeBlock((unsigned char *)out, h->bytes, HASH_SIZE);
}

int base64_add(struct buf *out, const void *bytes, size_t len)
{
	if (len > BASE64_MAX)
		return SOW_TOOBIG;
	char *room = buf_space(out, (len + 2) / 3 * 4);
	if (!room)
		return out->status;
	buf_wrote(out, (size_t)EVP_EncodeBlock((unsigned char *)room, bytes, (int)len));
	return out->status;
}

int base64_read(struct view text, struct buf *out)
{
	size_t padding = view_ends(text, "==") ? 2 : view_ends(text, "=") ? 1 : 0;
	if (text.len % 4 || text.len > BASE64_MAX)
		return SOW_INVALID;
	for (size_t i = 0; i < text.len - padding; i++) { /* the library also accepts blanks */
		char c = text.p[i];
		if (!ascii_alpha(c) && !ascii_digit(c) && c != '+' && c != '/')
			return SOW_INVALID;
	}
	char *room = buf_space(out, text.len / 4 * 3);
	if (!room)
		return out->status;
	int len = EVP_DecodeBlock((unsigned char *)room, (const unsigned char *)text.p, (int)text.len);
	if (len < (int)padding)
		return SOW_INVALID;
	buf_wrote(out, (size_t)len - padding);
	return SOW_OK;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int hash_from_hex(const char *hex, size_t len, struct hash *out)
{
	if (len != (size_t)2 * HASH_SIZE)
		return SOW_INVALID;
	struct hash h;
	for (size_t i = 0; i < HASH_SIZE; i++) {
		int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
		if (high < 0 || low < 0)
			return SOW_INVALID;
		h.bytes[i] = (uint8_t)(high << 4 | low);
	}
	*out = h;
	return SOW_OK;
}
