/*
 * The delivery protocol, as porch, one or two hosts, their ledgers and the peer play it.
 *
 * What is modelled, what is left out and why that is sound: README.md beside this file.
 * Words are those of the code: TaskState, DeliveryState and TaskStatus, and the functions of
 * core/host and core/ledger that a step stands for are named where the step is.
 *
 * Every atomic block is one step that others can see or that outlives the process: a commit of a
 * ledger, a request to porch, an exchange with the peer. Between two steps everything may happen:
 * other hosts go on, time passes, this process dies or stands still.
 */

/* ---- bounds; ./check and ./break set them ---- */
#ifndef HOSTS
#define HOSTS 1
#endif
#ifndef TASKS
#define TASKS 1
#endif
#ifndef RECIPIENTS
#define RECIPIENTS 1        /* of each task; each is one delivery */
#endif
#ifndef FAULTS
#define FAULTS 2            /* of any kind, at any step: see README.md */
#endif
#ifndef OUTAGES
#define OUTAGES 0           /* of transport, warehouse or LangQC as a whole, while the queue is up */
#endif
#ifndef PACE
#define PACE 1              /* a host that is well looks in each hour that begins; 2: in each second one;
                               3: when it likes */
#endif
#ifndef STOPS
#define STOPS 1             /* SIGTERM, or the run's time is over */
#endif
#ifndef DAYS
#define DAYS 0              /* 1: give_up_after is over for what is held by then; 2: and a day */
#endif
#ifndef COMMANDS
#define COMMANDS 0          /* that the operator may give: those of operator.table */
#endif
#ifndef RESTORES
#define RESTORES 0          /* of a backup of host 0's ledger */
#endif
#ifndef KEEPER
#define KEEPER (HOSTS - 1)  /* the host with stale = return; the others have stale = report */
#endif
#ifndef STALE_AFTER
#define STALE_AFTER 6       /* stale_after, in hours begun: README.md, "Time" */
#endif
/* LOSES_A_HOST: host 0 may be gone for ever at any step.
   GONE_MAY_BE_WRONG: the operator says --gone of a host that is alive.
   POISON: composing task 0 ends the process, each time.
   NEVER_COMPOSED: task 0 cannot be composed yet, each time.
   NEVER_TAKEN: the peer answers "try again" for ever.
   LEFTOVER: task 0 was CLAIMED by an earlier program, which may have told of it.
   FEW_COMMANDS: of the commands, takeover and retry.
   CHANGES: how often contacts or wording change; the recipients are then two addresses of one person,
   of which the contacts name one.
   ABOUT: task 1 is about the same thing as task 0, and of a later date; it is added at any
   time. ALIKE: and says the same.
   HANDS: how often somebody sets a task to PENDING, DONE, FAILED or CANCELLED in the queue.
   HOLD: in_doubt = hold. */

#define CLAIM_LIFE 2        /* hours that begin; a claim is young while fewer have begun since */
#define DEATHS_ALLOWED 3    /* kDeathsAllowed */
#define LONG 2              /* saturation: longer makes no difference */
#define RARE 3              /* hours begun between two looks that are too far apart to count */
#define NOT 3               /* no claim is being asked for */

mtype = {
    PENDING, CLAIMED, RUNNING, DONE, FAILED, CANCELLED,      /* queue::TaskStatus */
    none, taken, running, done, failed, released,            /* ledger::TaskState, none: no row */
    absent, composed, sending, accepted, deferred, refused,  /* ledger::DeliveryState, */
    unknown, held, cancelled, expired, superseded, repeated, /* absent: not composed yet; */
    moved                                                    /* moved: not addressed any more */
};

typedef Row {
    mtype state;
    byte age;               /* of the claim, in hours begun */
    byte budget;            /* 0; 1: give_up_after is over; 2: and a day */
    byte deaths;
    bool open;              /* attempt_open: an attempt to compose was begun and not ended */
    bool later;             /* nextAttempt: something is to be composed again */
    mtype recipient[RECIPIENTS];
    bool doubted[RECIPIENTS] /* a copy was in doubt: it may have arrived */
#ifdef CHANGES
    ; byte text[RECIPIENTS]  /* the wording that was frozen */
#endif
};
typedef Watch {
    mtype status;
    bool quiet;             /* quietUntil: for an hour after a give-back */
    byte watched            /* CLAIMED: in hours; RUNNING: in days */
#ifdef LEFTOVER
    ; bool early            /* beforeFirstLook: it was CLAIMED before this host first looked */
#endif
};
typedef Ledger {
    Row row[TASKS];
    Watch watch[TASKS]
};

mtype porch[TASKS] = PENDING;
Ledger ledger[HOSTS];
byte noted[HOSTS] = NOT;    /* Runner::claimUntilDrained: age of the time noted before the request */
byte since[HOSTS];          /* StaleWatch: hours begun since the last look */
#ifdef LEFTOVER
bool lookedBefore[HOSTS];
#endif
bool giving[HOSTS];         /* between the decision to give back and the request's effect */
bool inRun[HOSTS];
byte begun[HOSTS];          /* hours begun in this run; only kept where PACE is not 1 */
bool down[HOSTS];           /* died, and not started again */
bool gone[HOSTS];           /* for ever */

byte faults = FAULTS;
byte outages = OUTAGES;
byte days = DAYS;
byte stops = STOPS;
byte commands = COMMANDS;

#ifdef CHANGES
byte contact;               /* the address that the contacts name */
byte wording;
byte got[RECIPIENTS];       /* the wording that an address got, and 1 */
#endif
#ifdef ABOUT
bool newerTold[HOSTS * RECIPIENTS];     /* a copy of task 1 left this ledger for the recipient */
byte alike[HOSTS * RECIPIENTS];         /* copies of both */
#endif
#if defined(CHANGES) || defined(ABOUT)
bool retold;                /* told again on purpose */
#endif

/* What nobody in the system knows: the peer's record, and why a copy may be a second one. */
byte copies[TASKS * RECIPIENTS];
byte excused[TASKS * RECIPIENTS];
byte own[HOSTS * TASKS * RECIPIENTS];    /* copies that one ledger sent */
byte words[HOSTS * TASKS * RECIPIENTS];  /* copies more that its operator asked for */
bool arrived[HOSTS];        /* the peer took the message of the attempt at hand */
byte returned[TASKS];       /* how often a task went back to PENDING */
byte died[TASKS];           /* how often composing it ended a process */

#if RESTORES
Row saved[TASKS];
bool hasBackup;
byte restores = RESTORES;
#endif

#define ROW ledger[h].row[t]
#define WATCH ledger[h].watch[t]
#define STATE(r) ledger[h].row[t].recipient[r]
#define OTHERS(r) ledger[h].row[1 - t].recipient[r]
#define DOUBTED(r) ledger[h].row[t].doubted[r]
#define NUMBER(t, r) ((t) * RECIPIENTS + (r))
#define HERE(r) ((h) * TASKS * RECIPIENTS + NUMBER(t, r))
#define IS_FINAL(s) ((s) == accepted || (s) == refused || (s) == cancelled || (s) == expired || \
    (s) == superseded || (s) == repeated || (s) == moved)
#define IS_DUE(s) ((s) == composed || (s) == deferred || (s) == unknown)
#define TELLABLE(s) ((s) == CLAIMED || (s) == RUNNING)

#ifdef WITHOUT_CLAIM_LIFE
#define YOUNG true
#else
#define YOUNG (ROW.age < CLAIM_LIFE)
#endif

#ifdef WITHOUT_YOUNG_IN_AN_OUTAGE
#define YOUNG_IN_OUTAGE true
#else
#define YOUNG_IN_OUTAGE YOUNG
#endif

#ifdef WITHOUT_ONE_KEEPER
#define KEEPS(h) true
#else
#define KEEPS(h) ((h) == KEEPER)
#endif

#if HOSTS == 1
#define ANY_HOST(p) (p(0))
#define OTHER(p) false
#else
#define ANY_HOST(p) (p(0) || p(1))
#define OTHER(p) p(1 - h)
#endif
#if RECIPIENTS == 1
#define ALL_RECIPIENTS(p) (p(0))
#define SOME_RECIPIENT(p) (p(0))
#else
#define ALL_RECIPIENTS(p) (p(0) && p(1))
#define SOME_RECIPIENT(p) (p(0) || p(1))
#endif
#if TASKS == 1
#define DIED died[0]
#else
#define DIED (died[0] + died[1])
#endif
#if TASKS == 1
#define ALL_TASKS(p) (p(0))
#define SOME_TASK(p) (p(0))
#else
#define ALL_TASKS(p) (p(0) && p(1))
#define SOME_TASK(p) (p(0) || p(1))
#endif

#ifdef POISON
#define KILLS(t) ((t) == 0)
#else
#define KILLS(t) false
#endif
#ifdef NEVER_COMPOSED
#define UNKNOWN_YET(t) ((t) == 0)
#else
#define UNKNOWN_YET(t) false
#endif

/* When the operator gives a command: the cells of operator.table, whose guards the script `guards`
   makes of it, and what their words mean. --gone is only said where it is true: of a host that is
   gone, or that holds nothing of the task and is not at work. */
#define UNHELD(s) ((s) == none || (s) == released)
#define BUSY_WITH(x) (!gone[x] && (inRun[x] || !UNHELD(ledger[x].row[t].state)))
#define AT_WORK(x) (!gone[x] && (inRun[x] || ledger[x].row[t].state == taken || \
    ledger[x].row[t].state == running && ledger[x].row[t].budget < 2))
#ifdef GONE_MAY_BE_WRONG
#define GONE true
#else
#define GONE (!OTHER(BUSY_WITH))
#endif
#define WATCHED (porch[t] == RUNNING && WATCH.status == RUNNING && WATCH.watched >= 2)
#ifdef LEFTOVER
#define EARLY WATCH.early
#else
#define EARLY false
#endif
#ifdef WITHOUT_LEAVING_LEFTOVERS
#define LEFT_ALONE false
#else
#define LEFT_ALONE EARLY
#endif
#define ANSWER_yes true
#ifdef WITHOUT_GONE_FOR_WHAT_IS_PAST
#define ANSWER_past true
#else
#define ANSWER_past (ROW.budget < 2 || GONE)
#endif
#ifdef WITHOUT_WATCHING_BEFORE_TAKEOVER
#define ANSWER_watched true
#else
#define ANSWER_watched (WATCHED || GONE)
#endif
#ifdef WITHOUT_EARLY
#define ANSWER_early true
#else
#define ANSWER_early EARLY
#endif
#define ANSWER_leftover (EARLY && GONE)
#define ANSWER_gone GONE
#define ANSWER_close true
#if COMMANDS
#include "operator.pml"
#define HELD_HERE(r) (STATE(r) == held)
/* While a command is at work, the host is. */
#define GIVEN commands--; inRun[h] = true
#define CAN(command) (commands > 0 && MAY_##command(ROW.state, porch[t]))
#ifdef WITHOUT_REFUSING_RETRY_OF_DONE
#define CAN_RETRY (CAN(retry) || commands > 0 && ROW.state == running && porch[t] == DONE)
#else
#define CAN_RETRY CAN(retry)
#endif
#endif

/* What counts of the time between two looks: up to two hours begun; after more it starts again. */
#ifdef WITHOUT_HOURLY_LOOKS
#define COUNTS(hours) ((hours) < 2)
#else
#define COUNTS(hours) ((hours) < RARE)
#endif
#ifdef WITHOUT_STARTING_AGAIN
#define TOO_FAR_APART false
#else
#define TOO_FAR_APART true
#endif

/* ---- steps that several places share ---- */

/* The process dies here, and is started again some time, or its host is gone for ever. */
inline mayDie()
{
    if
    :: true
    :: faults > 0 -> faults--; printf("host %d dies\n", h); goto dies
#ifdef LOSES_A_HOST
    :: h == 0 -> gone[h] = true; printf("host %d is gone for ever\n", h); goto lost
#endif
    fi
}

/* TaskQueue::update: one request; it or its answer may be lost. */
inline put(word)
{
    if
    :: answered = true; set(word); printf("host %d PUTs %e\n", h, word)
    :: faults > 0 -> faults--; answered = false; 
        printf("host %d PUTs %e: the request is lost\n", h, word)
    :: faults > 0 -> faults--; answered = false; set(word);
        printf("host %d PUTs %e: the answer is lost\n", h, word)
    fi
}

inline set(word)
{
    if
    :: word == PENDING && porch[t] != PENDING ->
        returned[t]++;
        /* No ping-pong: each return has a fault, a stop, a lost host or days without us of its
           own. Without these rules this fails first, and would hide what else they prevent. */
#if !defined(WITHOUT_ONE_KEEPER) && !defined(WITHOUT_ATTEMPT_COUNT) && \
    !defined(WITHOUT_STARTING_AGAIN)
        assert(returned[t] <= FAULTS - faults + STOPS - stops + DIED + (DAYS - days) * HOSTS + gone[0])
#endif
    :: word == DONE || word == FAILED -> assertFinal()
    :: else
    fi;
    porch[t] = word
}

/* Ledger::released: from here on the row is dormant. */
inline letGo()
{
    printf("host %d: released\n", h);
    ROW.state = released;
#ifndef WITHOUT_DORMANT_ROWS
    ROW.age = 0;
#endif
    ROW.open = false
}

#if RESTORES
inline copyRow(to, from)
{
    to.state = from.state;
    to.age = from.age;
    to.budget = from.budget;
    to.deaths = from.deaths;
    to.open = from.open;
    to.later = from.later;
    r = 0;
    do
    :: r < RECIPIENTS ->
        to.recipient[r] = from.recipient[r];
        to.doubted[r] = from.doubted[r];
        r++
    :: else -> r = 0; break
    od
}
#endif

#ifdef HOLD
#define SECOND_COPY(r) 0
#else
#define SECOND_COPY(r) DOUBTED(r)
#endif

/* The peer takes one copy. */
inline peerTakes()
{
    printf("host %d: THE PEER TAKES a copy for recipient %d\n", h, r);
    arrived[h] = true;
    copies[NUMBER(t, r)]++;
    /* Nobody is told twice but for a reason that was recorded before. */
#ifdef CHANGES
    /* Nobody gets two different messages of one notification, and no person one at each address,
       unless one was in doubt or the operator asked. */
    assert(retold || got[r] == 0 || got[r] == 1 + ROW.text[r]);
    assert(retold || got[1 - r] == 0 || DOUBTED(r) || DOUBTED(1 - r));
    got[r] = 1 + ROW.text[r];
#endif
#ifdef ABOUT
    /* The last word that one ledger says about a thing is the latest. */
#ifdef LAST_WORD_OF_ALL_HOSTS
    assert(retold || t == 1 || !newerTold[r] && !newerTold[(HOSTS - 1) * RECIPIENTS + r]);
#else
    assert(retold || t == 1 || !newerTold[h * RECIPIENTS + r]);
#endif
    newerTold[h * RECIPIENTS + r] = newerTold[h * RECIPIENTS + r] || t == 1;
#ifdef ALIKE
    alike[h * RECIPIENTS + r]++;
#define DOUBT_OF(t) (ledger[h].row[t].doubted[r] + words[(h) * TASKS * RECIPIENTS + NUMBER(t, r)])
    assert(retold || alike[h * RECIPIENTS + r] <= 1 + DOUBT_OF(0) + DOUBT_OF(1));
#endif
#endif
    assert(copies[NUMBER(t, r)] <= 1 + excused[NUMBER(t, r)]);
    /* One ledger sends two copies at most, the second only where the first was in doubt; with
       in_doubt = hold one. More only on the operator's word. */
    own[HERE(r)]++;
    assert(own[HERE(r)] <= 1 + SECOND_COPY(r) + words[HERE(r)])
}

/* The ledger records that a message may have left: the gap after the commit point. */
inline inDoubt()
{
    printf("host %d: in doubt\n", h);
#if defined(HOLD)
    STATE(r) = held;
#elif defined(WITHOUT_TWO_COPIES)
    STATE(r) = unknown;
#else
    STATE(r) = (DOUBTED(r) -> held : unknown);
#endif
    DOUBTED(r) = true;
    if
    :: arrived[h] -> arrived[h] = false; excused[NUMBER(t, r)]++
    :: else
    fi
}

#ifdef WITHOUT_KEEPING_WHAT_IS_IN_DOUBT
#define KEEPS_ITS_BYTES(r) false
#else
#define KEEPS_ITS_BYTES(r) DOUBTED(r)
#endif

/* What an operator's word makes due; of what was in doubt that is one copy more. */
inline dueAgain()
{
    STATE(r) = (DOUBTED(r) -> unknown : deferred);
    words[HERE(r)] = words[HERE(r)] + DOUBTED(r);
#if defined(ABOUT) && !defined(WITHOUT_SUPERSEDING_WHAT_IS_DUE_AGAIN)
    if
    :: t == 0 && OTHERS(r) != absent && OTHERS(r) != repeated -> STATE(r) = superseded
    :: else
    fi
#endif
}

/* retry: what may have arrived keeps its bytes; all else is composed as the facts are now. */
inline composedAnew()
{
    if
    :: KEEPS_ITS_BYTES(r) -> dueAgain()
    :: else ->
        STATE(r) = absent;
        DOUBTED(r) = false;
        ROW.later = true
    fi
}

#define FINAL_HERE(r) IS_FINAL(STATE(r))
#define TOLD_HERE(r) (STATE(r) == accepted)
#define LOST_HERE(r) (STATE(r) == refused || STATE(r) == expired || STATE(r) == cancelled)
#define COMPOSED_HERE(r) (STATE(r) != absent)
#define ALL_FINAL (!ROW.later && ALL_RECIPIENTS(FINAL_HERE))

/* DONE and FAILED are only said by a ledger that is final, and nobody is left untold unsaid. */
#define TOLD_OR_RECORDED(r) \
    (STATE(r) == accepted -> copies[NUMBER(t, r)] > 0 : IS_FINAL(STATE(r)))
inline assertFinal()
{
    assert(ROW.state == done || ROW.state == failed);
    assert(ALL_RECIPIENTS(TOLD_OR_RECORDED));
    assert(ROW.state == done || !SOME_RECIPIENT(TOLD_HERE));
    assert(ROW.state == failed || SOME_RECIPIENT(TOLD_HERE) || !SOME_RECIPIENT(LOST_HERE))
}

/* What becomes of a recipient when it is composed. */
inline frozen()
{
    STATE(r) = composed;
#ifdef CHANGES
    ROW.text[r] = wording;
    if
    :: r != contact -> STATE(r) = moved
    :: else
    fi;
#endif
#ifdef ABOUT
    if
#ifndef WITHOUT_SUPERSEDING_AT_ONCE
    :: t == 0 && OTHERS(r) != absent -> STATE(r) = superseded
#endif
#if defined(ALIKE) && !defined(WITHOUT_REPEATED)
#define SAID_ALREADY(r) (OTHERS(r) == accepted || ledger[h].row[1 - t].doubted[r])
#else
#define SAID_ALREADY(r) false
#endif
    :: t == 1 && SAID_ALREADY(r) -> STATE(r) = repeated
#ifndef WITHOUT_SUPERSEDING
    :: t == 1 && !SAID_ALREADY(r) &&
       (OTHERS(r) == composed || OTHERS(r) == deferred || OTHERS(r) == held) -> OTHERS(r) = superseded
#endif
#ifndef WITHOUT_SUPERSEDING_WHAT_IS_IN_DOUBT
    :: t == 1 && !SAID_ALREADY(r) && OTHERS(r) == unknown -> OTHERS(r) = superseded
#endif
    :: else
    fi;
#endif
    printf("host %d: recipient %d: %e\n", h, r, STATE(r))
}

inline tellQueue()
{
    if
    :: ROW.state == done -> put(DONE)
    :: else -> put(FAILED)
    fi
}

/* ---- one host: cron starts `run` again and again, and sometimes the operator a command ---- */

proctype host(byte h)
{
    byte t, r, phase;
    mtype seen[TASKS];      /* what the lists showed */
    bool due[TASKS];        /* to be gone on with in this phase */
    bool last[TASKS];       /* Runner::_last */
    bool stale[TASKS];
    bool answered, doubt, wanted, whole;

idle:
    atomic {
        inRun[h] = false;
        begun[h] = 0;
        t = 0; r = 0; phase = 0; answered = false; doubt = false; wanted = false; whole = false;
        do
        :: t < TASKS -> seen[t] = none; due[t] = false; last[t] = false; stale[t] = false; t++
        :: else -> t = 0; break
        od
    }
endIdle:
    atomic {
        if
#if RESTORES
        :: true -> goto recover
        :: h == 0 && !hasBackup -> goto backup
        :: h == 0 && hasBackup && restores > 0 -> goto restore
#else
#define UNFINISHED(t) (porch[t] != DONE && porch[t] != FAILED && porch[t] != CANCELLED)
        :: SOME_TASK(UNFINISHED) -> goto recover
#endif
#if COMMANDS
        :: CAN(takeover) -> GIVEN; goto takeover
        :: CAN_RETRY -> GIVEN; goto retry
#ifndef FEW_COMMANDS
        :: CAN(approve) && SOME_RECIPIENT(HELD_HERE) -> GIVEN; goto approve
        :: CAN(cancel) && !ALL_FINAL -> GIVEN; goto cancel
        :: CAN(retell) -> GIVEN; goto retell
#endif
#ifdef LEFTOVER
        :: CAN(told) -> GIVEN; goto told
#endif
#endif
        fi
    }

    /* Ledger::recover */
recover:
    atomic {
        mayDie();
        printf("host %d: run\n", h);
        inRun[h] = true;
        down[h] = false;
        do
        :: t < TASKS ->
            if
            :: (ROW.state == taken || ROW.state == running) && ROW.open ->
#ifndef WITHOUT_ATTEMPT_COUNT
                ROW.deaths++;
#endif
                ROW.open = false
            :: else
            fi;
            r = 0;
            do
            :: r < RECIPIENTS ->
                if
                :: STATE(r) == sending ->
                    inDoubt();
#ifdef WITHOUT_DOUBT_ON_RECORD
                    STATE(r) = unknown
#endif
                :: else
                fi;
                r++
            :: else -> r = 0; break
            od;
            t++
        :: else -> t = 0; break
        od;
        arrived[h] = false
    }

    /* Runner::list: CLAIMED, then RUNNING */
    atomic {
        if
        :: true
        :: faults > 0 -> faults--; goto idle
        fi;
        do
        :: t < TASKS -> seen[t] = (porch[t] == CLAIMED -> CLAIMED : none); t++
        :: else -> t = 0; break
        od
    }
    atomic {
        do
        :: t < TASKS -> seen[t] = (porch[t] == RUNNING -> RUNNING : seen[t]);
            printf("host %d: sees task %d as %e, has it %e\n", h, t, seen[t], ROW.state);
            t++
        :: else -> t = 0; break
        od
    }

    /* Runner::resume and sort */
    do
    :: atomic { t < TASKS ->
        if
#ifdef WITHOUT_DORMANT_ROWS
        :: (ROW.state == taken || ROW.state == released) && seen[t] != none && YOUNG ->
            ROW.state = taken;
            due[t] = true
#else
        :: ROW.state == taken && seen[t] != none && YOUNG ->
            if
            :: ROW.deaths > 0 -> last[t] = true
            :: else -> due[t] = true
            fi
#endif
        :: ROW.state == taken && !(seen[t] != none && YOUNG) ->
            mayDie();
            letGo()
        :: ROW.state == running && seen[t] == RUNNING ->
            if
            :: ROW.deaths > 0 -> last[t] = true
            :: else -> due[t] = true
            fi
        :: else                      /* hands off, dormant, or final */
        fi;
        t++ }
    :: atomic { t >= TASKS -> t = 0; break }
    od;

    /* Runner::tellFinalAgain */
    do
    :: atomic { t < TASKS ->
#ifdef WITHOUT_TELLING_AGAIN
        t++
#else
        if
        :: seen[t] != none && (ROW.state == done || ROW.state == failed && ROW.budget < 2) ->
            mayDie();
            tellQueue();
            if
            :: answered -> t++
            :: !answered             /* the client tries again */
            :: !answered -> goto idle
            fi
        :: else -> t++
        fi
#endif
        }
    :: atomic { t >= TASKS -> t = 0; break }
    od;

    /* StaleWatch::look: on record first */
    atomic {
        mayDie();
        do
        :: t < TASKS ->
            if
            :: seen[t] != none && (ROW.state == none || ROW.state == released) ->
                if
                :: WATCH.status != seen[t] ->
                    WATCH.status = seen[t];
                    WATCH.watched = 0;
                    WATCH.quiet = false
#ifdef LEFTOVER
                    ; WATCH.early = (seen[t] == CLAIMED && !lookedBefore[h])
#endif
                :: WATCH.status == seen[t] && seen[t] == CLAIMED && since[h] > 0 && COUNTS(since[h]) ->
                    WATCH.watched = (WATCH.quiet -> WATCH.watched : WATCH.watched + since[h]);
                    WATCH.watched = (WATCH.watched > STALE_AFTER -> STALE_AFTER : WATCH.watched);
                    WATCH.quiet = false
                :: WATCH.status == seen[t] && seen[t] == CLAIMED && !COUNTS(since[h]) ->
                    WATCH.watched = (TOO_FAR_APART -> 0 : STALE_AFTER);
                    WATCH.quiet = false
                :: else
                fi;
                if
                :: seen[t] == CLAIMED && WATCH.watched >= STALE_AFTER && !LEFT_ALONE ->
                    WATCH.watched = (KEEPS(h) -> 0 : STALE_AFTER);
                    stale[t] = KEEPS(h);
                    WATCH.quiet = KEEPS(h)
                :: else
                fi
            :: else -> WATCH.status = none; WATCH.watched = 0; WATCH.quiet = false
            fi;
            t++
        :: else -> t = 0; break
        od;
        since[h] = 0;
#ifdef LEFTOVER
        lookedBefore[h] = true;
#endif
        printf("host %d: looked\n", h)
    }
    do
    :: atomic { t < TASKS ->
        if
        :: stale[t] ->
            mayDie();
            put(PENDING);
#ifdef WITHOUT_PENDING_ONCE
            stale[t] = !answered
#else
            stale[t] = false
#endif
        :: else -> t++
        fi }
    :: atomic { t >= TASKS -> t = 0; break }
    od;

    /* Runner::work: next task, or the next phase */
next:
    atomic {
        answered = false; doubt = false; wanted = false; whole = false; r = 0; t = 0;
        do
        :: t < TASKS && !due[t] -> t++
        :: else -> break
        od;
        if
        :: t < TASKS -> due[t] = false; goto process
        :: t < TASKS && stops > 0 -> stops--; printf("host %d: SIGTERM\n", h); goto stopped
        :: t >= TASKS && phase == 2 -> goto idle
        :: t >= TASKS && phase < 2 -> t = 0
        fi
    }

    /* Runner::claimUntilDrained: the time is noted before the request */
    atomic {
#define IS_PENDING(t) (porch[t] == PENDING)
        if
        :: SOME_TASK(IS_PENDING) -> noted[h] = 0; printf("host %d notes the time\n", h)
        :: else ->                   /* drained */
            phase = 2;
            do
            :: t < TASKS -> due[t] = last[t]; last[t] = false; t++
            :: else -> t = 0; break
            od;
            goto next
        fi
    }
    atomic {
        mayDie();
        if
        :: answered = true
        :: faults > 0 -> faults--; goto unclaimed
        :: faults > 0 -> faults--; answered = false
        fi;
        do
        :: t < TASKS ->
            if
            :: porch[t] == PENDING -> porch[t] = CLAIMED; due[t] = true; printf("host %d claims task %d\n", h, t)
            :: else
            fi;
            t++
        :: else -> t = 0; break
        od;
        if
        :: answered -> answered = false
        :: else -> goto unclaimed
        fi
    }
    /* Ledger::taken: the first write after the answer */
    atomic {
        mayDie();
        do
        :: t < TASKS ->
            if
            :: due[t] && ROW.state != done && ROW.state != failed ->
                printf("host %d: taken\n", h);
                ROW.state = taken;
#ifdef WITHOUT_TIME_BEFORE_CLAIM
                ROW.age = 0;
#else
                ROW.age = noted[h];
#endif
                ROW.budget = 0;
                last[t] = ROW.deaths > 0;
                due[t] = !last[t]
            :: else
            fi;
            t++
        :: else -> t = 0; break
        od;
        noted[h] = NOT;
        phase = 1
    }
    /* what this ledger had ended is told again */
    do
    :: atomic { t < TASKS ->
        if
        :: due[t] && (ROW.state == done || ROW.state == failed) ->
            mayDie();
            due[t] = false;
            if
            :: ROW.state == done || ROW.budget < 2 -> tellQueue()
            :: else
            fi
        :: else
        fi;
        t++ }
    :: atomic { t >= TASKS -> t = 0; goto next }
    od;

unclaimed:
    atomic { noted[h] = NOT; goto idle }

    /* TaskWork::process */
process:
    atomic {
        mayDie();
        if
        :: ROW.state == taken && !YOUNG -> letGo(); goto next
        :: ROW.state == running && ALL_FINAL -> goto ends
        :: ROW.budget == 2 && !(ROW.state == running && ALL_FINAL) &&
           !(ROW.state == taken && !YOUNG) ->
            if
            :: ROW.state == taken -> letGo()
            :: else                  /* hands off */
            fi;
            goto next
        :: ROW.state == running && ROW.budget == 1 && !ALL_FINAL ->
            /* expire */
            ROW.later = false;
            ROW.open = false;
            do
            :: r < RECIPIENTS ->
                if
                :: !IS_FINAL(STATE(r)) && STATE(r) != held -> STATE(r) = expired
                :: else
                fi;
                r++
            :: else -> r = 0; break
            od;
            goto ends
        :: else
        fi;
        /* compose, first half: attemptBegun, and what came of it */
        wanted = ROW.later || !SOME_RECIPIENT(COMPOSED_HERE);
        if
        :: wanted && ROW.deaths < DEATHS_ALLOWED -> ROW.open = true
        :: else
        fi;
        if
        :: ROW.open && KILLS(t) ->
            died[t] = (died[t] < 2 * DEATHS_ALLOWED -> died[t] + 1 : died[t]);
#if TASKS > 1
            if
            :: phase < 2 && due[1] && ledger[h].row[1].recipient[0] == absent ->
                ledger[h].row[1].open = true       /* another worker was composing it */
            :: true
            fi;
#endif
            goto dies
        :: ROW.open && !KILLS(t) && !UNKNOWN_YET(t) -> whole = true
        :: ROW.open && UNKNOWN_YET(t)
        :: ROW.open && !KILLS(t) && faults > 0 -> faults--
        :: ROW.open && !KILLS(t) && faults > 0 ->
            /* a service as a whole is away: attemptEnded, and the run stops */
            faults--;
            ROW.open = false;
            goto outage
#if OUTAGES
        :: ROW.open && !KILLS(t) && outages > 0 -> outages--; ROW.open = false; goto outage
#endif
        :: !ROW.open
        fi
    }

    /* TaskWork::putRunning, Ledger::running */
putRunning:
    atomic {
        if
#ifdef WITHOUT_RUNNING_FIRST
        :: ROW.state == taken -> ROW.state = running; goto freeze
#endif
        :: ROW.state == taken ->
            mayDie();
            put(RUNNING);
            if
            :: answered
            :: !answered -> goto putRunning      /* the client tries again */
            :: !answered -> ROW.open = false; goto idle
            fi
        :: ROW.state != taken -> goto freeze
        fi
    }
    atomic {
        mayDie();
        answered = false;
        if
#ifndef WITHOUT_LOOKING_AGAIN
        :: !YOUNG -> letGo(); goto next
#endif
        :: else -> ROW.state = running; ROW.age = 0; printf("host %d: running\n", h)
        fi
    }

    /* TaskWork::freeze, Ledger::composed */
freeze:
    atomic {
        if
        :: wanted ->
            mayDie();
            do
            :: r < RECIPIENTS ->
                if
                :: STATE(r) == absent && whole -> frozen()
                :: STATE(r) == absent && !whole && !ROW.open -> STATE(r) = refused
#ifndef CHANGES
                :: STATE(r) == absent && !whole && ROW.open && !UNKNOWN_YET(t) && r + 1 < RECIPIENTS -> frozen()
#endif
                :: else
                fi;
                r++
            :: else -> r = 0; break
            od;
#define ABSENT_HERE(r) (STATE(r) == absent)
            ROW.later = SOME_RECIPIENT(ABSENT_HERE);
            ROW.open = false;
            ROW.deaths = 0;
            wanted = false; whole = false;
#ifdef WITHOUT_STAYING_RUNNING
            if
            :: ROW.later -> ROW.state = released; ROW.later = false; goto givesUpForNow
            :: else
            fi
#endif
        :: else
        fi
    }

    /* TaskWork::deliver: each recipient that is due */
deliver:
    atomic {
        do
        :: r < RECIPIENTS && !IS_DUE(STATE(r)) -> r++
        :: else -> break
        od;
        if
        :: r >= RECIPIENTS -> r = 0; goto ends
        :: else
        fi;
        mayDie();
        doubt = (STATE(r) == unknown);
        if
#ifdef NEVER_TAKEN
        :: !doubt -> STATE(r) = deferred; goto delivered
        :: doubt -> goto delivered
#else
        :: true                                    /* up to the commit point */
        :: faults > 0 && !doubt -> faults--; STATE(r) = deferred; goto delivered
        :: faults > 0 && doubt -> faults--; goto delivered
        :: faults > 0 -> faults--; STATE(r) = refused; goto delivered
        :: faults > 0 -> faults--; goto outage  /* the service is down */
        :: faults > 0 -> faults--; goto idle    /* SIGTERM */
#if OUTAGES
        :: outages > 0 -> outages--; goto outage
#endif
#endif
        fi;
        /* DeliveryContext::commit, Ledger::sending */
#ifndef WITHOUT_COMMIT_POINT
        STATE(r) = sending;
#endif
        printf("host %d: sending\n", h)
    }
    atomic {
        mayDie();
        if
        :: peerTakes(); answered = true
        :: faults > 0 -> faults--; peerTakes(); answered = false
        :: faults > 0 -> faults--; answered = false          /* the link broke after the dot */
        :: faults > 0 -> faults--; goto notTaken             /* 4xx after the dot */
        :: faults > 0 -> faults--; goto notWanted            /* 5xx after the dot */
        fi
    }
    /* Courier::settle, Ledger::outcome */
    atomic {
        mayDie();
        if
        :: answered -> STATE(r) = accepted; arrived[h] = false; printf("host %d: accepted\n", h)
        :: else -> inDoubt()
        fi;
        answered = false;
        goto delivered
    }
notTaken:
    atomic {
        mayDie();
        /* What was in doubt before still is, and may be sent again. */
        STATE(r) = (doubt -> unknown : deferred);
        goto delivered
    }
notWanted:
    atomic { mayDie(); STATE(r) = refused }
delivered:
    atomic { doubt = false; r++; goto deliver }

    /* TaskWork::ending, Ledger::finished, then the queue */
ends:
    atomic {
        if
        :: !ALL_FINAL -> goto next
        :: else
        fi;
        mayDie();
#ifdef WITHOUT_LEDGER_BEFORE_DONE
        put(DONE);
#endif
        if
        :: SOME_RECIPIENT(TOLD_HERE) || !SOME_RECIPIENT(LOST_HERE) -> ROW.state = done
        :: else -> ROW.state = failed
        fi;
        printf("host %d: %e\n", h, ROW.state)
    }
tell:
    atomic {
        mayDie();
        tellQueue();
        if
        :: answered -> goto next
        :: !answered -> goto tell                    /* the client tries again */
        :: !answered -> goto idle
        fi
    }

    /* An outage, and the queue is up: what is taken is set RUNNING, so that a later run of this host
       goes on with it, however long it lasts. Where the queue does not answer: as before. */
outage:
#ifdef WITHOUT_HOLDING_IN_AN_OUTAGE
    atomic { goto idle };
#endif
    atomic { t = 0; r = 0; answered = false };
    do
    :: atomic { t < TASKS ->
        if
        :: ROW.state == taken && YOUNG_IN_OUTAGE ->
            mayDie();
            put(RUNNING);
            if
            :: answered
            :: !answered                             /* the client tries again */
            :: !answered -> goto idle
            fi
        :: else -> t++
        fi }
        if
        :: atomic { answered ->
            mayDie();
            answered = false;
            if
            :: !YOUNG_IN_OUTAGE -> letGo()
            :: else -> ROW.state = running; ROW.age = 0; printf("host %d: running\n", h)
            fi }
        :: atomic { !answered -> skip }
        fi
    :: atomic { t >= TASKS -> goto idle }
    od;

    /* Runner::giveBack: SIGTERM, or the run's time is over */
stopped:
    atomic {
        t = 0;
        do
        :: t < TASKS -> due[t] = due[t] || last[t]; last[t] = false; t++
        :: else -> t = 0; break
        od
    }
    do
    :: atomic { t < TASKS ->
        if
        :: due[t] && ROW.state == taken && YOUNG && !SOME_RECIPIENT(COMPOSED_HERE) ->
            mayDie();
            letGo();
            giving[h] = true
        :: else -> due[t] = false
        fi }
        if
        :: atomic { due[t] ->
            mayDie();
            put(PENDING);
#ifdef WITHOUT_PENDING_ONCE
            due[t] = !answered;
            giving[h] = !answered;
            if
            :: !answered -> ROW.state = taken
            :: else
            fi
#else
            due[t] = false;
            giving[h] = false
#endif
            }
        :: atomic { !due[t] -> t++ }
        fi
    :: atomic { t >= TASKS -> goto idle }
    od;

#ifdef WITHOUT_STAYING_RUNNING
givesUpForNow:
    atomic {
        mayDie();
        put(PENDING);
        goto next
    }
#endif

#if COMMANDS
    /* TakeoverCommand: the queue first, then Ledger::adopt */
takeover:
    atomic {
        mayDie();
        wanted = WATCHED;
        put(RUNNING);
        if
        :: answered
        :: else -> goto idle
        fi
    }
    atomic {
        mayDie();
        do
        :: r < RECIPIENTS ->
            if
            :: (copies[NUMBER(t, r)] > 0 && STATE(r) != accepted) || wanted && OTHER(AT_WORK) ->
                excused[NUMBER(t, r)]++
            :: else
            fi;
            r++
        :: else -> r = 0; break
        od;
        ROW.state = running;
        ROW.age = 0;
        ROW.budget = 0;
        ROW.open = false;
        goto idle
    }

    /* OperatorCommands: retry, the queue first */
retry:
    atomic {
        mayDie();
        put(RUNNING);
        if
        :: answered
        :: else -> goto idle
        fi
    }
    atomic {
        mayDie();
        do
        :: r < RECIPIENTS ->
            if
            :: STATE(r) == accepted || STATE(r) == sending || STATE(r) == unknown ||
               STATE(r) == absent || STATE(r) == superseded || STATE(r) == repeated
#if defined(CHANGES) && !defined(WITHOUT_LEAVING_WHAT_WAS_TOLD)
            /* Only a notification of which nothing was told or is in doubt is composed anew. */
            :: STATE(r) == moved && (STATE(1 - r) == accepted || DOUBTED(1 - r))
#endif
            :: else -> composedAnew()
            fi;
            r++
        :: else -> r = 0; break
        od;
        ROW.state = running;
        ROW.budget = 0;
        ROW.deaths = 0;
        ROW.open = false;
        goto idle
    }

approve:
    atomic {
        mayDie();
        do
        :: r < RECIPIENTS ->
            if
            :: STATE(r) == held -> dueAgain()
            :: else
            fi;
            r++
        :: else -> r = 0; break
        od;
        ROW.budget = 0;
        goto idle
    }

    /* Where another host or a hand ended it, the row is closed here and the queue is told nothing. */
cancel:
    atomic {
        mayDie();
        wanted = CLOSES_cancel(ROW.state, porch[t]);
        do
        :: r < RECIPIENTS ->
            if
            :: IS_FINAL(STATE(r)) || STATE(r) == sending
            :: else -> STATE(r) = cancelled
            fi;
            r++
        :: else -> r = 0; break
        od;
        ROW.later = false;
        if
        :: wanted -> letGo()
        :: else
        fi;
        goto idle
    }

    /* Tells again on purpose: new keys; the queue first. */
retell:
    atomic {
        mayDie();
        put(RUNNING);
        if
        :: answered
        :: else -> goto idle
        fi
    }
    atomic {
        mayDie();
        printf("host %d: to be told again\n", h);
#if defined(CHANGES) || defined(ABOUT)
        retold = true;
#endif
        do
        :: r < RECIPIENTS ->
            STATE(r) = absent;
            DOUBTED(r) = false;
            excused[NUMBER(t, r)] = excused[NUMBER(t, r)] + (copies[NUMBER(t, r)] > 0);
            words[HERE(r)] = own[HERE(r)];
            r++
        :: else -> r = 0; break
        od;
        ROW.state = running;
        ROW.age = 0;
        ROW.budget = 0;
        ROW.deaths = 0;
        ROW.open = false;
        ROW.later = false;
        goto idle
    }

#ifdef LEFTOVER
    /* acknowledge --told: the ledger first; nobody is told. */
told:
    atomic {
        mayDie();
        do
        :: r < RECIPIENTS -> STATE(r) = repeated; r++
        :: else -> r = 0; break
        od;
        ROW.state = done;
        ROW.later = false
    }
    atomic {
        mayDie();
        tellQueue();
        goto idle
    }
#endif
#endif

#if RESTORES
backup:
    atomic {
        do
        :: t < TASKS -> copyRow(saved[t], ROW); t++
        :: else -> t = 0; break
        od;
        hasBackup = true;
        goto idle
    }
restore:
    atomic {
        do
        :: t < TASKS ->
            do
            :: r < RECIPIENTS ->
                if
                :: porch[t] == RUNNING && copies[NUMBER(t, r)] > 0 &&
                   saved[t].recipient[r] != accepted &&
                   (STATE(r) == accepted || STATE(r) == sending) ->
                    excused[NUMBER(t, r)]++;
                    words[HERE(r)]++
                :: else
                fi;
                r++
            :: else -> r = 0; break
            od;
            copyRow(ROW, saved[t]);
            t++
        :: else -> t = 0; break
        od;
        arrived[h] = false;
        restores--;
        hasBackup = false;
        goto idle
    }
#endif

dies:
    atomic { down[h] = true; noted[h] = NOT; giving[h] = false; goto idle }
#ifdef LOSES_A_HOST
lost:
    atomic {
        noted[h] = NOT; giving[h] = false; inRun[h] = false; begun[h] = 0; arrived[h] = false
    }
endLost:
    false
#endif
}

/* ---- time ---- */

#ifdef WITHOUT_DORMANT_ROWS
#define AGES(s) ((s) == taken || (s) == released)
#else
#define AGES(s) ((s) == taken)
#endif
#if TASKS == 1
#define SOME_CLAIM(h, p) (p(h, 0))
#else
#define SOME_CLAIM(h, p) (p(h, 0) || p(h, 1))
#endif
#define GETS_OLD(h, t) (AGES(ledger[h].row[t].state) && ledger[h].row[t].age == 1)
#define MAY_AGE(h, t) (AGES(ledger[h].row[t].state) && ledger[h].row[t].age < LONG)

/* A host that lives looks each hour, and no claim of a run gets old while it is at work. What does
   not is a fault: the process stands still, the machine sleeps, cron is late. */
#define TOO_LONG_FOR(h) (inRun[h] && (noted[h] == 1 || SOME_CLAIM(h, GETS_OLD)))
#if PACE == 1
#define STANDS_STILL(h) (!gone[h] && !down[h] && \
    (since[h] == 1 || since[h] > 1 && TOO_LONG_FOR(h)))
#else
#if PACE == 2
#define LATE(h) (since[h] == 2)
#else
#define LATE(h) false
#endif
/* A run takes max_run_minutes: at most one hour begins in it. */
#define STANDS_STILL(h) (!gone[h] && !down[h] && \
    (LATE(h) || inRun[h] && (begun[h] == 1 || begun[h] > 1 && TOO_LONG_FOR(h))))
#endif
#define MOVES_ON(h) (!gone[h] && \
    (since[h] < RARE || noted[h] < LONG || SOME_CLAIM(h, MAY_AGE)))
#ifdef SLEEPS_WHILE_GIVING_BACK
#define GIVES_BACK(h) false
#else
#define GIVES_BACK(h) giving[h]
#endif
#if HOSTS == 1
#define COST STANDS_STILL(0)
#else
#define COST (STANDS_STILL(0) + STANDS_STILL(1))
#endif

proctype hours()
{
    byte h, t;
endHours:
    do
    :: d_step { ANY_HOST(MOVES_ON) && COST <= faults && !ANY_HOST(GIVES_BACK) ->
        faults = faults - COST;
        printf("an hour begins\n");
        h = 0;
        do
        :: h < HOSTS ->
            if
            :: !gone[h] ->
                since[h] = (since[h] < RARE -> since[h] + 1 : since[h]);
                noted[h] = (noted[h] < LONG -> noted[h] + 1 : noted[h]);
#if PACE > 1
                begun[h] = (inRun[h] && begun[h] < 2 -> begun[h] + 1 : begun[h]);
#endif
                t = 0;
                do
                :: t < TASKS -> ROW.age = (MAY_AGE(h, t) -> ROW.age + 1 : ROW.age); t++
                :: else -> break
                od
            :: else
            fi;
            h++
        :: else -> break
        od;
        h = 0; t = 0 }
    od
}

#define HOLDS_SOMETHING(h) (ledger[h].row[0].state == running)
#if DAYS
proctype calendar()
{
    byte h, t;
endDays:
    do
    :: d_step { days > 0 && !ANY_HOST(GIVES_BACK) && ANY_HOST(HOLDS_SOMETHING) ->
        days--;
        printf("days pass\n");
        h = 0;
        do
        :: h < HOSTS && gone[h] -> h++
        :: h < HOSTS && !gone[h] ->
            since[h] = RARE;
            noted[h] = (noted[h] < LONG -> LONG : noted[h]);
            t = 0;
            do
            :: t < TASKS ->
                ROW.age = (AGES(ROW.state) -> LONG : ROW.age);
                ROW.budget = (ROW.state != none && ROW.state != released && ROW.state != done &&
                              ROW.budget < 2 -> ROW.budget + 1 : ROW.budget);
                WATCH.watched = (WATCH.status == RUNNING && WATCH.watched < 2 ->
                                 WATCH.watched + 1 : WATCH.watched);
                t++
            :: else -> break
            od;
            h++
        :: else -> break
        od;
        h = 0; t = 0 }
    od
}
#endif

#ifdef ABOUT
proctype added()
{
    porch[1] = PENDING
}
#endif

#ifdef CHANGES
proctype world()
{
    byte left = CHANGES;
endWorld:
    do
    :: d_step { left > 0 -> left--; contact = 1 - contact; printf("another contact\n") }
    :: d_step { left > 0 -> left--; wording = 1 - wording; printf("another wording\n") }
    od
}
#endif

#ifdef HANDS
proctype hand()
{
    byte left = HANDS;
endHand:
    do
    :: d_step { left > 0 -> left--; porch[0] = PENDING; printf("by hand: PENDING\n") }
    :: d_step { left > 0 -> left--; porch[0] = DONE; printf("by hand: DONE\n") }
    :: d_step { left > 0 -> left--; porch[0] = FAILED; printf("by hand: FAILED\n") }
    :: d_step { left > 0 -> left--; porch[0] = CANCELLED; printf("by hand: CANCELLED\n") }
    od
}
#endif

init {
    atomic {
        byte h, t, r;
        do
        :: h < HOSTS ->
            t = 0;
            do
            :: t < TASKS ->
                ROW.state = none;
                WATCH.status = none;
                r = 0;
                do
                :: r < RECIPIENTS -> STATE(r) = absent; r++
                :: else -> break
                od;
                t++
            :: else -> break
            od;
            h++
        :: else -> break
        od;
        h = 0; t = 0; r = 0;
#ifdef LEFTOVER
        porch[0] = CLAIMED;
        if
        :: copies[0] = 1
        :: true
        fi;
#endif
        run hours();
#ifdef HANDS
        run hand();
#endif
#ifdef ABOUT
        porch[1] = none;
        run added();
#endif
#ifdef CHANGES
        run world();
#endif
#if DAYS
        run calendar();
#endif
        run host(0);
#if HOSTS > 1
        run host(1)
#endif
    }
}

/* ---- nobody is lost, nobody starves ---- */

/* Each task ends, or waits for a named action of the operator; and it stays so. */
#define FINAL_THERE(h, t, r) IS_FINAL(ledger[h].row[t].recipient[r])
#define HELD_THERE(h, t, r) (ledger[h].row[t].recipient[r] == held)
#define PASSIVE(h, t, r) (FINAL_THERE(h, t, r) || HELD_THERE(h, t, r))
#if RECIPIENTS == 1
#define WAITS_FOR_APPROVE(h, t) (HELD_THERE(h, t, 0) && !ledger[h].row[t].later)
#else
#define WAITS_FOR_APPROVE(h, t) ((HELD_THERE(h, t, 0) || HELD_THERE(h, t, 1)) && \
    PASSIVE(h, t, 0) && PASSIVE(h, t, 1) && !ledger[h].row[t].later)
#endif
#define WORKS_ON(h, t) (!gone[h] && (noted[h] != NOT || ledger[h].row[t].state == taken || \
    (ledger[h].row[t].state == running && porch[t] == RUNNING && ledger[h].row[t].budget < 2 && \
        !WAITS_FOR_APPROVE(h, t)) || \
    ledger[h].row[t].state == done || \
    (ledger[h].row[t].state == failed && ledger[h].row[t].budget < 2)))
#define KEEPS_WATCH(t) (!gone[KEEPER] && \
    (ledger[KEEPER].row[t].state == none || ledger[KEEPER].row[t].state == released))
#if HOSTS == 1
#define SOMEBODY_WORKS_ON(t) WORKS_ON(0, t)
#else
#define SOMEBODY_WORKS_ON(t) (WORKS_ON(0, t) || WORKS_ON(1, t))
#endif
#define ENDED(t) (porch[t] == DONE || porch[t] == FAILED)
#define WAITS(t) (!SOMEBODY_WORKS_ON(t) && \
    (porch[t] == RUNNING || porch[t] == CLAIMED && !KEEPS_WATCH(t)))
#define SETTLED(t) (ENDED(t) || WAITS(t))

ltl settles { <> [] (ALL_TASKS(SETTLED)) }
