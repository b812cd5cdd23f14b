// Cell: what becomes of an actor, and of the message in its hand, after a failure.
#include <csignal>
#include <cstdio>
#include <cstring>

#include "api/runtime/cell/cell.hpp"
#include "api/runtime/node/node.hpp"
#include "api/runtime/lifecycle/restart_intensity.hpp"
#include "shm/base/clock.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::runtime {

bool Cell::has_used_attempts(const shm::Hand& hand) const {
  return hand.attempts >= attempts_max_ || hand.attempts >= shm::kAttemptsMax || hand.kills >= kills_max_;
}

/// Why former deliveries of this message ended: as the thread that had it recorded, if it could.
Cell::Outcome Cell::death_of(const shm::Hand& hand, shm::Lane lane) const {
  if (const shm::FaultRecord* const fault = shm::fault_of(node_->segment(), id_); fault != nullptr) {
    const bool is_mine = fault->actor.read() == id_.word() && fault->lane.read() == shm::to_bits(lane) &&
                         (fault->seq.read() & shm::HandWord::kSeqMask48) == (hand.seq & shm::HandWord::kSeqMask48);
    const int signal = shm::signal_of(*fault);
    if (is_mine && signal != 0) {
      char text[96];
      const char* const name = ::sigabbrev_np(signal);
      std::snprintf(text, sizeof text, "the handler died of SIG%s at 0x%llx", name == nullptr ? "?" : name,
                    static_cast<unsigned long long>(fault->address.read()));
      return {Code::ActorDied, text, fault};
    }
  }
  return {Code::ActorDied, "the process died " + std::to_string(hand.kills) + " times while it handled this message"};
}

/// After a handler threw: what its supervisor wants.
Cell::Verdict Cell::decide(const Outcome& outcome) {
  ActorSpec spec;
  if (!read_spec(node_->segment(), id_, spec)) return Verdict::GoesOn;
  switch (spec.options.supervise.on_throw) {
    // With on_save, what its handler left half done would be saved by the next turn.
    case Decision::Resume: return info_->on_save == nullptr ? Verdict::GoesOn : begin_instance(spec);
    case Decision::Restart: return restart_in_place(spec, outcome);
    case Decision::Escalate:
      escalate(*thread_, id_);
      break;
    case Decision::Stop: break;
  }
  end_with(Code::ActorDied, outcome.reason);
  return Verdict::Ends;
}

/// A new instance behind the same address, at the same message.
Cell::Verdict Cell::restart_in_place(const ActorSpec& spec, const Outcome& outcome) {
  if (!count_restart(node_->segment(), id_, spec.options.supervise, shm::now_ns())) {
    end_with(Code::ActorDied, "restarted too often: " + outcome.reason);
    return Verdict::Ends;
  }
  const Verdict verdict = replace_instance(spec, outcome);
  if (verdict == Verdict::GoesOn) restart_siblings(*thread_, id_);
  return verdict;
}

/// A sibling was restarted, and the parent's Strategy wants us to be, too.
void Cell::restart_by_order() {
  ActorSpec spec;
  if (stage_ != Stage::Running || !read_spec(node_->segment(), id_, spec)) return;
  shm::Atomic<std::uint32_t>& total = node_->segment().slot(id_.index).restarts_total;
  // relaxed: for display; written by whoever has the actor.
  total.store_relaxed(total.load_relaxed() + 1);
  const Outcome why{.code = Code::ActorRestarted, .reason = "a sibling was restarted"};
  if (replace_instance(spec, why) == Verdict::GoesOn) close_turn({.after = After::Answer});
}

Cell::Verdict Cell::replace_instance(const ActorSpec& spec, const Outcome& why) {
  // relaxed: written by whoever has the actor.
  node_->segment().slot(id_.index).restart_at_ns.store_relaxed(shm::now_ns());
  const Verdict verdict = begin_instance(spec);
  if (verdict == Verdict::GoesOn) tell_restarted(why);
  return verdict;
}

/// Its saved state is all it has.
Cell::Verdict Cell::begin_instance(const ActorSpec& spec) {
  thread_->count(shm::Counter::Restarted);
  if (rare_ != nullptr) rare_->owed.fail_all(*thread_);
  drop_instance();
  const Outcome made = make_instance(spec, true);
  if (made.code == Code::Ok) return Verdict::GoesOn;
  if (made.signal != 0) return crash(made.signal), Verdict::Crashed;
  undo();
  end_with(Code::StartFailed, made.reason);
  return Verdict::Ends;
}

void Cell::tell_restarted(const Outcome& why) {
  if (!shm::has_flag(node_->segment(), id_, shm::SlotFlag::kParentWantsRestarts)) return;
  tell(shm::parent_of(node_->segment(), id_), restarted(self(), why.code, why.reason));
}

}  // namespace buskin::runtime
