/* Numbers as people read them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/output.h"

#include <math.h>
#include <stdlib.h>

static const char none[] = "–";

/* Three significant digits without an exponent, for x of about 1 to 1000; larger ones keep their digits. */
static void three_digits(double x, const char *separator, const char *unit, char text[NUMBER_SIZE])
{
	double size = fabs(x);
	int decimals = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
	snprintf(text, NUMBER_SIZE, "%.*f%s%s", decimals, x, separator, unit);
}

struct unit {
	double size;
	const char *name;
};

/* The largest unit of which there is at least one, after rounding to three digits. */
static char *with_unit(double x, const struct unit *units, char text[NUMBER_SIZE])
{
	const struct unit *u = units;
	while (u[1].name && fabs(x) < u->size * 0.9995)
		u++;
	three_digits(x / u->size, " ", u->name, text);
	return text;
}

static char *plain(const char *value, char text[NUMBER_SIZE])
{
	snprintf(text, NUMBER_SIZE, "%s", value);
	return text;
}

char *show_time(double ns, char text[NUMBER_SIZE])
{
	static const struct unit units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "µs"}, {1, "ns"}, {0, NULL}};
	return isfinite(ns) ? with_unit(ns, units, text) : plain(none, text);
}

char *show_bytes(double bytes, char text[NUMBER_SIZE])
{
	static const struct unit units[] = {{0x1p40, "TiB"}, {0x1p30, "GiB"}, {0x1p20, "MiB"}, {0x1p10, "KiB"}, {0, NULL}};
	if (!isfinite(bytes))
		return plain(none, text);
	if (fabs(bytes) >= 1024)
		return with_unit(bytes, units, text);
	snprintf(text, NUMBER_SIZE, "%.0f B", bytes);
	return text;
}

char *show_rate(double per_second, const char *unit, char text[NUMBER_SIZE])
{
	static const struct unit units[] = {{1e15, "P"}, {1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}, {1, ""}, {0, NULL}};
	if (!isfinite(per_second))
		return plain(none, text);
	with_unit(per_second, units, text);
	for (char *end = text; *end; end++)
		if (!end[1])
			return snprintf(end + 1, (size_t)(text + NUMBER_SIZE - end - 1), "%s", unit), text;
	return text;
}

char *show_number(double x, char text[NUMBER_SIZE])
{
	if (!isfinite(x))
		return plain(isnan(x) ? none : x > 0 ? "∞" : "-∞", text);
	if (x == 0)
		return plain("0", text);
	if (fabs(x) < 0.01 || fabs(x) >= 1e6)
		snprintf(text, NUMBER_SIZE, "%.2e", x);
	else
		three_digits(x, "", "", text);
	return text;
}

char *show_percent(double fraction, char text[NUMBER_SIZE])
{
	if (!isfinite(fraction))
		return plain(none, text);
	snprintf(text, NUMBER_SIZE, "%.*f %%", fabs(fraction) < 0.0995 ? 1 : 0, fraction * 100);
	return text;
}

char *show_exact(double x, char text[NUMBER_SIZE])
{
	if (isnan(x))
		return plain("", text);
	for (int digits = 6; digits <= 17; digits++) {
		snprintf(text, NUMBER_SIZE, "%.*g", digits, x);
		if (strtod(text, NULL) == x)
			break;
	}
	return text;
}
