/* The functions of the routes, each in the file that is named after what it is about. */
#pragma once

#include "operator/exchange.h"

/* about.c */
exchange_fn route_health, route_version;

/* break.c */
exchange_fn route_fail, route_lag, route_fail_step, route_heal;

/* clock.c */
exchange_fn route_clock, route_clock_advance, route_clock_freeze, route_clock_resume;

/* state.c, events.c, metrics.c */
exchange_fn route_state, route_events, route_metrics;

/* routes.c */
exchange_fn route_index;

/* zones.c */
exchange_fn route_zones, route_zone_down, route_zone_up, route_zone_close, route_zone_open;
