// Cell: an actor at run time: its memory, its lanes, and its voice.
//
// One turn at a time, by one thread at a time. Control and replies are looked at
// once per batch of messages. Small while it is idle: a million of them fit.
//
//   Unborn -> Running -> Ending (waits for its children) -> Gone
//     ^          |
//     +-- Crashed (by injection, repaired; waits for its restart)
//
// In any of these a turn may be open: its handler has returned, and it waits for
// room at a receiver. An executor runs slices; between them the cell lies still.
#pragma once

#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "api/runtime/cell/active_state.hpp"
#include "api/runtime/cell/children.hpp"
#include "api/runtime/cell/incarnation_ids.hpp"
#include "api/runtime/cell/overlays.hpp"
#include "api/runtime/cell/owed_replies.hpp"
#include "api/runtime/cell/requests.hpp"
#include "api/runtime/cell/timers.hpp"
#include "api/runtime/node/crash_injection.hpp"
#include "api/runtime/node/spin_budget.hpp"
#include "buskin/context.hpp"

namespace buskin::runtime {

class Cell final : public EndpointBase<detail::TurnEndpoint> {
 public:
  Cell(Node& node, shm::Thread& thread, shm::ActorId id, const detail::ActorInfo& info, const ActorSpec& spec);
  ~Cell() override;

  /// What the executor has to do after a slice.
  struct Next {
    enum class What : std::uint8_t { Again, Sleep, Gone } what{};
    bool has_worked = false;
    std::uint64_t at_ns = 0;  ///< Sleep: not longer than until then.
  };
  /// Does at most `steps_max` things. For executors that run many cells; `thread` is the caller's.
  Next slice(shm::Thread& thread, std::uint32_t steps_max);
  /// Runs until it is gone, sleeping when idle. For a thread of its own.
  void run(shm::Thread& thread, Idle idle);
  /// Before the first slice: whom senders wake.
  void set_wake_target(shm::WakeWord wake) { wake_ = wake; }
  /// Before the first slice: it is not born, for this reason.
  void refuse_start(std::string_view reason);
  /// Where time passes only when nobody can run: what waits for room, or for a restart, waits no longer.
  /// False: nothing waits.
  bool expire_waits();

  // For the executor: whose turn it is to run this cell, and its bit in the ready map.
  enum class Claim : std::uint32_t { Free, Taken, TakenAndWanted };
  shm::Atomic<std::uint32_t> claim{0};
  std::uint32_t bit = 0;

  detail::LeasePtr keep(detail::Incoming& delivery) override;
  Status forward(Address to, detail::Incoming& delivery) override;
  detail::RequestId request(const detail::SendSpec& send_spec, std::span<const std::byte> bytes,
                            Duration timeout) override;
  void await(detail::RequestId id, detail::ContinuationPtr next) override;
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
  void save(const detail::MessageInfo& info, std::span<const std::byte> bytes) override;
  std::uint64_t set_timer(const detail::MessageInfo& info, std::span<const std::byte> bytes,
                          const detail::Schedule& schedule) override;
  void cancel_timer(std::uint64_t timer) override;

 protected:
  Status transmit(const Outgoing& outgoing, shm::Handle block) override;
  bool is_called_off() override;
  std::uint8_t flags_now() const override;
  std::uint32_t flags_of_children() const override;

 private:
  enum class Stage : std::uint8_t { Requested, Running, Ending, Crashed, Gone };
  /// What most light actors never have.
  struct Rare {
    explicit Rare(shm::ActorId actor) : timers(actor) {}

    Requests requests;
    Timers timers;
    Children children;
    Overlays overlays;
    OwedReplies owed;
    std::shared_ptr<detail::SenderEndpoint> helper;
    std::string name;
    Code end_code = Code::Ok;
    std::string end_reason = "exit";
    std::uint64_t start_correlation = 0;  // Whom to tell that it was not born.
    std::uint64_t creator = 0;
    std::uint64_t restart_at_ns = 0;  // Crashed: when it begins anew.
  };
  struct Outcome {
    Code code = Code::Ok;  ///< Ok, NotHandled, Refused when the handler threw, ActorDied when it crashed.
    std::string reason{};
    const shm::FaultRecord* fault = nullptr;  ///< Of the crash, when its thread recorded one.
    int signal = 0;  ///< Of a crash that was injected just now.
  };
  /// What becomes of the actor after its handler threw.
  enum class Verdict : std::uint8_t { GoesOn, Ends, Crashed };

  // cell_life.cpp
  void start();
  Outcome make_instance(const ActorSpec& spec, bool is_again);
  void finish_start();
  void adopt();
  void find_children();
  void host_child(shm::ActorId child);
  void postpone_adoption();
  void announce_birth(const ActorSpec& spec);
  void end_with(Code code, std::string_view reason);
  bool try_end();
  bool are_children_gone();
  void finish_end();

  // cell_run.cpp
  void enter(shm::Thread& thread);
  bool step();
  bool serve();
  Next rest(bool has_worked);
  std::uint64_t wake_at_ns() const;
  bool has_mail();
  bool has_pressing_mail();
  void idle(Idle idle, SpinBudget& spin);

  // cell_turn.cpp
  bool skip_overrun(shm::LaneReader& reader);
  void turn(shm::LaneReader& reader);
  template <class Work>
  Outcome attempt(Work work);
  void begin_attempt(shm::Lane lane, const detail::Incoming& delivery);
  void dispatch(shm::Lane lane, detail::Incoming& delivery);
  void handle_message(detail::Incoming& delivery);
  void handle_exit(const detail::Incoming& delivery);
  void handle_order(const detail::Incoming& delivery);
  void handle_reply(detail::Incoming& delivery);
  void complete(shm::LaneReader& reader, const shm::Hand& hand);
  void count_completed(const shm::LaneReader& reader, const shm::Hand& hand);
  void give_up(shm::LaneReader& reader, const shm::Hand& hand, const Outcome& outcome);
  void tell_given_up(const detail::Incoming& delivery, Code code);
  void lose(const detail::Incoming& delivery);
  void expire(shm::LaneReader& reader, const shm::Hand& hand, const detail::Incoming& delivery);
  void undo();

  // cell_group.cpp
  bool is_gathering() const { return active_->group != nullptr && !active_->group->inputs.empty(); }
  bool joins_group(const shm::LaneReader& reader, const shm::Hand& hand) const;
  void gather(const shm::Hand& hand);
  bool is_group_over() const;
  bool commit_group();
  void forget_group();
  void roll_back_group();
  void save_state();
  void leave_group(shm::LaneReader& reader, shm::Hand& hand);
  void note_room(const Outgoing& outgoing);

  // cell_fail.cpp
  bool has_used_attempts(const shm::Hand& hand) const;
  Outcome death_of(const shm::Hand& hand, shm::Lane lane) const;
  Verdict decide(const Outcome& outcome);
  Verdict restart_in_place(const ActorSpec& spec, const Outcome& outcome);
  Verdict begin_instance(const ActorSpec& spec);
  Verdict replace_instance(const ActorSpec& spec, const Outcome& why);
  void restart_by_order();
  void tell_restarted(const Outcome& why);

  // cell_crash.cpp
  void crash(int signal);
  void drop_instance();
  void wait_for_restart(const std::string& reason);
  bool begin_anew();

  // cell_create.cpp
  Result<Address> create_child(const detail::ActorInfo& actor, ActorSpec& spec, std::uint64_t key);
  void tell_not_started(Address child, const Error& error);
  void settle_made();
  void gather_made();
  void settle_gathered();
  void start_requested(std::size_t count);
  void abandon_children();

  bool fire_timer();

  // cell_reply.cpp
  void keep_owed(const shm::Hand& hand);
  Status answer_kept(const Owed& owed, shm::ReplyIndex row, const detail::MessageInfo& info,
                     std::span<const std::byte> bytes);
  void say_no_reply(const detail::Incoming& delivery);
  void forget_answered();
  void drop_conversations();

  // cell_request.cpp
  bool finish_request();
  Rare& rare();

  // cell_wait.cpp
  Status stage(const Outgoing& outgoing, shm::Handle block);
  Status wait_to_stage(const Outgoing& outgoing, shm::Handle block);
  bool settle();
  bool settle_one(const Waiting& waiting, std::uint64_t now_ns, bool is_off);
  void fail_waiting(const Waiting& waiting, Code code);
  void close_turn(OpenTurn turn);
  void finish_message(shm::LaneReader& reader, const shm::Hand& hand);
  void finish_turn(const OpenTurn& turn);

  const detail::ActorInfo* info_;
  void* actor_ = nullptr;
  Context context_;
  std::unique_ptr<ActiveState> active_;
  std::unique_ptr<Rare> rare_;
  IncarnationIds ids_;
  shm::WakeWord wake_{};
  std::uint32_t latest_max_ = 0;  // KeepLatest: how many messages are not skipped; else 0.
  std::uint8_t attempts_max_;
  std::uint8_t kills_max_;
  Stage stage_ = Stage::Requested;
  bool has_own_thread_ = false;
  bool has_bytes_max_ = false;
  bool wants_end_ = false;
  bool wants_restart_ = false;
  bool is_silent_ = false;  // A dead instance is taken down: what it says now nobody hears.
  bool is_recursive_ = true;
};

template <class Work>
Cell::Outcome Cell::attempt(Work work) {
  try {
    work();
    return {};
  } catch (const std::exception& thrown) {
    return {Code::Refused, thrown.what()};
  } catch (const InjectedCrash& crash) {
    return {.code = Code::ActorDied, .reason = end_by_signal(crash.signal), .signal = crash.signal};
  } catch (...) {
    return {Code::Refused, "an exception that is no std::exception"};
  }
}

}  // namespace buskin::runtime
