#include "util/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool fail(struct error *err, const char *code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);
	err->code = code;
	return false;
}

bool fail_errno(struct error *err, int number, const char *format, ...)
{
	va_list args;
	size_t used;
	char reason[128];

	va_start(args, format);
	(void)vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);
	used = strlen(err->message);
	(void)snprintf(err->message + used, sizeof(err->message) - used, ": %s",
		strerror_r(number, reason, sizeof(reason)));
	err->code = ERROR_INTERNAL;
	return false;
}

bool error_is(const struct error *err, const char *code)
{
	return err->code && strcmp(err->code, code) == 0;
}
