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
#include "vector/exps.h"
#include "vector/products.h"

/* Numbers of a block of panels: a good part of a second-level cache. */
#define BLOCK_NUMBERS ((size_t)48 * 1024)

static _Thread_local int64_t least_rows;

void product_device_take(int64_t rows)
{
	least_rows = rows;
}

/* Memory to work in, kept from one block to the next. */
struct room {
	struct room *next;
	size_t size;
	float numbers[];
};

/* A context's */
struct products_context {
	struct workers *crew;  /* NULL: the caller is alone */
	size_t crew_size;
	size_t threads;
	pthread_mutex_t lock;  /* of the rooms nobody works in */
	struct room *rooms;
};

/* For so many numbers. NULL: no memory. */
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
	bool no_memory;
};

/* Row `row` of a matrix of the left side in 32 bits. */
static void widen(const struct ggml_tensor *t, const char *row, float *out, size_t dims)
{
	if (t->type == GGML_TYPE_F32)
		memcpy(out, row, dims * sizeof(*out));
	else if (t->type == GGML_TYPE_F16)
		halves_widen((const uint16_t *)(const void *)row, dims, out);
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

/* The last panel may be wider than what is left of the rows of `out`. */
static void multiply(const struct product *p, const float *panels, size_t first, size_t count,
		     const float *right, float *out, float *spare)
{
	size_t stride = p->right->nb[1] / sizeof(float), out_stride = p->out->nb[1] / sizeof(float);
	size_t whole = count / PANEL, rest = count % PANEL;
	if (whole)
		products(right, stride, p->right_rows, panels, whole, p->dims, out + first, out_stride);
	if (!rest)
		return;
	products(right, stride, p->right_rows, panels + whole * PANEL * p->dims, 1, p->dims, spare, PANEL);
	for (size_t i = 0; i < p->right_rows; i++)
		memcpy(out + i * out_stride + first + whole * PANEL, spare + i * PANEL, rest * sizeof(*out));
}

/* A block of panels of a left matrix with all right ones that it is for. */
static void multiply_block(void *data, size_t item)
{
	struct product *p = data;
	const struct ggml_tensor *l = p->left, *r = p->right, *o = p->out;
	size_t matrix = item / p->blocks, first = item % p->blocks * p->block * PANEL;
	size_t i2 = matrix % (size_t)l->ne[2], i3 = matrix / (size_t)l->ne[2];
	size_t share2 = (size_t)(r->ne[2] / l->ne[2]), share3 = (size_t)(r->ne[3] / l->ne[3]);
	size_t count = p->left_rows - first < p->block * PANEL ? p->left_rows - first : p->block * PANEL;
	size_t packed = panels_of(count) * PANEL * p->dims;
	struct room *room = take_room(p->context, packed + PANEL * p->dims + PANEL * p->right_rows);
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
			multiply(p, panels, first, count, (const float *)(const void *)right,
				 (float *)(void *)out, spare);
		}
	}
	leave_room(p->context, room);
}

static enum ggml_status multiply_all(struct products_context *c, const struct ggml_tensor *out)
{
	const struct ggml_tensor *l = out->src[0], *r = out->src[1];
	struct product p = {
		.context = c, .left = l, .right = r, .out = out,
		.dims = (size_t)l->ne[0], .left_rows = (size_t)l->ne[1], .right_rows = (size_t)r->ne[1],
	};
	if (!p.left_rows || !p.right_rows)
		return GGML_STATUS_SUCCESS;
	p.block = BLOCK_NUMBERS / (PANEL * (p.dims + 1));
	p.block = p.block ? p.block : 1;
	p.blocks = (panels_of(p.left_rows) + p.block - 1) / p.block;
	workers_run(c->threads > 1 ? c->crew : NULL, p.blocks * (size_t)(l->ne[2] * l->ne[3]), multiply_block, &p);
	return p.no_memory ? GGML_STATUS_ALLOC_FAILED : GGML_STATUS_SUCCESS;
}

/* The weights of attention: of each row the numbers that are not masked, scaled, by softmax. They are
 * added up as they stand without what is masked between, so that it does not matter where they stand. */
struct softmax {
	struct products_context *context;
	const struct ggml_tensor *in, *mask, *out;
	float scale;
	bool no_memory;
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

/* One row. `room` and `places`: as many as it has numbers. */
static void soften(const struct softmax *s, const float *in, const char *mask, float *out, float *room,
		   uint32_t *places)
{
	size_t width = (size_t)s->in->ne[0], count = 0;
	for (size_t i = 0; i < width; i++) {
		float away = mask ? mask_at(s->mask, mask, i) : 0;
		if (away == -INFINITY)
			continue;
		places[count] = (uint32_t)i;
		room[count++] = in[i] * s->scale + away;
	}
	memset(out, 0, width * sizeof(*out));
	if (!count)
		return;
	double sum = exps(room, count, exps_most(room, count), room);
	float share = (float)(1 / sum);
	for (size_t i = 0; i < count; i++)
		out[places[i]] = room[i] * share;
}

/* All rows of a matrix of the stack. */
static void soften_matrix(void *data, size_t item)
{
	struct softmax *s = data;
	const struct ggml_tensor *in = s->in, *mask = s->mask, *out = s->out;
	size_t i2 = item % (size_t)in->ne[2], i3 = item / (size_t)in->ne[2], width = (size_t)in->ne[0];
	struct room *room = take_room(s->context, 2 * width);
	if (!room) {
		__atomic_store_n(&s->no_memory, true, __ATOMIC_RELAXED);
		return;
	}
	uint32_t *places = (uint32_t *)(void *)(room->numbers + width);
	for (size_t i1 = 0; i1 < (size_t)in->ne[1]; i1++) {
		const char *from = (const char *)in->data + i1 * in->nb[1] + i2 * in->nb[2] + i3 * in->nb[3];
		char *to = (char *)out->data + i1 * out->nb[1] + i2 * out->nb[2] + i3 * out->nb[3];
		const char *masked = mask ? (const char *)mask->data + i1 * mask->nb[1] +
			i2 % (size_t)mask->ne[2] * mask->nb[2] + i3 % (size_t)mask->ne[3] * mask->nb[3] : NULL;
		soften(s, (const float *)(const void *)from, masked, (float *)(void *)to, room->numbers,
		       places);
	}
	leave_room(s->context, room);
}

static enum ggml_status soften_all(struct products_context *c, const struct ggml_tensor *out)
{
	struct softmax s = { .context = c, .in = out->src[0], .mask = out->src[1], .out = out };
	memcpy(&s.scale, out->op_params, sizeof(s.scale));
	workers_run(c->threads > 1 ? c->crew : NULL, (size_t)(s.in->ne[2] * s.in->ne[3]), soften_matrix, &s);
	return s.no_memory ? GGML_STATUS_ALLOC_FAILED : GGML_STATUS_SUCCESS;
}

/* What ggml asks a context of a device */

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
	pthread_mutex_destroy(&c->lock);
	mem_free(c);
	mem_free(b);
}

static enum ggml_status compute(ggml_backend_t b, struct ggml_cgraph *graph)
{
	enum ggml_status status = GGML_STATUS_SUCCESS;
	for (int i = 0; i < ggml_graph_n_nodes(graph) && status == GGML_STATUS_SUCCESS; i++) {
		const struct ggml_tensor *t = ggml_graph_node(graph, i);
		if (!(t->flags & GGML_TENSOR_FLAG_COMPUTE))
			continue;
		if (t->op == GGML_OP_MUL_MAT)
			status = multiply_all(b->context, t);
		else if (t->op == GGML_OP_SOFT_MAX)
			status = soften_all(b->context, t);
	}
	return status;
}

/* As many as ever were wanted are kept. */
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

/* What it asks the device */

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

/* Not with what some models add: a slope a head, or a sink. */
static bool can_soften(const struct ggml_tensor *t)
{
	const struct ggml_tensor *in = t->src[0], *mask = t->src[1];
	float slope;
	memcpy(&slope, (const char *)t->op_params + sizeof(slope), sizeof(slope));
	bool can_mask = !mask || ((mask->type == GGML_TYPE_F32 || mask->type == GGML_TYPE_F16) &&
				  mask->nb[0] == ggml_type_size(mask->type));
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

/* What it asks the list of devices that has this one */

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
