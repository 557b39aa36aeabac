/* product_device.h - a device of ggml's whose matrix products are those of vector/products.h.
 *
 *     product_device_add();                       // once a process, before models are opened
 *     product_device_take(32);                    // by this thread, from here on:
 *     llama_init_from_model(…); llama_decode(…);  // products of 32 rows and more are computed by it
 *     product_device_take(0);                     // none
 *
 * ggml's own products of a quantized matrix round the other factor to 8 bits, and its 32-bit products
 * run at a third of the processor's speed. This device widens weights to 32 bits, a few rows at a time,
 * and multiplies by chains of fused multiply-adds: two to three times as fast where many tokens are
 * evaluated together, and a product does not depend on the others in the run. For a few tokens ggml's
 * are faster, because widening the weights is most of the work then.
 *
 * It shares the memory of ggml's processor device, so nothing is copied between the two.
 *
 * Threads: each context by one thread at a time, which sets the number of its helpers by
 * llama_set_n_threads. The results do not depend on that number.
 */
#ifndef TEACHER_PRODUCT_DEVICE_H
#define TEACHER_PRODUCT_DEVICE_H

#include <stdint.h>

/* Without effect the second time. */
void product_device_add(void);
/* The products that the calling thread leaves to the device from now on: those whose right side has at
 * least so many rows (tokens); 0: none, as at first. */
void product_device_take(int64_t rows);

#endif
