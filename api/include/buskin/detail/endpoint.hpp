// Endpoint: the narrow, type-free door between these templates and the runtime.
//
// A turn has one, and so has each client thread. Everything typed is turned into
// bytes above it; everything about segments, threads and processes is below.
//
//   SenderEndpoint       sends                        Sender
//   +- Endpoint          what turns and clients do    Draft, Message, ReplyTo
//      +- TurnEndpoint   what only a turn does        Context
//      +- ClientEndpoint what only a client does      ActorSystem
//
// A type has only what works there, so a verb in the wrong place does not compile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "buskin/address.hpp"
#include "buskin/detail/message_info.hpp"
#include "buskin/error.hpp"
#include "buskin/log_field.hpp"
#include "buskin/options.hpp"

namespace buskin::inline v0 {

/// A child as context.children() lists it.
struct Child {
  Address address;
  std::string name;  ///< Empty when it has none.
  std::string type;
};

}  // namespace buskin::v0

namespace buskin::inline v0::detail {

struct ActorInfo;

/// A message at its reader. The runtime fills it in; leases look through it.
struct Incoming {
  std::span<const std::byte> bytes;
  const MessageInfo* info = nullptr;  ///< Null when this program does not know the type.
  std::string_view type_name;
  Address sender;
  std::uint64_t message_id = 0;
  std::uint64_t correlation = 0;      ///< Names a request; 0 when nobody waits for a reply.
  std::uint64_t deadline_ns = 0;      ///< When it expires, by the clock of the runtime; 0: never.
  std::uint32_t attempt = 1;
  bool redelivered = false;
  std::uint64_t block = 0;            ///< Runtime's handle of the memory.
  enum class Fate : std::uint8_t { InHand, Kept, Forwarded } fate = Fate::InHand;
};

/// Memory that outlives its turn: a kept message, or a reply. Frees itself.
class Lease {
 public:
  virtual ~Lease() = default;
  Incoming delivery;
};
using LeasePtr = std::unique_ptr<Lease>;

/// Message memory being filled.
struct Slab {
  std::span<std::byte> place;
  std::uint64_t block = 0;   ///< 0: private memory, which cannot be sent.
  std::uint64_t system = 0;
};

enum class Wait : std::uint8_t { Never, AsConfigured };

struct SendSpec {
  Address to;
  const MessageInfo* info = nullptr;
  SendOptions options{};
  Wait wait = Wait::AsConfigured;
};

/// Gets the answer of a request. The lease is null when there is only an error.
class Continuation {
 public:
  virtual ~Continuation() = default;
  virtual void run(LeasePtr reply, const Error& error) = 0;
};
using ContinuationPtr = std::unique_ptr<Continuation>;

/// Names a request that is under way.
enum class RequestId : std::uint64_t {};

/// When a timer fires.
struct Schedule {
  Duration delay{};
  Duration period{};  ///< 0: once.
};

/// What a Sender stands on: an address that sends.
class SenderEndpoint {
 public:
  virtual ~SenderEndpoint() = default;

  virtual Address self() const = 0;

  /// Copies `bytes` into a block and sends it. With Wait::AsConfigured a failure comes back to this
  /// address as Undeliverable and is counted; with Wait::Never the caller gets it and it is counted as refused.
  virtual Status post(const SendSpec& send_spec, std::span<const std::byte> bytes) = 0;
};

/// What turns and clients have in common.
class Endpoint : public SenderEndpoint {
 public:
  /// Message memory to build in; exactly one of post_slab and discard follows.
  virtual Result<Slab> open(std::size_t bytes) = 0;
  /// Sends the last `bytes` of the slab.
  virtual Status post_slab(const SendSpec& send_spec, Slab slab, std::size_t bytes) = 0;
  virtual void discard(Slab slab) = 0;

  /// Takes the message in hand out of the turn or poll that reads it.
  virtual LeasePtr keep(Incoming& delivery) = 0;
  /// Passes it on: the same block, the same first sender, and the duty to reply with it.
  virtual Status forward(Address to, Incoming& delivery) = 0;

  /// The message that a notice in hand brings; without bytes when it brings none. Valid as long as the notice.
  virtual Incoming original(const Incoming& notice) = 0;
  /// Passes that message on. The notice stays in hand.
  virtual Status forward_original(Address to, Incoming& notice) = 0;

  /// Sends a request. Its answer, or TimedOut, NoReply, ... comes to await() or wait().
  virtual RequestId request(const SendSpec& send_spec, std::span<const std::byte> bytes, Duration timeout) = 0;
  /// The answer is not wanted any more; when it comes it is counted as late.
  virtual void abandon(RequestId id) = 0;

  /// Answers the request that came as `correlation` from `asker`.
  virtual Status reply(Address asker, std::uint64_t correlation, const MessageInfo& info,
                       std::span<const std::byte> bytes) = 0;
  virtual bool reply_wanted(Address asker, std::uint64_t correlation) const = 0;

  /// Creates an actor. In a turn the address comes at once; in a client when the actor has started.
  virtual Result<Address> create(const ActorInfo& actor, const CreateOptions& options,
                                 std::span<const std::byte> init) = 0;
  virtual void exit(Address actor, const ExitOptions& options) = 0;
  virtual Address find(std::string_view name) = 0;
  virtual void log(Level level, std::string_view event, std::span<const LogField> fields) = 0;
  /// Messages that find no receiver are reported to `handler` as DeadLetter; an empty address ends that.
  virtual Status dead_letters(Address handler) = 0;
};

/// What only an actor's turn can do.
class TurnEndpoint : public Endpoint {
 public:
  /// `next` runs as a turn of its own when the answer is there.
  virtual void await(RequestId id, ContinuationPtr next) = 0;
  /// What is left of the deadline of the message in hand; nothing when it has none.
  virtual std::optional<Duration> remaining() const = 0;
  /// Living children of this actor.
  virtual std::vector<Child> children() = 0;
  /// For other threads that send as this actor.
  virtual std::shared_ptr<SenderEndpoint> sender() = 0;

  /// Puts handlers in front of the actor's own for one message type; null removes it.
  using Overlay = std::function<void(Incoming&)>;
  virtual void overlay(const MessageInfo& info, Overlay handler) = 0;
  /// Makes `bytes` the saved state when the turn commits.
  virtual void save(const MessageInfo& info, std::span<const std::byte> bytes) = 0;
  /// Sends `bytes` to this actor later. Returns the timer's name; 0 when there are too many.
  virtual std::uint64_t set_timer(const MessageInfo& info, std::span<const std::byte> bytes,
                                  const Schedule& schedule) = 0;
  virtual void cancel_timer(std::uint64_t timer) = 0;
};

class ClientEndpoint;

/// What leads a Pending or a Draft of a client to its endpoint. When that ends, which is with its thread or its
/// system, a closed one takes its place.
struct ClientLink {
  explicit ClientLink(ClientEndpoint* now) : endpoint(now) {}
  ClientEndpoint* endpoint;
};

/// What only a client can do.
class ClientEndpoint : public Endpoint {
 public:
  virtual std::shared_ptr<ClientLink> link() = 0;
  /// Waits for the answer to a request; null, and why in `error`, when there is none.
  virtual LeasePtr wait(RequestId id, Error& error) = 0;

  using Show = std::function<void(Incoming&)>;
  /// Shows what has come to this address, the oldest first; it waits for the first message at most `timeout`. Returns
  /// how many it showed.
  virtual std::size_t listen(Duration timeout, const Show& show) = 0;
};

}  // namespace buskin::v0::detail
