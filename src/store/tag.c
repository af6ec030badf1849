#include "store/tag.h"

#include "store/sql.h"

bool tag_set(struct tx *tx, const char *arn, const char *key, const char *value, struct error *err)
{
	return sql_exec(tx, err,
		"INSERT INTO tag (arn, key, value) VALUES (?, ?, ?) "
		"ON CONFLICT (arn, key) DO UPDATE SET value = excluded.value",
		T(arn), T(key), T(value));
}

bool tag_delete_all(struct tx *tx, const char *arn, struct error *err)
{
	return sql_exec(tx, err, "DELETE FROM tag WHERE arn = ?", T(arn));
}
