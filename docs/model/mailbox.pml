/* mailbox: Spin model of sending, receiving, the atomic turn and the repair of the dead.
 *
 * SENDERS senders send MESSAGES messages each to mailbox 0. One host serves mailboxes 0 and 1. What it does
 * with a message depends on the message: with hops < FORWARDS it is forwarded to the other mailbox, by a
 * turn; with OUTPUTS a message in mailbox 0 is consumed by a turn that publishes a new one to mailbox 1;
 * otherwise it is completed. All share BLOCKS blocks. A killer kills any of them, the repairer too, before
 * any of their steps, KILLS times in all; a dead one is repaired and then starts again.
 *
 * Each access to a shared word is one step. Packed words (owner word, link, head) are read and written at
 * once. Claims, when nothing moves any more:
 *   every block is free, every published message was finished, a message was handled twice only after a
 *   death, and each committed turn has published exactly once.
 *
 * Wrong variants, each of which must give an error:
 *   NO_OP_RECORD          a sender records nothing before it pushes
 *   NO_HAND_CHECK         evidence of a completed position does not look at what is in hand
 *   FREE_BEFORE_DONE      the receiver frees the block before it stores `done`
 *   HAND_BEFORE_META      handle and owner word of the hand before its sequence number
 *   FORWARD_KEEPS_GEN     a forwarded block keeps its generation
 *   FORWARD_CLEARS_LINK   a forwarded block's link is NIL before its owner word changes
 *   OUTPUT_BEFORE_COMMIT  a turn publishes before it stores its commit word
 *   HELD_ONLY             the repairer publishes only blocks that are still HELD
 *   COMPLETION_FIRST      the repairer completes the message in hand before it looks at the journal
 *   NO_ROLL_FORWARD       the repairer drops a committed journal
 *   RENAMES               the repairer gives a block that has the entry's word another one, and `from` stays
 *   CLEARS_RECORD_FIRST   the repairer clears the record before it has acted on it
 */
#ifndef SENDERS
#define SENDERS 1
#endif
#ifndef MESSAGES
#define MESSAGES 2
#endif
#ifndef BLOCKS
#define BLOCKS 2
#endif
#ifndef KILLS
#define KILLS 2
#endif
#ifndef FORWARDS
#define FORWARDS 0
#endif

#define FREE 0
#define HELD 1
#define QUEUED 2
#define NIL 255           /* a link that no push has written */
#define HOST SENDERS      /* thread numbers: senders, then the host */
#define VALUES (SENDERS * MESSAGES + 1)
#define OUTPUT_OF(v) (v)  /* an output carries the number of its input */

#define ALIVE 0
#define DEAD 1

#define UNKNOWN 0
#define PUBLISHED 1
#define NOT 2

typedef Block { byte state; byte id; byte gen; byte link_seq; byte link; byte value; byte hops };
Block block[BLOCKS + 1];                     /* 0: none */

typedef Mailbox { byte seq; byte newest; byte done; byte hand_seq; byte hand; byte hand_gen };
Mailbox box[2];

typedef Record { byte handle; byte gen };    /* of the send under way; its target is mailbox 0 */
Record op[SENDERS];

/* the host's journal of one entry */
byte armed;                                  /* mailbox of the input + 1 */
byte armed_value, entry, entry_to, entry_own;
bool from_queued; byte from_gen;

/* who lives, who shall die */
bool dead[SENDERS + 1];
bool kill[SENDERS + 1];
bool kill_repairer;
byte kills, host_kills;

/* what happened; seen by nobody in the model */
byte sent[SENDERS];
bool published[VALUES];
byte handled[VALUES], finished[VALUES], outputs[VALUES];
byte newest_of[SENDERS];

#define is_queued(b, m, g) (block[b].state == QUEUED && block[b].id == m && block[b].gen == g)
#define sender_of(v) ((v - 1) / MESSAGES)

/* a message that was to be forwarded and was freed instead is not finished */
inline finish(b) { block[b].state = FREE; if :: block[b].hops >= FORWARDS -> finished[block[b].value]++ :: else -> skip fi }

/* FREE -> HELD(t, g+1): one store of the owner of the span */
inline hold(b, n, t) { block[n].state = HELD; block[n].id = t; block[n].gen = block[n].gen + 1; b = n }

/* the loop around the CAS on `in` of mailbox m */
inline push(b, m) {
  do
  :: true ->
     d_step { seen_seq = box[m].seq; seen = box[m].newest };
     d_step { block[b].link_seq = seen_seq; block[b].link = seen };
     if
     :: d_step {
          box[m].seq == seen_seq && box[m].newest == seen ->
          box[m].seq = seen_seq + 1; box[m].newest = b;
          published[block[b].value] = true;
          if :: m == 1 && block[b].hops == 0 -> outputs[block[b].value]++ :: else -> skip fi
        };
        break
     :: else -> skip
     fi
  od;
  skip                                       /* Spin lets no loop end right before a d_step */
}

/* gives the entry's block its new owner word, the journal first, and pushes it */
inline publish(b) {
  if
  :: block[b].state == QUEUED ->             /* forwarded: the link answers for the first sender's record */
#ifdef FORWARD_CLEARS_LINK
     block[b].link_seq = NIL;
#endif
#ifdef FORWARD_KEEPS_GEN
     entry_own = block[b].gen
#else
     entry_own = block[b].gen + 1
#endif
  :: else ->
     block[b].link_seq = NIL;
     entry_own = block[b].gen
  fi;
  d_step {
    if :: block[b].state == QUEUED && block[b].id != entry_to -> block[b].hops++ :: else -> skip fi;
    block[b].state = QUEUED; block[b].id = entry_to; block[b].gen = entry_own
  };
  push(b, entry_to)
}

proctype Sender(byte me) {
  byte b, seen_seq, seen;
 again:
  {
    do
    :: sent[me] < MESSAGES ->
       if
       :: d_step { block[1].state == FREE -> hold(b, 1, me); sent[me]++; block[1].value = me * MESSAGES + sent[me]; block[1].hops = 0 }
#if BLOCKS > 1
       :: d_step { block[2].state == FREE -> hold(b, 2, me); sent[me]++; block[2].value = me * MESSAGES + sent[me]; block[2].hops = 0 }
#endif
#if BLOCKS > 2
       :: d_step { block[3].state == FREE -> hold(b, 3, me); sent[me]++; block[3].value = me * MESSAGES + sent[me]; block[3].hops = 0 }
#endif
       fi;
       block[b].link_seq = NIL;
#ifndef NO_OP_RECORD
       op[me].handle = b;
       op[me].gen = block[b].gen;
#endif
       d_step { block[b].state = QUEUED; block[b].id = 0 };
       push(b, 0);
       d_step { b = 0; seen_seq = 0; seen = 0 }
    od                                       /* then it waits, with its stale record, to be killed or not */
  } unless { kill[me] };
  d_step { kill[me] = false; dead[me] = true; b = 0; seen_seq = 0; seen = 0 };
  !dead[me];
  goto again
}

proctype Host() {
  byte m, b, s, out, seen_seq, seen, at, at_seq; bool again_in_hand;
 again:
  {
    do
    :: d_step { box[0].seq != box[0].done || box[1].seq != box[1].done ->
         m = (box[0].seq != box[0].done -> 0 : 1);
         /* the links above `done` do not change: this walk may be one step */
         s = box[m].done + 1; at = box[m].newest; at_seq = box[m].seq;
         do
         :: at_seq > s -> assert(block[at].link_seq == at_seq - 1); at = block[at].link; at_seq--
         :: else -> break
         od;
         b = at; at = 0; at_seq = 0;
         assert(block[b].state == QUEUED && block[b].id == m);
         again_in_hand = (box[m].hand_seq == s)
       };
#ifdef HAND_BEFORE_META
       box[m].hand = b;
       box[m].hand_gen = block[b].gen;
       box[m].hand_seq = s;
#else
       box[m].hand_seq = s;
       box[m].hand = b;
       box[m].hand_gen = block[b].gen;
#endif
       d_step {                              /* the handler */
         assert(is_queued(b, m, box[m].hand_gen));
         if
         :: m == 0 && block[b].hops == 0 ->
            assert(handled[block[b].value] == 0 || again_in_hand);
            handled[block[b].value]++;
            assert(block[b].value >= newest_of[sender_of(block[b].value)]);
            newest_of[sender_of(block[b].value)] = block[b].value
         :: else -> skip
         fi
       };
       out = 0;
       if
       :: block[b].hops < FORWARDS -> out = b
       :: else ->
#ifdef OUTPUTS
          if
          :: m == 0 ->
             if
             :: d_step { block[1].state == FREE -> hold(out, 1, HOST); block[1].value = OUTPUT_OF(block[b].value); block[1].hops = 0 }
             :: d_step { block[2].state == FREE -> hold(out, 2, HOST); block[2].value = OUTPUT_OF(block[b].value); block[2].hops = 0 }
#if BLOCKS > 2
             :: d_step { block[3].state == FREE -> hold(out, 3, HOST); block[3].value = OUTPUT_OF(block[b].value); block[3].hops = 0 }
#endif
             fi
          :: else -> skip
          fi
#else
          skip
#endif
       fi;
       if
       :: out == 0 ->                        /* completed */
#ifdef FREE_BEFORE_DONE
          d_step { assert(is_queued(b, m, box[m].hand_gen)); finish(b) };
          box[m].done = s
#else
          box[m].done = s;
          d_step { assert(is_queued(b, m, box[m].hand_gen)); finish(b) }
#endif
       :: else ->                            /* a turn */
          /* nobody reads the journal until it is armed: its words may be one step */
          d_step { entry = out; entry_to = 1 - m; entry_own = 0; from_queued = (block[out].state == QUEUED); from_gen = block[out].gen; armed_value = s };
          armed = m + 1;
#ifdef OUTPUT_BEFORE_COMMIT
          publish(out);
          box[m].done = s;
#else
          box[m].done = s;                   /* commits */
          publish(out);
#endif
          if
          :: d_step { is_queued(b, m, box[m].hand_gen) -> finish(b) }
          :: else -> skip
          fi;
          armed = 0
       fi;
       d_step { m = 0; b = 0; s = 0; out = 0; seen_seq = 0; seen = 0; again_in_hand = false }
    od
  } unless { kill[HOST] };
  d_step { kill[HOST] = false; dead[HOST] = true; m = 0; b = 0; s = 0; out = 0; seen_seq = 0; seen = 0; at = 0; at_seq = 0; again_in_hand = false };
  !dead[HOST];
  goto again
}

/* Was this life of block b, QUEUED(m, g), ever pushed? Beside living senders and a living host. */
inline seek_evidence(b, m, g) {
  verdict = UNKNOWN;
  s = block[b].link_seq;
  if
  :: s == NIL -> verdict = NOT
  :: else -> s = s + 1
  fi;
  do
  :: verdict != UNKNOWN -> break
  :: verdict == UNKNOWN ->
     d = box[m].done;
     if
     :: s <= d ->
        h1 = box[m].hand_seq;
        h2 = box[m].hand;
        h3 = box[m].hand_gen;
        if
#ifndef NO_HAND_CHECK
        :: h1 == s && h2 == b && h3 == g && box[m].hand_seq == h1 -> verdict = PUBLISHED
#endif
        :: else -> verdict = (is_queued(b, m, g) -> NOT : PUBLISHED)
        fi
     :: s > d ->
        d_step { at_seq = box[m].seq; at = box[m].newest };
        if
        :: at_seq < s -> verdict = NOT
        :: at_seq >= s ->
           do
           :: at_seq == s -> break
           :: at_seq != s ->
              d_step { h1 = block[at].link_seq; h2 = block[at].link };
              if
              :: h1 == at_seq - 1 -> at_seq = h1; at = h2
              :: else -> at_seq = NIL; break /* the nodes were reused meanwhile: once more */
              fi
           od;
           if
           :: at_seq == s && box[m].done < s -> verdict = (at == b -> PUBLISHED : NOT)
           :: else -> skip
           fi
        fi
     fi
  od;
  skip;
  d_step { s = 0; d = 0; h1 = 0; h2 = 0; h3 = 0; at = 0; at_seq = 0 }
}

/* a block of the dead, by CAS from the exact word */
inline complete_in_hand(m) {
  if
  :: box[m].hand_seq == box[m].done && box[m].hand != 0 ->
     d_step {
       if
       :: is_queued(box[m].hand, m, box[m].hand_gen) -> finish(box[m].hand)
       :: else -> skip
       fi
     }
  :: else -> skip
  fi
}

inline sweep(t) {
  k = 1;
  do
  :: k <= BLOCKS -> d_step { if :: block[k].state == HELD && block[k].id == t -> block[k].state = FREE :: else -> skip fi; k++ }
  :: k > BLOCKS -> break
  od;
  k = 0
}

inline repair_sender(t) {
  b = op[t].handle; g = op[t].gen;
#ifdef CLEARS_RECORD_FIRST
  d_step { op[t].handle = 0; op[t].gen = 0 };
#endif
  if
  :: b != 0 && is_queued(b, 0, g) ->
     seek_evidence(b, 0, g);
     if
     :: verdict == NOT -> d_step { if :: is_queued(b, 0, g) -> block[b].state = FREE :: else -> skip fi }
     :: else -> skip
     fi
  :: else -> skip
  fi;
  sweep(t);
  d_step { op[t].handle = 0; op[t].gen = 0 };
  d_step { dead[t] = false; b = 0; g = 0; verdict = 0 }
}

inline repair_host() {
#ifdef COMPLETION_FIRST
  complete_in_hand(0);
  complete_in_hand(1);
#endif
  if
  :: armed != 0 ->
#ifndef NO_ROLL_FORWARD
     if
     :: box[armed - 1].done >= armed_value ->
        b = entry; g = entry_own;
        if
        :: g != 0 && is_queued(b, entry_to, g) ->
           seek_evidence(b, entry_to, g);
           if
#ifdef RENAMES
           :: verdict == NOT -> publish(b)
#else
           :: verdict == NOT -> push(b, entry_to)
#endif
           :: else -> skip
           fi
        :: else ->
           if
           :: block[b].state == HELD && block[b].id == HOST && !from_queued && block[b].gen == from_gen -> publish(b)
#ifndef HELD_ONLY
           :: from_queued && is_queued(b, armed - 1, from_gen) -> publish(b)
#endif
           :: else -> skip
           fi
        fi
     :: else -> skip
     fi;
#endif
     complete_in_hand(armed - 1);
     armed = 0
  :: else -> skip
  fi;
  complete_in_hand(0);
  complete_in_hand(1);
  sweep(HOST);
  d_step { dead[HOST] = false; b = 0; g = 0; verdict = 0; seen_seq = 0; seen = 0 }
}

proctype Repairer() {
  byte b, g, s, d, h1, h2, h3, at, at_seq, k, verdict, seen_seq, seen;
 again:
  {
    do
    :: dead[0] -> repair_sender(0)
#if SENDERS > 1
    :: dead[1] -> repair_sender(1)
#endif
    :: dead[HOST] -> repair_host()
    od
  } unless { kill_repairer };
  d_step { kill_repairer = false; b = 0; g = 0; s = 0; d = 0; h1 = 0; h2 = 0; h3 = 0; at = 0; at_seq = 0; k = 0; verdict = 0; seen_seq = 0; seen = 0 };
  goto again                                 /* its successor */
}

proctype Killer() {
  do
  :: kills < KILLS ->
     if
     :: d_step { !dead[0] && !kill[0] && sent[0] > 0 -> kill[0] = true; kills++ }
#if SENDERS > 1
     :: d_step { !dead[1] && !kill[1] && sent[1] > 0 -> kill[1] = true; kills++ }
#endif
     :: d_step { !dead[HOST] && !kill[HOST] -> kill[HOST] = true; kills++; host_kills++ }
     :: d_step { !kill_repairer && kills > 0 -> kill_repairer = true; kills++ }
     :: break
     fi
  :: kills >= KILLS -> break
  od
}

init {
  byte i;
  atomic {
    run Sender(0);
#if SENDERS > 1
    run Sender(1);
#endif
    run Host(); run Repairer(); run Killer()
  };
  timeout;
  d_step {
    assert(box[0].seq == box[0].done && box[1].seq == box[1].done);
    i = 1;
    do
    :: i <= BLOCKS -> assert(block[i].state == FREE); i++
    :: else -> break
    od;
    i = 1;
    do
    :: i < VALUES ->
       assert(handled[i] <= 1 + host_kills);
#ifdef OUTPUTS
       assert(!published[i] || (finished[i] == 2 && outputs[i] == 1))
#else
       assert(!published[i] || finished[i] == 1)
#endif
       ;
       assert(!published[i] || handled[i] >= 1);
       i++
    :: else -> break
    od
  }
}
