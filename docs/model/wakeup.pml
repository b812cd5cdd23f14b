/* wakeup: Spin model of kick, park, sleep and the ready map, without any sleep that ends by itself.
 *
 * SENDERS senders push MESSAGES messages each, to any of MAILBOXES mailboxes of one host. The ready map has
 * two levels: a summary word with a bit per leaf word, leaf words of two bits. `ev` is {count, asleep}.
 * Sender 0 may be stopped before any of its steps, for ever: stopped is not dead, so it is not repaired.
 *
 * Claim: when nothing moves any more, all messages whose send has returned are handled.
 *
 * Wrong variants, each of which must give an error:
 *   SENDER_CLEARS   a sender that wakes the host clears the sleep bit
 *   EARLY_RETURN    a ready bit that is set excuses a sender from all further steps
 *   LEAF_FIRST      the host clears leaf words before their summary
 *   NO_LAST_LOOK    the host does not look at the map between setting its sleep bit and sleeping
 *   BLIND_PARK      the host does not look at `in` again after parking
 *   NO_COUNT        a wake does not change `ev`
 *   EARLY_TARGET    with ADOPTION: the sender reads the wake target before it pushes
 * NEVER_STOPPED: no sender is stopped. ADOPTION: mailbox 0 first names a host that is gone; ours takes it over.
 */
#ifndef SENDERS
#define SENDERS 2
#endif
#ifndef MESSAGES
#define MESSAGES 1
#endif
#ifndef MAILBOXES
#define MAILBOXES 2
#endif
#define LEAVES ((MAILBOXES + 1) / 2)

typedef Mailbox { byte in; byte done; byte returned; bool polled; bool ours };
Mailbox box[MAILBOXES];
bool leaf[2 * LEAVES];
bool summary[LEAVES];
byte count;
bool asleep;
bool in_kernel;                              /* the host is inside futex_wait */
bool is_stopped;

inline wake() { in_kernel = false }

inline set_ready(m) {
  seen = leaf[m];
  if
  :: !seen -> leaf[m] = true
  :: seen ->
#ifdef EARLY_RETURN
     goto returned
#else
     skip
#endif
  fi;
  seen = summary[m / 2];
  if
  :: !seen -> summary[m / 2] = true
  :: seen -> skip
  fi
}

proctype Sender(byte me) {
  byte left = MESSAGES, m, position, seen_count;
  bool seen, target;
  {
    do
    :: left > 0 ->
       left--;
       if
       :: m = 0
#if MAILBOXES > 1
       :: m = 1
#endif
#if MAILBOXES > 2
       :: m = 2
#endif
       fi;
#ifdef EARLY_TARGET
       target = box[m].ours;
#endif
       d_step { box[m].in++; position = box[m].in };     /* the push */
       if
       :: box[m].polled -> goto returned
       :: else -> skip
       fi;
#ifndef EARLY_TARGET
       target = box[m].ours;
#endif
       if
       :: !target -> goto returned                       /* wakes a host that is gone */
       :: else -> skip
       fi;
       set_ready(m);
       d_step { seen = asleep; seen_count = count };
       if
       :: seen ->
#if defined(SENDER_CLEARS)
          if
          :: d_step { asleep && count == seen_count -> asleep = false; count++ }; wake()
          :: else -> skip
          fi
#elif defined(NO_COUNT)
          wake()
#else
          count++;
          wake()
#endif
       :: !seen -> skip
       fi;
 returned:
       skip;
       d_step {
         if :: box[m].returned < position -> box[m].returned = position :: else -> skip fi;
         m = 0; position = 0; seen = false; seen_count = 0; target = false
       }
    :: left == 0 -> break
    od
  } unless { is_stopped && me == 0 }
}

/* polls mailbox m until it is empty, parks it, and looks again */
inline serve(m) {
  box[m].polled = true;
  do
  :: box[m].in != box[m].done -> box[m].done++
  :: box[m].in == box[m].done ->
     box[m].polled = false;
#ifdef BLIND_PARK
     break
#else
     if
     :: box[m].in == box[m].done -> break
     :: else -> box[m].polled = true
     fi
#endif
  od
}

inline take_leaf(w) { d_step { first = leaf[2 * w]; second = leaf[2 * w + 1]; leaf[2 * w] = false; leaf[2 * w + 1] = false } }

inline serve_leaf(w) {
  if :: first -> serve(2 * w) :: else -> skip fi;
#if MAILBOXES > 1
  if :: second && 2 * w + 1 < MAILBOXES -> serve(2 * w + 1) :: else -> skip fi;
#endif
  skip;                                      /* Spin lets no loop end right before a d_step */
  d_step { first = false; second = false }
}

proctype Host() {
  bool taken[LEAVES]; bool any, first, second; byte w, expected;
#ifdef ADOPTION
  box[0].polled = false;                     /* the former host may have died polling */
  box[0].ours = true;
  serve(0);                                  /* looks at `in` only now */
#endif
  do
  :: true ->
     any = false;
#ifdef LEAF_FIRST
     w = 0;
     do
     :: w < LEAVES ->
        if
        :: summary[w] -> any = true; take_leaf(w); summary[w] = false; serve_leaf(w)
        :: else -> skip
        fi;
        w++
     :: w == LEAVES -> break
     od;
#else
     d_step {
       w = 0;
       do
       :: w < LEAVES -> taken[w] = summary[w]; any = any || summary[w]; summary[w] = false; w++
       :: else -> break
       od;
       w = 0
     };
     do
     :: w < LEAVES ->
        if
        :: taken[w] -> take_leaf(w); serve_leaf(w)
        :: else -> skip
        fi;
        taken[w] = false;
        w++
     :: w == LEAVES -> break
     od;
#endif
     w = 0;
     if
     :: any -> skip
     :: !any ->
        d_step { asleep = true; expected = count };
#ifndef NO_LAST_LOOK
        d_step {
          w = 0;
          do
          :: w < LEAVES -> any = any || summary[w]; w++
          :: else -> break
          od;
          w = 0
        };
#endif
        if
        :: any -> skip
        :: !any ->
           d_step { in_kernel = (asleep && count == expected) };
end_asleep:
           !in_kernel
        fi;
        asleep = false;
        d_step { any = false; expected = 0 }
     fi
  od
}

init {
  byte i;
  atomic {
    i = 0;
    do
    :: i < MAILBOXES -> box[i].ours = true; i++
    :: i == MAILBOXES -> break
    od;
#ifdef ADOPTION
    box[0].ours = false;
    box[0].polled = true;
#endif
    run Host();
    i = 0;
    do
    :: i < SENDERS -> run Sender(i); i++
    :: i == SENDERS -> break
    od;
    i = 0
  };
#ifndef NEVER_STOPPED
  if
  :: is_stopped = true
  :: skip
  fi;
#endif
  timeout;
  d_step {
    i = 0;
    do
    :: i < MAILBOXES -> assert(box[i].done >= box[i].returned); i++
    :: else -> break
    od
  }
}
