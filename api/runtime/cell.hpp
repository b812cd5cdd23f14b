// Cell: an actor at run time: its memory, its lanes, and its voice.
//
// Lanes are served in order: control, replies, messages. One turn at a time, by
// one thread at a time.
//
//   Unborn -> Running -> Ending (waits for its children) -> Gone
//
// Floor: runtime.
#pragma once

#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "api/runtime/speaker.hpp"
#include "buskin/context.hpp"
#include "shm/segment/turn.hpp"

namespace buskin::runtime {

class Cell final : public Speaker {
 public:
  Cell(Host& host, shm::Thread& thread, shm::ActorId id, const detail::ActorInfo& info, Birth birth);
  ~Cell() override;

  /// Does one thing. False when there is nothing to do. `thread` is the caller's.
  bool step(shm::Thread& thread);
  bool is_gone() const { return stage_ == Stage::Gone; }
  /// Runs until it is gone, sleeping when idle. `thread` is the caller's.
  void run(shm::Thread& thread);
  const RunOptions& run_options() const { return birth_.options.run; }
  /// Before the first step: it is not born, for this reason.
  void refuse_birth(std::string_view reason) { end_with(Code::BadOption, reason); }
  /// When a request of this actor expires; the greatest number for never.
  std::uint64_t next_deadline_ns() const;

  detail::LeasePtr keep(detail::Incoming& delivery) override;
  Status forward(Address to, detail::Incoming& delivery) override;
  detail::RequestId request(const detail::Parcel& parcel, std::span<const std::byte> bytes,
                            Duration timeout) override;
  void await(detail::RequestId id, detail::ContinuationPtr next) override;
  detail::LeasePtr wait(detail::RequestId id, Error& error) override;
  void abandon(detail::RequestId id) override;
  Status reply(Address asker, std::uint64_t correlation, const detail::MessageInfo& info,
               std::span<const std::byte> bytes) override;
  Result<Address> create(const detail::ActorInfo& actor, const CreateOptions& options,
                         std::span<const std::byte> init) override;
  void exit(Address actor, const ExitOptions& options) override;
  void log(Level level, std::string_view text) override;
  void overlay(const detail::MessageInfo& info, Overlay handler) override;
  void save(const detail::MessageInfo& info, std::span<const std::byte> bytes) override;

 protected:
  Status transmit(const Letter& letter, shm::Handle block) override;

 private:
  enum class Stage : std::uint8_t { Unborn, Running, Ending, Gone };
  struct Request {
    std::uint64_t id;
    std::uint64_t deadline_ns;
    detail::ContinuationPtr next;
    Error error;
  };
  struct Child {
    shm::ActorId id;
    std::uint64_t key;
  };
  struct Overlaid {
    std::uint64_t type;
    std::shared_ptr<Overlay> handler;
  };
  struct Outcome {
    Code code = Code::Ok;  ///< Ok, NotHandled, or Refused when the handler threw.
    std::string reason{};
  };

  void be_born();
  void announce_birth();
  void end_with(Code code, std::string_view reason);
  bool serve();
  bool try_end();
  void finish_end();
  void idle(bool may_spin);

  bool skip_overrun(shm::LaneReader& reader);
  void turn(shm::LaneReader& reader);
  template <class Work>
  Outcome attempt(Work work);
  void dispatch(shm::Lane lane, detail::Incoming& delivery);
  void handle_message(detail::Incoming& delivery);
  void handle_reply(detail::Incoming& delivery);
  void complete(shm::LaneReader& reader, const shm::Hand& hand, const detail::Incoming& delivery);
  void give_up(shm::LaneReader& reader, const shm::Hand& hand, const Outcome& outcome);
  void undo();
  bool finish_request();
  void run_answer(Request request, detail::LeasePtr lease);
  void leave_stage();

  const detail::ActorInfo* info_;
  Birth birth_;
  std::unique_ptr<std::byte[]> memory_;
  void* actor_ = nullptr;
  Context context_;
  std::vector<shm::LaneReader> lanes_;
  std::vector<Request> requests_;
  std::vector<Child> children_;
  std::vector<Overlaid> overlays_;
  std::vector<shm::Staged> staged_;
  shm::Handle saved_{};
  KeptLease* kept_ = nullptr;  // Of the message in hand.
  std::uint64_t next_request_ = 1;
  std::uint32_t create_ordinal_ = 0;
  Stage stage_ = Stage::Unborn;
  bool is_staging_ = false;
  bool is_starting_ = false;
  bool wants_end_ = false;
  bool handled_ = true;
  std::string name_;
  Code end_code_ = Code::Ok;
  std::string end_reason_ = "exit";
};

template <class Work>
Cell::Outcome Cell::attempt(Work work) {
  try {
    work();
    return {};
  } catch (const std::exception& thrown) {
    return {Code::Refused, thrown.what()};
  } catch (...) {
    return {Code::Refused, "an exception that is no std::exception"};
  }
}

}  // namespace buskin::runtime
