// Client: the endpoint and the mailbox of one thread outside of actors.
#pragma once

#include <functional>
#include <vector>

#include "api/runtime/endpoint/endpoint_base.hpp"
#include "api/runtime/node/spin_budget.hpp"

namespace buskin::runtime {

class Client final : public EndpointBase<detail::ClientEndpoint> {
 public:
  /// Opens a mailbox. Throws std::runtime_error when there is no memory for it.
  static std::unique_ptr<Client> open(Node& node, shm::Thread& thread);
  Client(Node& node, shm::Thread& thread, shm::ActorId id);
  ~Client() override;

  detail::LeasePtr keep(detail::Incoming& delivery) override;
  detail::RequestId request(const detail::SendSpec& send_spec, std::span<const std::byte> bytes,
                            Duration timeout) override;
  detail::LeasePtr wait(detail::RequestId id, Error& error) override;
  void abandon(detail::RequestId id) override;
  Result<Address> create(const detail::ActorInfo& actor, const CreateOptions& options,
                         std::span<const std::byte> init) override;
  void log(Level level, std::string_view event, std::span<const LogField> fields) override;

  using Visit = std::function<void(detail::Incoming&)>;
  /// Handles what is there: replies go to their requests, other messages to `visit`. Returns how many of these.
  std::size_t take(const Visit& visit);
  /// Waits until there is something to take, spinning briefly first. False at the deadline.
  bool wait_for_mail(std::uint64_t deadline_ns);
  /// Lets senders wake the mailbox's wake target. False when there is mail already.
  bool park_idle();

 private:
  struct Request {
    std::uint64_t id;
    std::uint64_t deadline_ns;
    Error error;
    detail::LeasePtr reply;
    bool done = false;
  };
  /// The message that take() shows just now.
  struct InHand {
    shm::LaneReader* reader = nullptr;
    shm::Hand hand{};
  };
  bool has_mail();
  bool run_until_mail(std::uint64_t deadline_ns);
  void take_reply(shm::LaneReader& reader);
  Request* find_request(std::uint64_t id);

  SpinBudget spin_;
  std::vector<shm::LaneReader> lanes_;
  InHand in_hand_;
  std::vector<Request> requests_;
  std::uint64_t next_request_ = 1;
};

/// True while the calling thread runs a turn; in an actor's own thread always.
bool& in_turn();

}  // namespace buskin::runtime
