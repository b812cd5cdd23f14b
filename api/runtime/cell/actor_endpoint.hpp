// ActorEndpoint: what an actor can do in its turns, and what it holds beyond them.
//
// Each verb of a Context ends in one class beside this one: requests, timers, children,
// overlays, owed replies. How a message leaves is TurnOutbox's.
#pragma once

#include <memory>
#include <optional>

#include "api/runtime/cell/holdings.hpp"
#include "api/runtime/cell/incarnation_ids.hpp"
#include "api/runtime/cell/turn_outbox.hpp"
#include "api/runtime/endpoint/reserved_notices.hpp"
#include "buskin/detail/actor_info.hpp"

namespace buskin::runtime {

/// Threads: the one that runs the actor.
class ActorEndpoint final : public TurnOutbox {
 public:
  ActorEndpoint(Node& node, shm::Thread& thread, shm::ActorId id, const detail::ActorInfo& info);

  detail::RequestId request(const detail::SendSpec& send_spec, std::span<const std::byte> bytes,
                            Duration timeout) override;
  void await(detail::RequestId id, detail::ContinuationPtr next) override;
  std::optional<Duration> remaining() const override;
  void abandon(detail::RequestId id) override;
  Status reply(Address asker, std::uint64_t correlation, const detail::MessageInfo& info,
               std::span<const std::byte> bytes) override;
  Result<Address> create(const detail::ActorInfo& actor, const CreateOptions& options,
                         std::span<const std::byte> init) override;
  void exit(Address actor, const ExitOptions& options) override;
  void log(Level level, std::string_view event, std::span<const LogField> fields) override;
  std::vector<Child> children() override;
  std::shared_ptr<detail::SenderEndpoint> sender() override;
  void overlay(const detail::MessageInfo& info, Overlay handler) override;
  std::uint64_t set_timer(const detail::MessageInfo& info, std::span<const std::byte> bytes,
                          const detail::Schedule& schedule) override;
  void cancel_timer(std::uint64_t timer) override;

  /// What a turn asks the actor's life for. It is granted when the turn is complete.
  enum class Wish : std::uint8_t { None, End, EndAlone, Restart };
  Wish wish() const { return wish_; }
  void wish(Wish wish) { wish_ = wish; }
  /// Notes in the slot that the actor ends, if that is its wish: with the message at `at`, which the turn is about to
  /// complete.
  void note_end(const EndAt& at);

  IncarnationIds& ids() { return ids_; }
  /// Null when there are none.
  Holdings* holdings() { return holdings_.get(); }
  const Holdings* holdings() const { return holdings_.get(); }
  Holdings& need_holdings();
  std::unique_ptr<Holdings> take_holdings() { return std::move(holdings_); }
  void drop_empty_holdings();

  /// The turn ends, and the sender of its message, at position `seq`, still waits for an answer.
  void keep_question(std::uint64_t seq);
  /// The turn under way, an exact one, is committed.
  void commit_turn() {
    if (active().output.has_children()) [[unlikely]] start_children(active().output.take_children());
    if (holdings_ != nullptr) holdings_->commit_turn();
  }
  /// The children of a turn that is committed: starts those that this process is to start.
  void start_children(const std::vector<shm::ActorId>& children);
  /// The children of a turn that is rolled back. Nobody has their addresses.
  void abandon_children(const std::vector<shm::ActorId>& children);
  /// The turn under way leaves nothing: its sends, state, children and timers are gone, the timers it cancelled stand.
  void undo_turn();
  /// The turn is over, and exceptions have dropped ReplyTos in it: their askers get the error.
  void answer_dropped(const Error& error);
  /// The same of the turn and of the group that is open, if there is one.
  void roll_back();
  /// Hosts a child that was to live in its parent's process and has none.
  void host_child(shm::ActorId child);
  /// Looks once more for room for what waits. True: nothing waits any longer.
  bool settle_sends();

 protected:
  /// What an ExactlyOnce actor has done it cannot do again: its messages are not lost for want of room.
  bool is_patient() const override { return is_exact_; }

 private:
  Status answer_kept(const Owed& owed, shm::ReplyIndex row, const detail::MessageInfo& info,
                     std::span<const std::byte> bytes);
  Status owe_still(shm::ReplyIndex row, std::uint64_t bytes);
  std::optional<shm::ActorId> find_child(const std::string& name, std::uint64_t key);
  Result<Address> create_child(const detail::ActorInfo& actor, ActorSpec& spec, std::uint64_t key);
  Address address_of_nobody();
  void report_unstarted(Address child, const Error& error);

  // Small, so that they lie in what TurnOutbox leaves free of its last word.
  bool is_exact_;
  bool wants_restarts_ = false;  // The restarts of its children are reported to it.
  Wish wish_ = Wish::None;
  std::unique_ptr<Holdings> holdings_;
  IncarnationIds ids_;
};

}  // namespace buskin::runtime
