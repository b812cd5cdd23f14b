// Cell: birth and end.
//
// The end: children are told and awaited, on_stop, close, drain, one notice to
// the parent, and the slot is free.
#include <algorithm>
#include <new>

#include "api/runtime/cell/cell.hpp"
#include "api/runtime/endpoint/dead_letters.hpp"
#include "api/runtime/endpoint/reserved_notices.hpp"
#include "api/runtime/node/node.hpp"
#include "api/runtime/lifecycle/actor_created.hpp"
#include "api/runtime/lifecycle/close.hpp"
#include "api/runtime/lifecycle/restart_intensity.hpp"
#include "shm/base/clock.hpp"
#include "shm/names/names.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::runtime {

void Cell::start() {
  shm::Segment& segment = node_->segment();
  const shm::ProcessIndex here = thread_->process();
  ActorSpec spec;
  const bool has_birth = read_spec(segment, id_, spec);
  bool is_again = false;
  // Ends: a failed exchange is a repairer that writes his name there, or another host, who has the actor then.
  while (has_birth && !is_again && shm::life_of(segment, id_).state == shm::LifeState::Notified) {
    is_again = shm::change_life(segment, id_, shm::LifeState::Notified, shm::LifeState::Adopting, here);
  }
  if (!has_birth ||
      (!is_again && !shm::change_life(segment, id_, shm::LifeState::Requested, shm::LifeState::Init, here))) {
    stage_ = Stage::Gone;
    return;
  }
  // Before `in` is read: a sender from here on wakes us, and what was sent before is found.
  shm::set_wake(segment, id_.index, wake_);
  active_ = std::make_unique<ActiveState>(segment, id_.index);
  shm::unpark(segment, id_.index);
  if (is_again) {
    adopt();
    if (!reserve_restart_notice(*thread_, id_, spec)) return postpone_adoption();
  } else {
    rare().start_correlation = spec.correlation;
    rare().creator = spec.creator;
  }
  const Outcome outcome = make_instance(spec, is_again);
  if (outcome.signal != 0 && is_again) return crash(outcome.signal);
  if (outcome.code != Code::Ok) {
    undo();
    return end_with(Code::StartFailed, outcome.reason);
  }
  close_turn({.after = After::Start});
}

/// Takes over what a dead host left: its children are ours, its requests are nobody's.
void Cell::adopt() {
  ids_.begin(std::uint64_t{shm::count_incarnation(node_->segment(), id_)} + 1);
  thread_->count(shm::Counter::Restarted);
  find_children();
  rare().timers.adopt(node_->segment());
  restart_siblings(*thread_, id_);
}

void Cell::find_children() {
  rare().children.adopt(node_->segment(), id_);
  for (const shm::ActorId id : rare().children.list()) host_child(id);
}

/// A child that was to live in its parent's process, and has none: it follows us.
void Cell::host_child(shm::ActorId child) {
  const shm::Segment& segment = node_->segment();
  const shm::LifeState state = shm::life_of(segment, child).state;
  if (state != shm::LifeState::Requested && state != shm::LifeState::Notified) return;
  if (!shm::is_local(segment, child)) return;
  const Status hosted = node_->host(child);
  if (!hosted.ok()) close_actor(*thread_, child, {hosted.code(), hosted.error().what()});
}

/// A new object, by its first hook, or `is_again` with its saved state.
Cell::Outcome Cell::make_instance(const ActorSpec& spec, bool is_again) {
  const auto alignment = std::align_val_t{info_->alignment};
  void* const place = ::operator new(std::max<std::size_t>(info_->bytes, 1), alignment);
  ActiveState& active = *active_;
  active.turn_stamp = 0;
  active.creates = 0;
  active.is_repeated = is_again;
  active.first_request = ids_.next();
  const Outcome outcome = attempt([&] {
    info_->construct(place, spec.init);
    actor_ = place;
    if (!is_again) return info_->on_start(actor_, context_);
    const shm::SavedWord saved = shm::saved_of(node_->segment(), id_);
    std::span<const std::byte> bytes;
    if (saved.handle != shm::Handle::None) bytes = shm::view_payload(node_->segment(), saved.handle).bytes;
    info_->on_restart(actor_, context_, bytes);
  });
  active.is_repeated = false;
  if (actor_ == nullptr) ::operator delete(place, alignment);
  return outcome;
}

void Cell::finish_start() {
  shm::Segment& segment = node_->segment();
  const shm::LifeState present = shm::life_of(segment, id_).state;
  if (present == shm::LifeState::Adopting) {
    // relaxed: for whoever decides how long the next restart waits.
    segment.slot(id_.index).restart_at_ns.store_relaxed(shm::now_ns());
  }
  if (present != shm::LifeState::Active) {
    (void)shm::change_life(segment, id_, present, shm::LifeState::Active, thread_->process());
  }
  stage_ = Stage::Running;
  if (rare_ != nullptr && rare_->start_correlation != 0) {
    const ActorCreated created{self()};
    (void)EndpointBase::reply(address_of(shm::ActorId::from_word(rare_->creator)), std::exchange(rare_->start_correlation, 0),
                         detail::kMessageInfo<ActorCreated>, bytes_of(created));
  }
  const bool has_rare = rare_ == nullptr || !rare_->children.is_empty() || !rare_->requests.is_empty() || !rare_->overlays.is_empty() ||
                        rare_->helper != nullptr || !rare_->owed.is_empty() || !rare_->timers.is_empty();
  if (!has_rare) rare_.reset();
  if (wants_end_) stage_ = Stage::Ending;
}

void Cell::refuse_start(std::string_view reason) {
  ActorSpec spec;
  (void)read_spec(node_->segment(), id_, spec);
  rare().start_correlation = spec.correlation;
  rare().creator = spec.creator;
  active_ = std::make_unique<ActiveState>(node_->segment(), id_.index);
  end_with(Code::BadOption, reason);
}

void Cell::end_with(Code code, std::string_view reason) {
  rare().end_code = code;
  rare().end_reason = reason;
  stage_ = Stage::Ending;
}

/// Tells the children to end and looks whether they are gone, or makes them top-level actors.
bool Cell::are_children_gone() {
  if (rare_ == nullptr || rare_->children.is_empty()) return true;
  shm::Segment& segment = node_->segment();
  Children& children = rare_->children;
  if (!is_recursive_) {
    children.release(segment);
    return true;
  }
  const std::vector<shm::ActorId> untold = children.take_untold();
  for (const shm::ActorId id : untold) Outbox::exit(address_of(id), {});
  if (!untold.empty()) return false;
  const auto alive = children.next_alive(segment);
  if (alive.has_value()) host_child(*alive);
  return !alive.has_value();
}

bool Cell::try_end() {
  if (!are_children_gone()) return false;
  active_->is_staging = false;
  if (actor_ == nullptr) {
    finish_end();
    return true;
  }
  active_->turn_stamp = 0;
  const Outcome outcome = attempt([&] { info_->on_stop(actor_, context_); });
  if (outcome.signal != 0) return crash(outcome.signal), true;
  close_turn({.after = After::Stop});
  return true;
}

void Cell::finish_end() {
  shm::Segment& segment = node_->segment();
  drop_conversations();
  if (actor_ != nullptr) {
    info_->destroy(actor_);
    ::operator delete(std::exchange(actor_, nullptr), std::align_val_t{info_->alignment});
  }
  const std::unique_ptr<Rare> rare = std::move(rare_);
  if (rare != nullptr) rare->owed.forget_all(segment);
  const Code code = rare == nullptr ? Code::Ok : rare->end_code;
  const std::string reason = rare == nullptr ? "exit" : rare->end_reason;
  stage_ = Stage::Gone;
  const shm::ActorId parent = shm::parent_of(segment, id_);
  if (!shm::begin_close(*thread_, id_)) return;
  shm::remove_name(*thread_, id_);
  shm::drain(*thread_, id_, [&](shm::Thread& thread, shm::Lane lane, shm::Handle block) {
    return_mail(thread, {id_}, lane, block);
    return false;
  });
  send_exit_notice(*thread_, id_, parent, exited(self(), code, reason));
  shm::release_slot(*thread_, id_);
  if (rare == nullptr || rare->start_correlation == 0) return;
  const RequestFailed failed = request_failed(code, reason);
  (void)EndpointBase::reply(address_of(shm::ActorId::from_word(rare->creator)), rare->start_correlation,
                       detail::kMessageInfo<RequestFailed>, bytes_of(failed));
}

}  // namespace buskin::runtime
