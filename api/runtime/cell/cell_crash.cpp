// Cell: a crash that is injected, and what follows it where no process can follow another.
//
// The thread goes on with other actors, so only this turn and this actor are repaired; of the memory that a
// death would leave to the sweep, the turn's own is dropped here.
#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "api/runtime/cell/cell.hpp"
#include "api/runtime/node/crash_handler.hpp"
#include "api/runtime/node/node.hpp"
#include "api/runtime/endpoint/dead_letters.hpp"
#include "api/runtime/lifecycle/restart_intensity.hpp"
#include "shm/base/clock.hpp"
#include "shm/recovery/reap.hpp"

namespace buskin::runtime {

namespace {

/// Signals that a handler raises itself, and its thread records.
constexpr std::array kFaults = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

constexpr std::uint64_t kAdoptionPause_ns = 10'000'000;

}  // namespace

/// Of a turn, or of a hook of an actor that is born.
void Cell::crash(int signal) {
  if (std::find(kFaults.begin(), kFaults.end(), signal) != kFaults.end()) record_fault(*thread_, signal, 0);
  is_silent_ = true;
  forget_group();
  undo();
  drop_instance();
  rare_.reset();
  is_silent_ = false;
  const auto leased = node_->member().lease_thread();
  if (!leased.ok()) detail::unwrap_failed(Error(Code::NoMemory, "the table of threads is full"));
  (void)shm::reap_turn(*leased.value(), *thread_, id_, notifying_repair());
  node_->member().return_thread(leased.value());
  active_ = std::make_unique<ActiveState>(node_->segment(), id_.index);
  is_recursive_ = true;
  wait_for_restart(end_by_signal(signal));
}

/// Before a new one takes its place. Its ReplyTos are answered for already, or will be.
void Cell::drop_instance() {
  const bool was_silent = std::exchange(is_silent_, true);
  drop_conversations();
  if (actor_ != nullptr) {
    info_->destroy(actor_);
    ::operator delete(std::exchange(actor_, nullptr), std::align_val_t{info_->alignment});
  }
  is_silent_ = was_silent;
}

/// Carries out the policy, as whoever restarts the actors of dead processes does.
void Cell::wait_for_restart(const std::string& reason) {
  shm::Segment& segment = node_->segment();
  ActorSpec spec;
  const SuperviseOptions& supervise = spec.options.supervise;
  const bool has_birth = read_spec(segment, id_, spec);
  find_children();
  if (supervise.on_crash == Decision::Escalate) escalate(*thread_, id_);
  if (!has_birth || supervise.on_crash != Decision::Restart) return end_with(Code::ActorDied, reason);
  if (!count_restart(segment, id_, supervise, shm::now_ns())) {
    return end_with(Code::ActorDied, restarted_too_often(reason, supervise));
  }
  stage_ = Stage::Crashed;
  rare().restart_at_ns = shm::now_ns() + static_cast<std::uint64_t>(backoff_of(segment, id_, supervise).count());
}

/// There is no memory for what the next crash needs: it is tried again.
void Cell::postpone_adoption() {
  (void)shm::change_life(node_->segment(), id_, shm::LifeState::Adopting, shm::LifeState::Notified,
                         shm::ProcessIndex::None);
  stage_ = Stage::Crashed;
  rare().restart_at_ns = shm::now_ns() + kAdoptionPause_ns;
}

/// NOTIFIED -> ADOPTING -> ACTIVE, when it is time.
bool Cell::begin_anew() {
  if (shm::now_ns() < rare().restart_at_ns) return false;
  stage_ = Stage::Requested;
  start();
  return true;
}

}  // namespace buskin::runtime
