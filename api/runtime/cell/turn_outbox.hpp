// TurnOutbox: how a turn sends: at once, or staged until it commits.
//
// A turn of an ExactlyOnce actor stages all its sends. Any other turn sends at once, and
// stages from the first send on that finds no room: with a thread of its own an actor
// waits in place, without one the turn stays open until there is room or a deadline has
// passed. A request is always staged then.
#pragma once

#include <memory>

#include "api/runtime/cell/active_state.hpp"
#include "api/runtime/endpoint/endpoint_base.hpp"

namespace buskin::runtime {

/// Threads: the one that runs the actor.
class TurnOutbox : public EndpointBase<detail::TurnEndpoint> {
 public:
  using EndpointBase::EndpointBase;

  detail::LeasePtr keep(detail::Incoming& delivery) override;
  Status forward(Address to, detail::Incoming& delivery) override;
  void save(const detail::MessageInfo& info, std::span<const std::byte> bytes) override;

  // For those that run its turns.
  using Outbox::address_of;
  using Outbox::read;
  using Outbox::resolve;
  using Outbox::send_message;
  using Outbox::types;

  shm::Segment& segment() const { return node_->segment(); }
  shm::Thread& thread() const { return *thread_; }
  void set_thread(shm::Thread& thread) { thread_ = &thread; }
  bool waits_in_place() const { return waits_in_place_; }
  /// The actor has a thread of its own.
  void wait_in_place() { waits_in_place_ = true; }
  /// What a dead instance says while it is destroyed is not sent. Returns what it was before.
  bool set_silent(bool is_silent) { return std::exchange(is_silent_, is_silent); }

  bool is_active() const { return active_ != nullptr; }
  ActiveState& active() { return *active_; }
  const ActiveState& active() const { return *active_; }
  /// With readers that begin where the mailbox is.
  void begin_active() { active_ = std::make_unique<ActiveState>(node_->segment(), id_.index); }
  void end_active() { active_.reset(); }

  /// Sends the entries of a hook, which no journal commits.
  void send_entries();
  /// The message in hand becomes the notice to its sender, or the answer, and leaves with the turn.
  void return_message(const shm::Hand& hand, shm::Returned notice);
  /// The message in hand is one whose return a death has cut: it is returned once more. False: it is another one.
  bool return_again(const shm::Hand& hand);
  /// Looks once more for room for the sends that wait. True: none waits any longer.
  bool settle(const WaitingSends::Failed& failed);
  /// A send that waited does not leave: reports it to this actor at once.
  void report_unsent(std::size_t entry, Code code);

 protected:
  Status transmit(const Outgoing& outgoing, shm::Handle block) override;
  void lack(const Outgoing& outgoing, std::uint64_t bytes) override;
  bool has_lacked() const override { return is_lacking(); }
  bool is_lacking() const { return active_ != nullptr && active_->turn.lack() != TurnState::Lack::None; }
  /// The turn under way cannot do without so much memory, and there is none.
  void lack_memory(std::uint64_t bytes);
  void share_original(shm::Handle original, std::span<const shm::Handle> carriers) override;
  void send_notice(const Outgoing& outgoing, shm::Handle block) override;
  bool is_called_off() override;
  std::uint8_t flags_now() const override;
  bool is_silent() const { return is_silent_; }

 private:
  /// A request never waits in place: its handler goes on, and hears of the failure in the answer.
  bool waits_in_place(const Outgoing& outgoing) const { return waits_in_place_ && outgoing.correlation == 0; }
  Status stage(const Outgoing& outgoing, shm::Handle block);
  void report_unsent(const shm::Staged& staged, Error why);
  /// By what the turn has staged itself: the target's own limit on bytes, or its share of memory.
  enum class Filled : std::uint8_t { No, Limit, Share };
  Filled find_filled(const shm::Staged& staged) const;
  Status wait_to_stage(const Outgoing& outgoing, shm::Handle block);

  std::unique_ptr<ActiveState> active_;
  bool waits_in_place_ = false;
  bool is_silent_ = false;
};

}  // namespace buskin::runtime
