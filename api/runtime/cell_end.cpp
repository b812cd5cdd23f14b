// Cell: how it ends, and what its thread does while there is nothing to do.
//
// The end: children are told and awaited, on_stop, close, drain, one notice to
// the parent, and the slot is free.
//
// Floor: runtime.
#include <algorithm>
#include <limits>

#include "api/runtime/cell.hpp"
#include "api/runtime/host.hpp"
#include "shm/base/clock.hpp"
#include "shm/segment/names.hpp"

namespace buskin::runtime {

namespace {

constexpr std::uint64_t kSpin_ns = 50'000;  ///< The longest that an adaptive thread spins before it sleeps.

}  // namespace

bool Cell::step(shm::Thread& thread) {
  thread_ = &thread;
  switch (stage_) {
    case Stage::Unborn: be_born(); return true;
    case Stage::Running: return serve();
    case Stage::Ending: return try_end();
    case Stage::Gone: break;
  }
  return false;
}

void Cell::run(shm::Thread& thread) {
  // Ends: with the actor.
  while (!is_gone()) {
    if (step(thread)) continue;
    idle(birth_.options.run.idle != Idle::Sleep && stage_ == Stage::Running);
  }
}

void Cell::idle(bool may_spin) {
  const auto has_mail = [&] {
    return std::any_of(lanes_.begin(), lanes_.end(), [](shm::LaneReader& lane) { return lane.poll(); });
  };
  const std::uint64_t start = may_spin ? shm::now_ns() : 0;
  // Ends: mail, or the time is over; never for Idle::Spin without mail, which was asked for.
  while (may_spin) {
    for (int i = 0; i < 64; ++i) {
      if (has_mail()) return;
      __builtin_ia32_pause();
    }
    const std::uint64_t now = shm::now_ns();
    if (now >= next_deadline_ns()) return;
    may_spin = birth_.options.run.idle == Idle::Spin || now - start < kSpin_ns;
  }
  const std::uint64_t done[shm::kLaneCount] = {lanes_[0].done(), lanes_[1].done(), lanes_[2].done()};
  const bool has_more = shm::park(host_->segment(), id_.index, done);
  const bool is_ending = stage_ == Stage::Ending;
  // While its children end, mail that waits is no reason to wake; their notices are.
  if (!has_more || is_ending) {
    const std::uint64_t deadline = is_ending ? shm::now_ns() + 1'000'000 : next_deadline_ns();
    shm::sleep_until(*thread_, deadline, [&] { return is_ending || !has_mail(); });
  }
  shm::unpark(host_->segment(), id_.index);
}

bool Cell::try_end() {
  if (!wants_end_ || end_code_ == Code::Ok) {
    for (Child& child : children_) {
      if (child.key == std::numeric_limits<std::uint64_t>::max()) continue;
      child.key = std::numeric_limits<std::uint64_t>::max();  // Told.
      Speaker::exit(address_of(child.id), {});
    }
  }
  const bool is_awaited = std::any_of(children_.begin(), children_.end(), [&](const Child& child) {
    const shm::LifeWord life = shm::life_of(host_->segment(), child.id);
    return life.state != shm::LifeState::Free && life.state != shm::LifeState::Drained;
  });
  if (is_awaited) return false;
  if (actor_ != nullptr) {
    (void)attempt([&] { info_->on_stop(actor_, context_); });
    leave_stage();
  }
  finish_end();
  return true;
}

void Cell::end_with(Code code, std::string_view reason) {
  end_code_ = code;
  end_reason_ = reason;
  stage_ = Stage::Ending;
  for (Child& child : children_) {
    child.key = std::numeric_limits<std::uint64_t>::max();
    Speaker::exit(address_of(child.id), {});
  }
}

void Cell::finish_end() {
  shm::Segment& segment = host_->segment();
  requests_.clear();
  overlays_.clear();
  if (actor_ != nullptr) info_->destroy(actor_);
  const shm::ActorId parent = shm::ActorId::from_word(segment.slot(id_.index).parent.load_relaxed());  // relaxed: constant.
  if (!shm::begin_close(*thread_, id_)) {
    stage_ = Stage::Gone;
    return;
  }
  shm::remove_name(*thread_, id_);
  shm::drain(*thread_, id_, [&](shm::Thread& thread, shm::Lane lane, shm::Handle block) {
    const shm::PayloadView mail = shm::view_payload(segment, block);
    const std::uint64_t type = types_.info_of(mail.type).id;
    if (lane != shm::Lane::Messages || type == detail::message_id<ActorExitRequest> ||
        type == detail::message_id<ChildActorExited> || type == detail::message_id<PoisonMessage> ||
        type == detail::message_id<Undeliverable> || type == detail::message_id<DeadLetter>) {
      return false;
    }
    thread.count(shm::Counter::DeadGone);
    if (mail.extension != nullptr && mail.extension->correlation != 0) {
      const RequestFailed failed{Code::ActorDied, std::string_view("the actor ended before it answered")};
      (void)Speaker::reply(address_of(mail.sender), mail.extension->correlation,
                           detail::kMessageInfo<RequestFailed>, std::as_bytes(std::span(&failed, 1)));
    } else if (shm::is_open(segment, mail.sender)) {
      Undeliverable notice{};
      notice.receiver = self();
      notice.type = type;
      notice.type_name = types_.info_of(mail.type).name;
      (void)send_message({{mail.sender, shm::Lane::Messages, shm::Admission::Exempt}, 0},
                         detail::kMessageInfo<Undeliverable>, std::as_bytes(std::span(&notice, 1)));
    }
    return true;
  });
  ChildActorExited gone{};
  gone.child = self();
  gone.code = end_code_;
  gone.reason = std::string_view(end_reason_);
  shm::push_exit_notice(*thread_, id_, parent, types_.index_of(detail::kMessageInfo<ChildActorExited>),
                        std::as_bytes(std::span(&gone, 1)));
  shm::release_slot(*thread_, id_);
  if (end_code_ != Code::Ok) announce_birth();
  stage_ = Stage::Gone;
}

}  // namespace buskin::runtime
