/* Problem options: parsing, and whether they fit one another. The files are read in load.c.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/options.h"
#include "harness/command.h"
#include "harness/problem.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_FILE = 0x1000, KEY_SCALE = 0x1100, KEY_SCORE, KEY_CAUSAL, KEY_ALIGN, KEY_WINDOW, KEY_SOFTCAP };

static const struct argp_option options[] = {
	{NULL, 0, NULL, 0, "Tensors, each a .npy file:", 1},
	{"q", KEY_FILE + INPUT_Q, "Q.npy", 0, "queries: rank 2 (rows, columns), 3 (heads, rows, columns) or 4 (batch, heads, rows, columns)", 1},
	{"k", KEY_FILE + INPUT_K, "K.npy", 0, "keys; their heads divide those of the queries", 1},
	{"v", KEY_FILE + INPUT_V, "V.npy", 0, "values", 1},
	{"mask", KEY_FILE + INPUT_MASK, "M.npy", 0, "bool, broadcast to (batch, heads, rows, keys): a key may be seen where it is true", 1},
	{"bias", KEY_FILE + INPUT_BIAS, "B.npy", 0, "float, broadcast likewise, added to the scores; -inf hides a key", 1},
	{"alibi", KEY_FILE + INPUT_ALIBI, "A.npy", 0, "ALiBi slopes, one per query head", 1},
	{"sinks", KEY_FILE + INPUT_SINKS, "S.npy", 0, "sink logits, one per query head", 1},
	{"kv-len", KEY_FILE + INPUT_KV_LEN, "L.npy", 0, "number of valid keys per batch entry, integers", 1},
	{"given", KEY_FILE + INPUT_GIVEN, "G.npy", 0, "given scores or weights, broadcast to (batch, heads, rows, keys); --q and --k may be left out then", 1},
	{"w", KEY_FILE + INPUT_W, "W.npy", 0, "general score: (heads, d, d')", 1},
	{"wq", KEY_FILE + INPUT_W_Q, "WQ.npy", 0, "additive score: (heads, d, hidden)", 1},
	{"wk", KEY_FILE + INPUT_W_K, "WK.npy", 0, "additive score: (heads, d', hidden)", 1},
	{"va", KEY_FILE + INPUT_V_A, "VA.npy", 0, "additive score: (heads, hidden); location score: (heads, d')", 1},
	{NULL, 0, NULL, 0, "Of a multi-head layer, in place of --q, --k and --v:", 2},
	{"x-q", KEY_FILE + INPUT_X_Q, "X.npy", 0, "rows that become queries: rank 2 (rows, columns) or 3 (batch, rows, columns)", 2},
	{"x-kv", KEY_FILE + INPUT_X_KV, "X.npy", 0, "rows that become keys and values [those of --x-q]", 2},
	{"proj-q", KEY_FILE + INPUT_PROJ_Q, "W.npy", 0, "(heads, columns of x-q, d): queries of a head are x-q times its matrix", 2},
	{"proj-k", KEY_FILE + INPUT_PROJ_K, "W.npy", 0, "(heads, columns of x-kv, d); its heads divide those of the queries", 2},
	{"proj-v", KEY_FILE + INPUT_PROJ_V, "W.npy", 0, "(heads, columns of x-kv, dv)", 2},
	{"proj-o", KEY_FILE + INPUT_PROJ_O, "W.npy", 0, "(query heads, dv, columns of the output): the output is the sum over the heads", 2},
	{"proj-bias-q", KEY_FILE + INPUT_PROJ_BIAS_Q, "B.npy", 0, "(heads, d), added to the queries; all four biases, or none", 2},
	{"proj-bias-k", KEY_FILE + INPUT_PROJ_BIAS_K, "B.npy", 0, "(heads, d), added to the keys", 2},
	{"proj-bias-v", KEY_FILE + INPUT_PROJ_BIAS_V, "B.npy", 0, "(heads, dv), added to the values", 2},
	{"proj-bias-o", KEY_FILE + INPUT_PROJ_BIAS_O, "B.npy", 0, "(columns of the output), added to it", 2},
	{NULL, 0, NULL, 0, "The problem:", 2},
	{"score", KEY_SCORE, "S", 0, "scaled-dot, dot, cosine, general, additive, location, given-scores or given-weights [scaled-dot]", 2},
	{"scale", KEY_SCALE, "X", 0, "factor of the scores scaled-dot [1/sqrt(d)] and cosine [1]", 2},
	{"causal", KEY_CAUSAL, "WHERE", 0, "top-left, bottom-right or none [none]", 2},
	{"align", KEY_ALIGN, "WHERE", 0, "where window and ALiBi count from without --causal: top-left or bottom-right [top-left]", 2},
	{"window", KEY_WINDOW, "L,R", 0, "keys that may be seen before and after a row's position; - is all", 2},
	{"softcap", KEY_SOFTCAP, "X", 0, "scores become X tanh(score/X)", 2},
	{0}};

const char *problem_options_name(int input)
{
	for (const struct argp_option *o = options; o->name || o->doc; o++)
		if (o->key == KEY_FILE + input)
			return o->name;
	return "";
}

int option_parse_int(const char *text, int64_t least, int64_t most, int64_t *x)
{
	char *end;
	errno = 0;
	long long read = strtoll(text, &end, 10);
	if (end == text || *end || errno || read < least || read > most)
		return 0;
	*x = read;
	return 1;
}

int option_parse_float(const char *text, double *x)
{
	char *end;
	double read = strtod(text, &end);
	if (end == text || *end || !isfinite(read))
		return 0;
	*x = read;
	return 1;
}

static int parse_window(const char *text, struct attn_problem *p)
{
	char left[32];
	const char *comma = strchr(text, ',');
	if (!comma || (size_t)(comma - text) >= sizeof left)
		return 0;
	memcpy(left, text, (size_t)(comma - text));
	left[comma - text] = 0;
	const char *part[] = {left, comma + 1};
	int64_t *to[] = {&p->window_left, &p->window_right};
	for (int i = 0; i < 2; i++)
		if (!strcmp(part[i], "-"))
			*to[i] = -1;
		else if (!option_parse_int(part[i], 0, (int64_t)1 << 40, to[i]))
			return 0;
	return 1;
}

static int parse_align(const char *text, enum attn_align *align)
{
	if (strcmp(text, "top-left") && strcmp(text, "bottom-right"))
		return 0;
	*align = strcmp(text, "top-left") ? ATTN_BOTTOM_RIGHT : ATTN_TOP_LEFT;
	return 1;
}

/* "": done; else what was expected. */
static const char *parse_value(int key, const char *text, struct problem_options *o)
{
	struct attn_problem *p = &o->problem;
	int score;
	switch (key) {
	case KEY_SCALE:
		return o->scale_given = 1, option_parse_float(text, &p->scale) ? "" : "a finite number";
	case KEY_SOFTCAP:
		return option_parse_float(text, &p->softcap) && p->softcap > 0 ? "" : "a finite number over 0";
	case KEY_SCORE:
		score = attn_score_parse(text);
		return score < 0 ? "scaled-dot, dot, cosine, general, additive, location, given-scores or given-weights" : (p->score = (enum attn_score)score, "");
	case KEY_CAUSAL:
		p->causal = strcmp(text, "none") != 0;
		return !p->causal || parse_align(text, &p->align) ? "" : "top-left, bottom-right or none";
	case KEY_ALIGN:
		return parse_align(text, &p->align) ? "" : "top-left or bottom-right";
	default:
		return parse_window(text, p) ? "" : "L,R, each a whole number of 0 or more, or - for all";
	}
}

static const char *option_name(int key)
{
	const struct argp_option *o = options;
	while (o->key != key)
		o++;
	return o->name;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct problem_options *o = state->input;
	if (key >= KEY_FILE && key < KEY_FILE + INPUT_COUNT) {
		o->file[key - KEY_FILE] = text;
		return 0;
	}
	if (key < KEY_SCALE || key > KEY_SOFTCAP)
		return ARGP_ERR_UNKNOWN;
	const char *expected = parse_value(key, text, o);
	if (*expected)
		argp_error(state, "option --%s is \"%s\": expected %s", option_name(key), text, expected);
	return 0;
}

const struct argp problem_options_argp = {options, parse, NULL, NULL, NULL, NULL, NULL};

void problem_options_init(struct problem_options *o)
{
	memset(o, 0, sizeof *o);
	attn_problem_init(&o->problem);
}

/* Which scores a file belongs to: bits 1 << score. Those that are not here go with every score. */
#define BIT(score) (1u << (score))
static const struct {
	int input;
	unsigned scores;
} belongs[] = {{INPUT_GIVEN, BIT(ATTN_GIVEN_SCORES) | BIT(ATTN_GIVEN_WEIGHTS)},
               {INPUT_W, BIT(ATTN_GENERAL)},
               {INPUT_W_Q, BIT(ATTN_ADDITIVE)},
               {INPUT_W_K, BIT(ATTN_ADDITIVE)},
               {INPUT_V_A, BIT(ATTN_ADDITIVE) | BIT(ATTN_LOCATION)}};

int problem_options_layer(const struct problem_options *o)
{
	return o->file[INPUT_X_Q] != NULL;
}

/* A layer has all of its matrices, and all of its biases or none; what is no layer has none of them. */
static int check_layer(const struct problem_options *o)
{
	int layer = problem_options_layer(o), biases = 0;
	for (int i = INPUT_X_KV; i <= INPUT_PROJ_BIAS_O; i++) {
		if (!layer && o->file[i])
			return command_fail(EXIT_USAGE, "option --x-q is missing: --%s belongs to a multi-head layer, which needs it", problem_options_name(i));
		if (layer && i >= INPUT_PROJ_Q && i <= INPUT_PROJ_O && !o->file[i])
			return command_fail(EXIT_USAGE, "option --%s is missing: a multi-head layer (--x-q) needs it", problem_options_name(i));
		biases += i >= INPUT_PROJ_BIAS_Q && o->file[i];
	}
	for (int i = INPUT_PROJ_BIAS_Q; biases && i <= INPUT_PROJ_BIAS_O; i++)
		if (!o->file[i])
			return command_fail(EXIT_USAGE, "option --%s is missing: expected all four biases of a layer, or none", problem_options_name(i));
	for (int i = INPUT_Q; layer && i <= INPUT_V; i++)
		if (o->file[i])
			return command_fail(EXIT_USAGE, "option --%s does not go with --x-q: a multi-head layer makes it of x", problem_options_name(i));
	if (layer && o->problem.score != ATTN_SCALED_DOT && o->problem.score != ATTN_DOT)
		return command_fail(EXIT_USAGE, "option --score is %s: a multi-head layer (--x-q) has scaled-dot or dot", attn_score_name(o->problem.score));
	return EXIT_OK;
}

int problem_options_check(const struct problem_options *o)
{
	int bad = check_layer(o);
	if (bad)
		return bad;
	const struct attn_problem *p = &o->problem;
	int given = p->score == ATTN_GIVEN_SCORES || p->score == ATTN_GIVEN_WEIGHTS;
	for (size_t i = 0; i < sizeof belongs / sizeof *belongs; i++) {
		const char *name = problem_options_name(belongs[i].input);
		int wanted = !!(belongs[i].scores & BIT(p->score));
		if (wanted && !o->file[belongs[i].input])
			return command_fail(EXIT_USAGE, "option --%s is missing: --score %s needs it", name, attn_score_name(p->score));
		if (!wanted && o->file[belongs[i].input])
			return command_fail(EXIT_USAGE, "option --%s does not go with --score %s", name, attn_score_name(p->score));
	}
	for (int i = INPUT_Q; i <= INPUT_V; i++)
		if (!o->file[i] && !(given && i != INPUT_V) && !problem_options_layer(o))
			return command_fail(EXIT_USAGE, "option --%s is missing: expected a .npy file", problem_options_name(i));
	if (o->scale_given && p->score != ATTN_SCALED_DOT && p->score != ATTN_COSINE)
		return command_fail(EXIT_USAGE, "option --scale does not go with --score %s: expected scaled-dot or cosine", attn_score_name(p->score));
	if (p->causal && p->window_right > 0)
		return command_fail(EXIT_USAGE, "option --window has %lld keys after the row with --causal: expected 0 or -", (long long)p->window_right);
	return EXIT_OK;
}
