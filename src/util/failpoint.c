#include "util/failpoint.h"

#ifdef UNDERSTUDY_FAILPOINTS

#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void failpoint(const char *format, ...)
{
	static atomic_int passes;
	const char *armed = getenv("UNDERSTUDY_FAILPOINT");
	const char *colon = armed ? strrchr(armed, ':') : NULL;
	int nth = colon ? atoi(colon + 1) : 1;
	size_t length = colon ? (size_t)(colon - armed) : armed ? strlen(armed) : 0;
	char name[128];
	va_list args;

	if (!armed)
		return;
	va_start(args, format);
	(void)vsnprintf(name, sizeof(name), format, args);
	va_end(args);
	if (strlen(name) == length && strncmp(name, armed, length) == 0 &&
		atomic_fetch_add(&passes, 1) + 1 == nth)
		(void)raise(SIGKILL);
}

#else
typedef int failpoint_is_not_compiled;
#endif
