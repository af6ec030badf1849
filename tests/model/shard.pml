/*
 * One shard of three nodes and its control plane: src/flow/failover.c (failover, replace), src/flow/recreate.c,
 * src/domain/remedy.c and src/domain/election.c, step by step. README.md says what stands for what.
 *
 * Nodes are killed and hang at any moment, a hung one may wake until it is fenced, a zone goes down, and the
 * control plane is killed before any act and between any act and its commit. How often is bounded.
 *
 * A rule is taken out with -D: NO_FENCE, CANDIDATE_AFTER, RESTART_IN_PLACE, KEEP_CANDIDATE,
 * NO_SECOND_LOOK. With -DWITNESS=n an assertion fails where something worth seeing happens.
 */
#ifndef KILLS
#define KILLS 2
#endif
#ifndef HANGS
#define HANGS 1
#endif
#ifndef CRASHES
#define CRASHES 2
#endif
#ifndef OUTAGES
#define OUTAGES 1
#endif

#define N 3
#define NOBODY 3

/* ---- the world ---- */

#define DEAD 0
#define ALIVE 1
#define HUNG 2 /* does not answer, holds what it holds, may wake up */

byte process[N] = ALIVE;
bool primary[N];  /* says that it is one */
bool copy[N] = true;     /* holds the whole data of the shard */
bool endpoint[N]; /* listens on the primary endpoint */
bool dark[N];     /* its zone is down */

#define LIVES(n) (process[n] != DEAD)

inline die(n)
{
	process[n] = DEAD;
	primary[n] = false;
	copy[n] = false;
	endpoint[n] = false
}

/* Never two unfenced primaries; one holder of the endpoint. Whoever is hung counts: it may wake. */
#define TWO(what) ((LIVES(0) && what[0] && LIVES(1) && what[1]) || \
	(LIVES(0) && what[0] && LIVES(2) && what[2]) || (LIVES(1) && what[1] && LIVES(2) && what[2]))

inline check()
{
	assert(!TWO(primary)); /* two-primaries */
	assert(!TWO(endpoint)) /* two-holders */
}

/* ---- the database ---- */

mtype = { none, failover, recreate,
	announce, isolate_primary, choose_replica, promote_replica, publish_primary, follow_primary,
	announce_recovery, isolate_node, move_reader, await_zone, replace_node, await_sync, finish,
	recreate_primary };

mtype flow = none; /* of the shard */
mtype step = none; /* its committed cursor */
byte candidate = NOBODY;
byte who = 0;      /* is the primary */
bool in_sync[N] = true;
mtype replace[N] = none; /* the committed cursor of the node's replacement; none: there is none */

/* ---- the control plane's memory ---- */

mtype at = none;   /* the cursor of the shard's flow: a step without a record moves it in memory only */
mtype rat[N] = none;
byte chosen;       /* CANDIDATE_AFTER */

byte kills, hangs, crashes, outages;

#ifdef WITNESS
#define SEEN(n) assert(WITNESS != n)
#else
#define SEEN(n) skip
#endif

/* The control plane may be killed here: what is not committed is forgotten. */
#define POINT if :: crashes < CRASHES -> crashes++; goto restart :: skip fi

/* A replica follows a primary: an empty primary empties it. */
inline follow(n, p)
{
	assert(copy[p] || !copy[n]); /* copy-wiped */
	primary[n] = false
}

#define EMPTY_HANDED(n) (process[n] != ALIVE || !copy[n] || n == who)

inline choose(ret)
{
	ret = NOBODY;
	if
	:: !EMPTY_HANDED(0) && !dark[0] -> ret = 0
	:: !EMPTY_HANDED(1) && !dark[1] -> ret = 1
	:: !EMPTY_HANDED(2) && !dark[2] -> ret = 2
	:: (EMPTY_HANDED(0) || dark[0]) && (EMPTY_HANDED(1) || dark[1]) &&
		(EMPTY_HANDED(2) || dark[2]) -> skip
	fi
}

inline fence(n)
{
	die(n)
}

#ifdef CANDIDATE_AFTER
#define CANDIDATE chosen
#else
#define CANDIDATE candidate
#endif

#ifdef KEEP_CANDIDATE
#define WAITED_FOR (process[CANDIDATE] != ALIVE)
#else
#define WAITED_FOR false
#endif

#define BOUND_ELSEWHERE(n) ((n != 0 && LIVES(0) && endpoint[0]) || \
	(n != 1 && LIVES(1) && endpoint[1]) || (n != 2 && LIVES(2) && endpoint[2]))

inline end_flow()
{
	flow = none; step = none; at = none; candidate = NOBODY
}

inline start_flow(which, first)
{
	flow = which; step = first; at = first; candidate = NOBODY
}

/* domain/remedy.c: a node that hangs counts as dead once that was noticed. */
#define PRIMARY_FAILED (flow == none && process[who] != ALIVE)
#define CAN_STAND(n) (n != who && process[n] == ALIVE)
#define TO_BE_REPLACED(n) (flow == none && process[who] == ALIVE && n != who && replace[n] == none && \
	(process[n] != ALIVE || !in_sync[n]))

/* Replacements wait for the shard's own flow, for their zone, and for a primary. */
#define HELD_BACK(n) ((rat[n] == await_zone && dark[n]) || \
	(rat[n] == replace_node && process[n] == DEAD && (process[who] != ALIVE || dark[n])) || \
	(rat[n] == await_sync && process[n] == ALIVE && process[who] != ALIVE))
#define CAN_REPLACE(n) (flow == none && rat[n] != none && (n == who || !HELD_BACK(n)))

inline start_replace(n)
{
	replace[n] = announce_recovery; rat[n] = announce_recovery
}

inline end_replace(n)
{
	replace[n] = none; rat[n] = none
}

/* One step of the workflow replace. */
inline replace_step(n)
{
	if
	:: n == who -> atomic { in_sync[n] = true; end_replace(n) } /* promoted meanwhile */
	:: n != who && rat[n] == announce_recovery ->
		POINT;
		atomic { in_sync[n] = false; replace[n] = isolate_node; rat[n] = isolate_node }
	:: n != who && rat[n] == isolate_node -> atomic { fence(n); rat[n] = move_reader }; POINT
	:: n != who && rat[n] == move_reader ->
		POINT;
		atomic { replace[n] = await_zone; rat[n] = await_zone }
	:: n != who && rat[n] == await_zone -> rat[n] = replace_node
	:: n != who && rat[n] == replace_node ->
		atomic {
			if
			:: process[n] == DEAD && process[who] == ALIVE && !dark[n] ->
				process[n] = ALIVE; rat[n] = await_sync
			:: process[n] != DEAD -> rat[n] = await_sync
			:: else -> skip
			fi
		};
		POINT
	:: n != who && rat[n] == await_sync ->
		atomic {
			if
			:: process[n] == ALIVE && process[who] == ALIVE ->
				assert(copy[who] || !copy[n]); /* copy-wiped */
				copy[n] = copy[who]; p = 1
			:: process[n] != ALIVE -> end_replace(n); p = 0 /* it died: abandoned */
			:: else -> p = 0
			fi
		};
		if
		:: p == 0 -> skip
		:: else -> POINT; atomic { in_sync[n] = true; replace[n] = finish; rat[n] = finish }
		fi
	:: n != who && rat[n] == finish -> POINT; end_replace(n)
	fi;
	p = 0
}

/* The others follow the new primary. One that is stopped is lost, and must not wake up. */
inline follow_all()
{
	for (i : 0 .. N - 1) {
		if
		:: i != who && process[i] == ALIVE && process[who] == ALIVE -> follow(i, who)
		:: i != who && process[i] == HUNG -> fence(i)
		:: else -> skip
		fi
	};
	i = 0; check()
}

inline synchronise_all()
{
	for (i : 0 .. N - 1) {
		if
		:: i != who && process[i] == ALIVE && in_sync[i] && process[who] == ALIVE -> copy[i] = copy[who]
		:: else -> skip
		fi
	};
	i = 0
}

/* An empty primary starts where the old one was, once nobody has a copy any more. The data begins anew
 * then: a copy is one of what is written from here on. */
inline recreate_it()
{
	p = 0;
#if !defined(NO_SECOND_LOOK) && !defined(RESTART_IN_PLACE)
	for (i : 0 .. N - 1) {
		if
		:: i != who && process[i] == HUNG -> fence(i) /* silent for too long */
		:: i != who && process[i] == ALIVE && copy[i] -> p = 1
		:: else -> skip
		fi
	};
	i = 0;
#endif
	if
	:: p == 1 -> end_flow() /* a replica holds the data after all */
	:: p == 0 && process[who] == DEAD ->
		for (i : 0 .. N - 1) {
			assert(!LIVES(i) || !copy[i]) /* copy-wiped */
		};
		i = 0;
		process[who] = ALIVE; primary[who] = true; copy[who] = true; check();
		at = publish_primary
	:: else -> at = publish_primary
	fi;
	p = 0
}

proctype control()
{
	byte i, p;

restart:
	skip;
	d_step {
		at = step; chosen = NOBODY; p = 0;
		for (i : 0 .. N - 1) { rat[i] = replace[i] };
		i = 0
	};
end:	do

	/* -------- monitor -------- */

	:: PRIMARY_FAILED ->
		POINT;
		atomic {
			if
			:: !PRIMARY_FAILED -> skip
#ifdef RESTART_IN_PLACE
			:: PRIMARY_FAILED -> start_flow(recreate, isolate_primary)
#else
			:: PRIMARY_FAILED && (CAN_STAND(0) || CAN_STAND(1) || CAN_STAND(2)) ->
				start_flow(failover, announce)
			:: PRIMARY_FAILED && !(CAN_STAND(0) || CAN_STAND(1) || CAN_STAND(2)) ->
				start_flow(recreate, isolate_primary)
#endif
			fi
		}
	:: atomic { TO_BE_REPLACED(0) -> start_replace(0) }
	:: atomic { TO_BE_REPLACED(1) -> start_replace(1) }
	:: atomic { TO_BE_REPLACED(2) -> start_replace(2) }

	/* -------- failover -------- */

	:: flow == failover && at == announce ->
		POINT;
		atomic { step = isolate_primary; at = isolate_primary }
	:: flow == failover && at == isolate_primary ->
#ifndef NO_FENCE
		atomic { fence(who) };
#endif
		POINT;
		at = choose_replica
	:: flow == failover && at == choose_replica ->
		atomic { choose(p) };
		POINT;
		atomic {
			if
			:: p == NOBODY -> start_flow(recreate, isolate_primary)
			:: else ->
#ifdef CANDIDATE_AFTER
				chosen = p;
#else
				candidate = p; step = promote_replica;
#endif
				at = promote_replica
			fi;
			p = 0
		}
	:: flow == failover && at == promote_replica && !WAITED_FOR ->
		atomic {
			if
			:: process[CANDIDATE] == ALIVE -> primary[CANDIDATE] = true; check();
				at = publish_primary
			:: else -> SEEN(4); fence(CANDIDATE); end_flow() /* chosen anew */
			fi
		};
		POINT
	:: flow == failover && at == publish_primary &&
		!(process[CANDIDATE] == ALIVE && BOUND_ELSEWHERE(CANDIDATE)) ->
		atomic {
			if
			:: process[CANDIDATE] == ALIVE -> endpoint[CANDIDATE] = true; check(); p = 1
			:: else -> fence(CANDIDATE); end_flow(); p = 0
			fi
		};
		if
		:: p == 0 -> skip
		:: else ->
			if
			:: crashes < CRASHES -> SEEN(3); crashes++; goto restart
			:: skip
			fi;
			atomic {
				in_sync[who] = false;
				if
				:: replace[who] == none -> start_replace(who)
				:: else -> skip
				fi;
				who = CANDIDATE; in_sync[who] = true;
				step = follow_primary; at = follow_primary; p = 0
			}
		fi
	:: flow == failover && at == follow_primary ->
		atomic { follow_all() };
		POINT;
		atomic { SEEN(1); end_flow() }

	/* -------- recreate -------- */

	:: flow == recreate && at == isolate_primary ->
		atomic { fence(who) };
		POINT;
		at = announce_recovery
	:: flow == recreate && at == announce_recovery ->
		POINT;
		atomic { in_sync[who] = false; step = await_zone; at = await_zone }
	:: flow == recreate && at == await_zone && !dark[who] -> at = recreate_primary
	:: flow == recreate && at == recreate_primary && (process[who] != DEAD || !dark[who]) ->
		atomic { recreate_it() };
		POINT
	:: flow == recreate && at == publish_primary &&
		!(process[who] == ALIVE && BOUND_ELSEWHERE(who)) ->
		atomic {
			if
			:: process[who] == ALIVE -> endpoint[who] = true; check(); p = 1
			:: else -> fence(who); end_flow(); p = 0 /* silent for too long, or dead */
			fi
		};
		if
		:: p == 0 -> skip
		:: else ->
			POINT;
			atomic { in_sync[who] = true; step = follow_primary; at = follow_primary; p = 0 }
		fi
	:: flow == recreate && at == follow_primary ->
		atomic { follow_all() };
		POINT;
		atomic { step = await_sync; at = await_sync }
	:: flow == recreate && at == await_sync -> atomic { synchronise_all(); at = finish }; POINT
	:: flow == recreate && at == finish ->
		POINT;
		atomic { SEEN(2); end_flow() }

	/* -------- replace -------- */

	:: CAN_REPLACE(0) -> replace_step(0)
	:: CAN_REPLACE(1) -> replace_step(1)
	:: CAN_REPLACE(2) -> replace_step(2)
	od
}

/* ---- what befalls it ---- */

bool sleeps[N]; /* this hung node will not wake by itself */

#define MISFORTUNE(n) \
	:: atomic { LIVES(n) && kills < KILLS -> kills++; die(n) } \
	:: atomic { process[n] == ALIVE && hangs < HANGS -> hangs++; process[n] = HUNG; sleeps[n] = false } \
	:: atomic { process[n] == ALIVE && hangs < HANGS -> hangs++; process[n] = HUNG; sleeps[n] = true } \
	:: atomic { process[n] == HUNG && !sleeps[n] -> process[n] = ALIVE; check() } \
	:: atomic { !dark[n] && outages < OUTAGES -> outages++; dark[n] = true; die(n) } \
	:: dark[n] -> dark[n] = false

proctype world()
{
end:	do
	MISFORTUNE(0)
	MISFORTUNE(1)
	MISFORTUNE(2)
	od
}

/* With -DTIME, for liveness: it goes on whatever happens, so that to wait for ever is a run like any other. */
proctype time()
{
end:	do
	:: skip; skip
	od
}

init {
	atomic {
		primary[0] = true; endpoint[0] = true;
		run control();
		run world()
#ifdef TIME
		; run time()
#endif
	}
}

#define WELL(n) (process[n] == ALIVE && copy[n] && in_sync[n] && replace[n] == none && \
	primary[n] == (who == n) && endpoint[n] == (who == n))

ltl converges { <> [] (flow == none && WELL(0) && WELL(1) && WELL(2)) }
