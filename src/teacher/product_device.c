#include "teacher/product_device.h"

#include "config.h"

#if SOW_HAVE_LLAMA

#include <ggml-backend-impl.h>
#include <ggml.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

#include "base/mem.h"
#include "base/workers.h"
#include "vector/attention.h"
#include "vector/exps.h"
#include "vector/products.h"
#include "vector/widen.h"

/* Numbers of a block of panels, about: a large part of a second-level cache. */
#define BLOCK_NUMBERS ((size_t)48 * 1024)
/* Kernels take this many panels at once, or twice as many: a block has a multiple of them, unless it would
 * be more than twice as large. */
#define PANELS_TOGETHER ((size_t)3)
/* Rows of attention whose softmax a thread computes at once. */
#define SOFT_ROWS ((size_t)16)

static _Thread_local int64_t least_rows;

void product_device_take(int64_t rows)
{
	least_rows = rows;
}

/* Working memory, kept from one block to the next. */
struct room {
	struct room *next;
	size_t size;
	float numbers[];
};

/* The state of a context */
struct products_context {
	struct workers *crew;  /* NULL: the caller is alone */
	size_t crew_size;
	size_t threads;
	pthread_mutex_t lock;  /* of the rooms not in use */
	struct room *rooms;
	struct attention shown;
	const struct ggml_tensor *shown_by; /* the softmax whose mask `shown` holds; NULL: none yet */
};

/* A room for so many numbers. NULL: no memory. */
static struct room *take_room(struct products_context *c, size_t size)
{
	pthread_mutex_lock(&c->lock);
	struct room *r = c->rooms;
	if (r)
		c->rooms = r->next;
	pthread_mutex_unlock(&c->lock);
	if (r && r->size >= size)
		return r;
	mem_free(r);
	r = mem_alloc(sizeof(*r) + size * sizeof(*r->numbers));
	if (r)
		r->size = size;
	return r;
}

static void leave_room(struct products_context *c, struct room *r)
{
	pthread_mutex_lock(&c->lock);
	r->next = c->rooms;
	c->rooms = r;
	pthread_mutex_unlock(&c->lock);
}

/* One product: out[i1][i0] = left row i0 times right row i1, for each matrix of a stack. Several
 * matrices of the right side may share one of the left. */
struct product {
	struct products_context *context;
	const struct ggml_tensor *left, *right, *out;
	size_t dims, left_rows, right_rows;
	size_t block;          /* panels */
	size_t blocks;         /* of a matrix */
	const struct attention *shown; /* where only part of it counts; NULL: all does */
	bool sums;             /* the left side holds the summed vectors, else the keys */
	bool no_memory;
};

/* A row of a matrix of the left side in 32 bits. */
static void widen(const struct ggml_tensor *t, const char *row, float *out, size_t dims)
{
	_Static_assert(sizeof(struct block_of_nibbles) == 20 && sizeof(struct block_of_bytes) == 34,
		       "blocks are as in the file");
	const void *numbers = row;
	if (t->type == GGML_TYPE_F32)
		memcpy(out, row, dims * sizeof(*out));
	else if (t->type == GGML_TYPE_F16)
		halves_widen(numbers, dims, out);
	else if (t->type == GGML_TYPE_Q4_1)
		nibbles_widen(numbers, dims / WIDEN_BLOCK, out);
	else if (t->type == GGML_TYPE_Q8_0)
		bytes_widen(numbers, dims / WIDEN_BLOCK, out);
	else
		ggml_get_type_traits(t->type)->to_float(row, out, (int64_t)dims);
}

static void pack(const struct product *p, const char *matrix, size_t first, size_t count, float *wide,
		 float *panels)
{
	for (size_t at = 0; at < count; at += PANEL) {
		size_t held = count - at < PANEL ? count - at : PANEL;
		for (size_t i = 0; i < held; i++)
			widen(p->left, matrix + (first + at + i) * p->left->nb[1], wide + i * p->dims, p->dims);
		panels_pack(panels + at * p->dims, wide, p->dims, held, p->dims);
	}
}

/* The last panel may be wider than the remaining rows of `out`. */
static void multiply(const struct product *p, const float *panels, size_t count, const float *right,
		     size_t stride, float *out, size_t out_stride, float *spare)
{
	size_t whole = count / PANEL, rest = count % PANEL;
	if (whole)
		products(right, stride, p->right_rows, panels, whole, p->dims, out, out_stride);
	if (!rest)
		return;
	products(right, stride, p->right_rows, panels + whole * PANEL * p->dims, 1, p->dims, spare, PANEL);
	for (size_t i = 0; i < p->right_rows; i++)
		memcpy(out + i * out_stride + whole * PANEL, spare + i * PANEL, rest * sizeof(*out));
}

/* `count` rows of a left matrix from `first` on, in panels, with a right one. */
static void multiply_as_shown(const struct product *p, const float *panels, size_t first, size_t count,
			      const float *right, float *out, float *spare)
{
	size_t stride = p->right->nb[1] / sizeof(float), out_stride = p->out->nb[1] / sizeof(float);
	if (!p->shown)
		multiply(p, panels, count, right, stride, out + first, out_stride, spare);
	else if (p->sums)
		attention_sums(p->shown, right, stride, panels, count / PANEL, out + first, out_stride, spare);
	else
		attention_scores(p->shown, right, stride, panels, first, count, p->dims, out + first,
				 out_stride);
}

static size_t spare_numbers(const struct product *p, size_t count)
{
	return p->shown && p->sums ? attention_spare(p->shown, count / PANEL) : PANEL * p->right_rows;
}

/* A block of panels of a left matrix with all right ones that share it. */
static void multiply_block(void *data, size_t item)
{
	struct product *p = data;
	const struct ggml_tensor *l = p->left, *r = p->right, *o = p->out;
	size_t matrix = item / p->blocks, first = item % p->blocks * p->block * PANEL;
	size_t i2 = matrix % (size_t)l->ne[2], i3 = matrix / (size_t)l->ne[2];
	size_t share2 = (size_t)(r->ne[2] / l->ne[2]), share3 = (size_t)(r->ne[3] / l->ne[3]);
	size_t count = p->left_rows - first < p->block * PANEL ? p->left_rows - first : p->block * PANEL;
	size_t packed = panels_of(count) * PANEL * p->dims;
	struct room *room = take_room(p->context, packed + PANEL * p->dims + spare_numbers(p, count));
	if (!room) {
		__atomic_store_n(&p->no_memory, true, __ATOMIC_RELAXED);
		return;
	}
	float *panels = room->numbers, *wide = panels + packed, *spare = wide + PANEL * p->dims;
	pack(p, (const char *)l->data + i2 * l->nb[2] + i3 * l->nb[3], first, count, wide, panels);
	for (size_t j3 = i3 * share3; j3 < (i3 + 1) * share3; j3++) {
		for (size_t j2 = i2 * share2; j2 < (i2 + 1) * share2; j2++) {
			const char *right = (const char *)r->data + j2 * r->nb[2] + j3 * r->nb[3];
			char *out = (char *)o->data + j2 * o->nb[2] + j3 * o->nb[3];
			multiply_as_shown(p, panels, first, count, (const float *)(const void *)right,
					  (float *)(void *)out, spare);
		}
	}
	leave_room(p->context, room);
}

/* How many panels of `dims` numbers a row make a block. */
static size_t block_of(size_t dims)
{
	size_t panel = PANEL * dims, most = BLOCK_NUMBERS / panel;
	if (PANELS_TOGETHER * panel > 2 * BLOCK_NUMBERS)
		return most ? most : 1;
	size_t groups = (most + PANELS_TOGETHER / 2) / PANELS_TOGETHER;
	return groups ? groups * PANELS_TOGETHER : PANELS_TOGETHER;
}

/* `shown` is NULL, or the part that counts. */
static enum ggml_status multiply_all(struct products_context *c, const struct ggml_tensor *out,
				     const struct attention *shown, bool sums)
{
	const struct ggml_tensor *l = out->src[0], *r = out->src[1];
	struct product p = {
		.context = c, .left = l, .right = r, .out = out,
		.dims = (size_t)l->ne[0], .left_rows = (size_t)l->ne[1], .right_rows = (size_t)r->ne[1],
		.shown = shown, .sums = sums,
	};
	if (!p.left_rows || !p.right_rows)
		return GGML_STATUS_SUCCESS;
	p.block = block_of(p.dims);
	p.blocks = (panels_of(p.left_rows) + p.block - 1) / p.block;
	workers_run(c->threads > 1 ? c->crew : NULL, p.blocks * (size_t)(l->ne[2] * l->ne[3]), multiply_block, &p);
	return p.no_memory ? GGML_STATUS_ALLOC_FAILED : GGML_STATUS_SUCCESS;
}

/* The weights of attention: the softmax of each row's scaled numbers that are not masked. The sum skips
 * the masked numbers between them, so it does not depend on their places. */
struct softmax {
	struct products_context *context;
	const struct ggml_tensor *in, *mask, *out;
	float scale;
	size_t blocks;         /* of SOFT_ROWS rows, of a matrix */
	bool no_memory;
};

/* A part of a row that is not masked: so many consecutive numbers. */
struct stretch {
	uint32_t from, count;
};

/* Room for a row: its stretches; the mask's addends for their numbers, and these numbers, one after
 * another. */
struct soft_room {
	struct stretch *stretches;
	size_t stretch_count, count;
	float *away, *numbers;
};

static float mask_at(const struct ggml_tensor *mask, const char *row, size_t i)
{
	if (mask->type == GGML_TYPE_F16) {
		ggml_fp16_t half;
		memcpy(&half, row + i * sizeof(half), sizeof(half));
		return half == 0xfc00 ? -INFINITY : half ? ggml_fp16_to_fp32(half) : 0;
	}
	float f;
	memcpy(&f, row + i * sizeof(f), sizeof(f));
	return f;
}

/* The stretches of a row of the mask; `mask` NULL: nothing is masked. */
static void find_stretches(const struct ggml_tensor *mask, const char *row, size_t width,
			   struct soft_room *room)
{
	bool inside = false;
	room->stretch_count = room->count = 0;
	for (size_t i = 0; i < width; i++) {
		float away = mask ? mask_at(mask, row, i) : 0;
		if (away == -INFINITY) {
			inside = false;
			continue;
		}
		if (!inside)
			room->stretches[room->stretch_count++] = (struct stretch){ .from = (uint32_t)i };
		inside = true;
		room->stretches[room->stretch_count - 1].count++;
		room->away[room->count++] = away;
	}
}

static struct soft_room soft_room_in(struct room *r, size_t width)
{
	return (struct soft_room){ .away = r->numbers, .numbers = r->numbers + width,
				   .stretches = (struct stretch *)(void *)(r->numbers + 2 * width) };
}

static void soften(const struct softmax *s, const float *in, float *out, const struct soft_room *room)
{
	size_t at = 0;
	for (size_t n = 0; n < room->stretch_count; n++) {
		const struct stretch *t = &room->stretches[n];
		for (size_t i = 0; i < t->count; i++, at++)
			room->numbers[at] = in[t->from + i] * s->scale + room->away[at];
	}
	memset(out, 0, (size_t)s->in->ne[0] * sizeof(*out));
	if (!room->count)
		return;
	double sum = exps(room->numbers, room->count, exps_most(room->numbers, room->count), room->numbers);
	float share = (float)(1 / sum);
	at = 0;
	for (size_t n = 0; n < room->stretch_count; n++) {
		const struct stretch *t = &room->stretches[n];
		for (size_t i = 0; i < t->count; i++, at++)
			out[t->from + i] = room->numbers[at] * share;
	}
}

/* A row of all heads, which usually share one mask. */
static void soften_heads(const struct softmax *s, size_t i1, size_t i3, struct soft_room *room)
{
	const struct ggml_tensor *in = s->in, *mask = s->mask, *out = s->out;
	size_t width = (size_t)in->ne[0];
	for (size_t i2 = 0; i2 < (size_t)in->ne[2]; i2++) {
		const char *from = (const char *)in->data + i1 * in->nb[1] + i2 * in->nb[2] + i3 * in->nb[3];
		char *to = (char *)out->data + i1 * out->nb[1] + i2 * out->nb[2] + i3 * out->nb[3];
		if (!mask && !i2)
			find_stretches(NULL, NULL, width, room);
		else if (mask && i2 < (size_t)mask->ne[2])
			find_stretches(mask, (const char *)mask->data + i1 * mask->nb[1] + i2 * mask->nb[2] +
				       i3 % (size_t)mask->ne[3] * mask->nb[3], width, room);
		soften(s, (const float *)(const void *)from, (float *)(void *)to, room);
	}
}

static void soften_rows(void *data, size_t item)
{
	struct softmax *s = data;
	size_t rows = (size_t)s->in->ne[1], width = (size_t)s->in->ne[0];
	size_t i3 = item / s->blocks, first = item % s->blocks * SOFT_ROWS;
	size_t end = rows - first < SOFT_ROWS ? rows : first + SOFT_ROWS;
	struct room *r = take_room(s->context, 4 * width);
	if (!r) {
		__atomic_store_n(&s->no_memory, true, __ATOMIC_RELAXED);
		return;
	}
	struct soft_room room = soft_room_in(r, width);
	for (size_t i1 = first; i1 < end; i1++)
		soften_heads(s, i1, i3, &room);
	leave_room(s->context, r);
}

static enum ggml_status soften_all(struct products_context *c, const struct ggml_tensor *out)
{
	struct softmax s = { .context = c, .in = out->src[0], .mask = out->src[1], .out = out };
	memcpy(&s.scale, out->op_params, sizeof(s.scale));
	s.blocks = ((size_t)s.in->ne[1] + SOFT_ROWS - 1) / SOFT_ROWS;
	workers_run(c->threads > 1 ? c->crew : NULL, s.blocks * (size_t)s.in->ne[3], soften_rows, &s);
	return s.no_memory ? GGML_STATUS_ALLOC_FAILED : GGML_STATUS_SUCCESS;
}

/* Attention: scores, softmax, sums. Most of it is masked if several texts are evaluated together. */

/* Is softmax the only use of this product, with one mask for all heads? */
static bool is_scores(const struct ggml_tensor *product, const struct ggml_tensor *next)
{
	const struct ggml_tensor *mask = next && next->op == GGML_OP_SOFT_MAX ? next->src[1] : NULL;
	return mask && next->src[0] == product && (next->flags & GGML_TENSOR_FLAG_COMPUTE) &&
	       !(product->flags & GGML_TENSOR_FLAG_OUTPUT) && mask->ne[2] == 1 && mask->ne[3] == 1 &&
	       product->ne[3] == 1;
}

/* Records what `soft` will not mask. False: no memory. */
static bool look_at_mask(struct products_context *c, const struct ggml_tensor *soft)
{
	const struct ggml_tensor *mask = soft->src[1];
	size_t width = (size_t)soft->ne[0], rows = (size_t)soft->ne[1];
	struct room *r = take_room(c, 4 * width);
	if (!r)
		return false;
	struct soft_room room = soft_room_in(r, width);
	attention_begin(&c->shown, rows, width);
	for (size_t i = 0; i < rows; i++) {
		find_stretches(mask, (const char *)mask->data + i * mask->nb[1], width, &room);
		for (size_t n = 0; n < room.stretch_count; n++)
			attention_show(&c->shown, i, room.stretches[n].from, room.stretches[n].count);
	}
	leave_room(c, r);
	c->shown_by = soft;
	return true;
}

/* `next` is the node after it, NULL: none. */
static enum ggml_status multiply_node(struct products_context *c, const struct ggml_tensor *t,
				      const struct ggml_tensor *next)
{
	if (is_scores(t, next))
		return look_at_mask(c, next) ? multiply_all(c, t, &c->shown, false) : GGML_STATUS_ALLOC_FAILED;
	bool sums = c->shown_by && t->src[1] == c->shown_by && t->src[0]->ne[1] % (int64_t)PANEL == 0;
	return multiply_all(c, t, sums ? &c->shown : NULL, sums);
}

/* The interface of a device's context to ggml */

static const char *name_of_context(ggml_backend_t b)
{
	(void)b;
	return "products";
}

static void free_context(ggml_backend_t b)
{
	struct products_context *c = b->context;
	workers_free(c->crew);
	for (struct room *r; (r = c->rooms);) {
		c->rooms = r->next;
		mem_free(r);
	}
	attention_release(&c->shown);
	pthread_mutex_destroy(&c->lock);
	mem_free(c);
	mem_free(b);
}

static enum ggml_status compute(ggml_backend_t b, struct ggml_cgraph *graph)
{
	enum ggml_status status = GGML_STATUS_SUCCESS;
	struct products_context *c = b->context;
	int count = ggml_graph_n_nodes(graph);
	c->shown_by = NULL;
	for (int i = 0; i < count && status == GGML_STATUS_SUCCESS; i++) {
		const struct ggml_tensor *t = ggml_graph_node(graph, i);
		if (!(t->flags & GGML_TENSOR_FLAG_COMPUTE))
			continue;
		if (t->op == GGML_OP_MUL_MAT)
			status = multiply_node(c, t, i + 1 < count ? ggml_graph_node(graph, i + 1) : NULL);
		else if (t->op == GGML_OP_SOFT_MAX)
			status = soften_all(b->context, t);
	}
	return status;
}

/* Keeps as many threads as were ever wanted. */
static void set_threads(ggml_backend_t b, int threads)
{
	struct products_context *c = b->context;
	c->threads = threads > 1 ? (size_t)threads : 1;
	if (c->threads <= c->crew_size || c->threads == 1)
		return;
	workers_free(c->crew);
	c->crew = workers_new(c->threads);
	c->crew_size = c->crew ? c->threads : 0;
}

/* The interface of the device */

static const char *name_of_device(ggml_backend_dev_t d)
{
	(void)d;
	return "products";
}

static void memory_of_device(ggml_backend_dev_t d, size_t *free, size_t *total)
{
	(void)d;
	*free = *total = 0;
}

static enum ggml_backend_dev_type type_of_device(ggml_backend_dev_t d)
{
	(void)d;
	return GGML_BACKEND_DEVICE_TYPE_ACCEL;
}

static void describe_device(ggml_backend_dev_t d, struct ggml_backend_dev_props *props)
{
	props->name = props->description = name_of_device(d);
	props->type = type_of_device(d);
	memory_of_device(d, &props->memory_free, &props->memory_total);
}

static ggml_backend_t open_context(ggml_backend_dev_t d, const char *params)
{
	static ggml_guid guid = { 0x73, 0x6f, 0x77, 0x20, 0x70, 0x72, 0x6f, 0x64,
				  0x75, 0x63, 0x74, 0x73, 0x20, 0x30, 0x30, 0x31 };
	struct products_context *c = mem_zalloc(sizeof(*c));
	struct ggml_backend *b = mem_zalloc(sizeof(*b));
	(void)params;
	pthread_mutex_init(&c->lock, NULL);
	c->threads = 1;
	b->guid = &guid;
	b->iface.get_name = name_of_context;
	b->iface.free = free_context;
	b->iface.graph_compute = compute;
	b->device = d;
	b->context = c;
	return b;
}

static ggml_backend_buffer_type_t memory_kind(ggml_backend_dev_t d)
{
	(void)d;
	return ggml_backend_cpu_buffer_type();
}

static bool is_wide(const struct ggml_tensor *t)
{
	return t->type == GGML_TYPE_F32 && t->nb[0] == sizeof(float) && t->nb[1] % sizeof(float) == 0;
}

static bool can_multiply(const struct ggml_tensor *t)
{
	const struct ggml_tensor *l = t->src[0], *r = t->src[1];
	bool can_widen = l->type == GGML_TYPE_F32 || ggml_get_type_traits(l->type)->to_float;
	return least_rows && r->ne[1] >= least_rows && can_widen && l->nb[0] == ggml_type_size(l->type) &&
	       is_wide(r) && is_wide(t);
}

/* Not with the additions of some models: a slope per head, or a sink. */
static bool can_soften(const struct ggml_tensor *t)
{
	const struct ggml_tensor *in = t->src[0], *mask = t->src[1];
	float slope;
	memcpy(&slope, (const char *)t->op_params + sizeof(slope), sizeof(slope));
	bool can_mask = !mask || ((mask->type == GGML_TYPE_F32 || mask->type == GGML_TYPE_F16) &&
				  mask->nb[0] == ggml_type_size(mask->type) &&
				  (mask->ne[2] == 1 || mask->ne[2] == in->ne[2]));
	return least_rows && in->ne[1] >= least_rows && slope == 0 && !t->src[2] && can_mask && is_wide(in) &&
	       is_wide(t);
}

static bool can_compute(ggml_backend_dev_t d, const struct ggml_tensor *t)
{
	(void)d;
	switch (t->op) {
	case GGML_OP_NONE:
	case GGML_OP_RESHAPE:
	case GGML_OP_VIEW:
	case GGML_OP_PERMUTE:
	case GGML_OP_TRANSPOSE:
		return true;
	case GGML_OP_MUL_MAT:
		return can_multiply(t);
	case GGML_OP_SOFT_MAX:
		return can_soften(t);
	default:
		return false;
	}
}

static bool can_reach(ggml_backend_dev_t d, ggml_backend_buffer_type_t kind)
{
	(void)d;
	return ggml_backend_buft_is_host(kind);
}

/* The interface of the registry with this device */

static const char *name_of_list(ggml_backend_reg_t list)
{
	(void)list;
	return "products";
}

static size_t count_devices(ggml_backend_reg_t list)
{
	(void)list;
	return 1;
}

static struct ggml_backend_device device = {
	.iface = {
		.get_name = name_of_device,
		.get_description = name_of_device,
		.get_memory = memory_of_device,
		.get_type = type_of_device,
		.get_props = describe_device,
		.init_backend = open_context,
		.get_buffer_type = memory_kind,
		.supports_op = can_compute,
		.supports_buft = can_reach,
	},
};

static ggml_backend_dev_t get_device(ggml_backend_reg_t list, size_t i)
{
	(void)list;
	(void)i;
	return &device;
}

static void *find_function(ggml_backend_reg_t list, const char *name)
{
	(void)list;
	return strcmp(name, "ggml_backend_set_n_threads") == 0 ? (void *)(uintptr_t)set_threads : NULL;
}

void product_device_add(void)
{
	static struct ggml_backend_reg list = {
		.api_version = GGML_BACKEND_API_VERSION,
		.iface = {
			.get_name = name_of_list,
			.get_device_count = count_devices,
			.get_device = get_device,
			.get_proc_address = find_function,
		},
	};
	if (device.reg)
		return;
	device.reg = &list;
	ggml_backend_register(&list);
}

#endif
