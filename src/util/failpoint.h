/*
 * Points at which a crash test kills the server. UNDERSTUDY_FAILPOINT=name[:n] makes the n-th pass
 * (the first, without :n) over the point of that name raise SIGKILL. A build with
 * -Dfailpoints=false has none.
 */
#pragma once

#ifdef UNDERSTUDY_FAILPOINTS
void failpoint(const char *format, ...) __attribute__((format(printf, 1, 2)));
#else
#define failpoint(...) ((void)0)
#endif
