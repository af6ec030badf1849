#include "store/clock.h"

#include "store/sql.h"
#include "util/cleanup.h"

bool clock_load(struct tx *tx, struct clock_setting *ret, struct error *err)
{
	_cleanup_(query_done) struct query q = { 0 };

	*ret = (struct clock_setting){ 0 };
	if (!query_start(tx, &q, err, "SELECT shift, frozen_at FROM clock"))
		return false;
	if (query_next(&q, err)) {
		ret->shift = query_number(&q);
		ret->frozen_at = query_number(&q);
	}
	return !query_failed(&q);
}

bool clock_save(struct tx *tx, const struct clock_setting *setting, struct error *err)
{
	return sql_exec(tx, err,
		"INSERT INTO clock (id, shift, frozen_at) VALUES (1, ?, ?) "
		"ON CONFLICT (id) DO UPDATE SET shift = excluded.shift, "
		"frozen_at = excluded.frozen_at",
		N(setting->shift), N(setting->frozen_at));
}
