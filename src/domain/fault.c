#include "domain/fault.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "util/text.h"

static const char *const modes[] = {
	[FAULT_CRASH] = "crash",
	[FAULT_HANG] = "hang",
	[FAULT_SILENT] = "silent",
};

const char *fault_mode_text(enum fault_mode mode)
{
	return modes[mode];
}

bool fault_mode_parse(const char *text, enum fault_mode *ret)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(modes[i], text) == 0) {
			*ret = (enum fault_mode)i;
			return true;
		}
	}
	return false;
}

enum fault_mode fault_mode_known(const char *text)
{
	enum fault_mode mode;

	if (!fault_mode_parse(text, &mode))
		abort();
	return mode;
}

bool duration_parse(const char *text, int64_t min, int64_t max, int64_t *ret)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
		{ "d", 86400000 }, { "", 1000 } };
	size_t digits = strspn(text, "0123456789");
	char number[20] = "";
	int64_t count, ms = 0;

	if (digits == 0 || digits >= sizeof(number) - 1)
		return false;
	memcpy(number, text, digits);
	if (!text_to_int(number, 0, INT64_MAX, &count))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(units[i].unit, text + digits) == 0)
			ms = units[i].ms;
	if (!ms || count > INT64_MAX / ms || count * ms < min || count * ms > max)
		return false;
	*ret = count * ms;
	return true;
}
