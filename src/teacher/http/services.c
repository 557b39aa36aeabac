#include "teacher/http/services.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/view.h"

#define BEARER "Authorization: Bearer "

static const struct service rows[] = {
	{ "api.openai.com", { "OPENAI_API_KEY" }, BEARER },
	{ ".openai.azure.com", { "AZURE_OPENAI_API_KEY" }, "api-key: " },
	{ ".services.ai.azure.com", { "AZURE_OPENAI_API_KEY" }, "api-key: " },
	{ "api.anthropic.com", { "ANTHROPIC_API_KEY" }, BEARER },
	{ "generativelanguage.googleapis.com", { "GEMINI_API_KEY", "GOOGLE_API_KEY" }, BEARER },
	{ "openrouter.ai", { "OPENROUTER_API_KEY" }, BEARER },
	{ "api.mistral.ai", { "MISTRAL_API_KEY" }, BEARER },
	{ "api.groq.com", { "GROQ_API_KEY" }, BEARER },
	{ "api.together.xyz", { "TOGETHER_API_KEY" }, BEARER },
	{ "api.together.ai", { "TOGETHER_API_KEY" }, BEARER },
	{ "api.fireworks.ai", { "FIREWORKS_API_KEY" }, BEARER },
	{ "api.deepinfra.com", { "DEEPINFRA_API_KEY", "DEEPINFRA_TOKEN" }, BEARER },
	{ "api.deepseek.com", { "DEEPSEEK_API_KEY" }, BEARER },
	{ "api.x.ai", { "XAI_API_KEY" }, BEARER },
	{ "api.cerebras.ai", { "CEREBRAS_API_KEY" }, BEARER },
	{ "api.sambanova.ai", { "SAMBANOVA_API_KEY" }, BEARER },
	{ "api.perplexity.ai", { "PERPLEXITY_API_KEY" }, BEARER },
	{ "api.cohere.ai", { "CO_API_KEY", "COHERE_API_KEY" }, BEARER },
	{ "api.cohere.com", { "CO_API_KEY", "COHERE_API_KEY" }, BEARER },
	{ "api.ai21.com", { "AI21_API_KEY" }, BEARER },
	{ "integrate.api.nvidia.com", { "NVIDIA_API_KEY" }, BEARER },
	{ "router.huggingface.co", { "HF_TOKEN" }, BEARER },
	{ ".endpoints.huggingface.cloud", { "HF_TOKEN" }, BEARER },
	{ "models.github.ai", { "GITHUB_TOKEN" }, BEARER },
	{ "ai-gateway.vercel.sh", { "AI_GATEWAY_API_KEY" }, BEARER },
	{ "inference.baseten.co", { "BASETEN_API_KEY" }, BEARER },
	{ "api.studio.nebius.com", { "NEBIUS_API_KEY" }, BEARER },
	{ "api.tokenfactory.nebius.com", { "NEBIUS_API_KEY" }, BEARER },
	{ "api.hyperbolic.xyz", { "HYPERBOLIC_API_KEY" }, BEARER },
	{ "api.novita.ai", { "NOVITA_API_KEY" }, BEARER },
	{ "api.moonshot.ai", { "MOONSHOT_API_KEY" }, BEARER },
	{ "api.moonshot.cn", { "MOONSHOT_API_KEY" }, BEARER },
	{ "dashscope.aliyuncs.com", { "DASHSCOPE_API_KEY" }, BEARER },
	{ "dashscope-intl.aliyuncs.com", { "DASHSCOPE_API_KEY" }, BEARER },
	{ "open.bigmodel.cn", { "ZHIPUAI_API_KEY", "ZAI_API_KEY" }, BEARER },
	{ "api.z.ai", { "ZAI_API_KEY" }, BEARER },
	{ "api.siliconflow.cn", { "SILICONFLOW_API_KEY" }, BEARER },
	{ "api.siliconflow.com", { "SILICONFLOW_API_KEY" }, BEARER },
	{ "api.minimax.io", { "MINIMAX_API_KEY" }, BEARER },
};

#define ROWS (sizeof(rows) / sizeof(*rows))

const struct service *services_row(size_t i)
{
	return i < ROWS ? &rows[i] : NULL;
}

static bool is_host(struct view host, struct view of)
{
	bool is_suffix = of.p[0] == '.';
	return is_suffix && host.len > of.len
		       ? view_eqfold(view_sub(host, host.len - of.len, host.len), of)
		       : view_eqfold(host, of);
}

static const struct service *find(const char *host)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (is_host(view_of(host), view_of(rows[i].host)))
			return &rows[i];
	}
	return NULL;
}

/* Scheme, host and port. */
static struct view origin_of(const char *url)
{
	struct view v = view_of(url);
	size_t host = view_find(v, 0, "://");
	return host == VIEW_NONE ? view_of("") : view_sub(v, 0, view_find(v, host + 3, "/"));
}

static bool is_set(const char *variable)
{
	const char *value = variable ? getenv(variable) : NULL;
	return value && *value;
}

/* Services whose clients may be sent to another address: their key goes with them. */
static const struct {
	const char *base, *variable;
} bases[] = {
	{ "OPENAI_BASE_URL", "OPENAI_API_KEY" },
	{ "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY" },
};

const char *services_variable(const char *url, const char *host)
{
	const struct service *s = find(host);
	for (size_t i = 0; s && i < SERVICE_VARIABLES; i++) {
		if (is_set(s->variables[i]))
			return s->variables[i];
	}
	for (size_t i = 0; !s && i < sizeof(bases) / sizeof(*bases); i++) {
		const char *base = getenv(bases[i].base);
		bool is_base = base && *base && view_eqfold(origin_of(base), origin_of(url));
		if (is_base && is_set(bases[i].variable))
			return bases[i].variable;
	}
	return NULL;
}

const char *services_wants(const char *host)
{
	const struct service *s = find(host);
	return s && s->host[0] != '.' ? s->variables[0] : NULL;
}

const char *services_header(const char *host)
{
	const struct service *s = find(host);
	return s ? s->header : BEARER;
}
