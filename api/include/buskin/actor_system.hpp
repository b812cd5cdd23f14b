// ActorSystem: a program in a system, as it acts outside of actors. Construct it first in main.
//
// It starts what is missing (the admin, this program's fork server), and reads
// from the command line only arguments that begin with --buskin-. In a process
// that was started to host actors its constructor does not return.
//
// Its verbs (send, request, ask, create, ...) stand in verbs.hpp.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "buskin/context.hpp"
#include "buskin/inbox.hpp"

namespace buskin::inline v0 {

class ActorSystem;

namespace detail {

/// The parts of an ActorSystem; in api/runtime.
class SystemImpl {
 public:
  virtual ~SystemImpl() = default;
  /// The calling thread's endpoint: each client thread has a mailbox of its own.
  virtual ClientEndpoint& client() = 0;
  virtual std::unique_ptr<InboxImpl> inbox() = 0;
  virtual const Settings& settings() const = 0;
  virtual void run_until_idle() = 0;
};
/// Where the buskin-admin is that belongs to this header. Our CMake target says its path when we are built as a part of
/// the program's project. Elsewhere it is this file's path, in whose prefix it was installed.
#ifdef BUSKIN_ADMIN_PROGRAM
constexpr const char* kAdminBeside = BUSKIN_ADMIN_PROGRAM;
#else
constexpr const char* kAdminBeside = __FILE__;
#endif
std::unique_ptr<SystemImpl> open_system(int* argc, char** argv, const SystemOptions& options, const char* admin_beside);
SystemImpl& impl_of(ActorSystem& system);

}  // namespace detail

/// Threads: any, several at once; each is a client of its own, with its own address.
class ActorSystem : public ClientVerbs<ActorSystem> {
 public:
  /// Throws std::runtime_error with a sentence when no system can be reached or started. Where the system runs already,
  /// it is as the first program made it: each option of this program that differs is one line of this program's log, or
  /// with `strict` the error.
  ActorSystem(int& argc, char** argv, const SystemOptions& options = {})
      : impl_(detail::open_system(&argc, argv, options, detail::kAdminBeside)) {}
  explicit ActorSystem(const SystemOptions& options = {})
      : impl_(detail::open_system(nullptr, nullptr, options, detail::kAdminBeside)) {}

  /// A mailbox of this client, for a loop of its own.
  Inbox inbox() { return Inbox(impl_->inbox()); }

  /// Handles what has come to the calling thread's own address, the oldest message first: Undeliverable and
  /// PoisonMessage for what it has sent, and what actors sent to the address that its messages came from. It waits
  /// for the first message at most `timeout`, and returns how many it handled. Replies to its requests are not among
  /// them.
  ///
  /// A thread that does not listen keeps the newest kUnreadMax messages; older ones go, counted as `unread`. Inside a
  /// turn it ends the program with a sentence.
  std::size_t listen(Duration timeout, const std::function<void(AnyMessage&)>& handler) {
    detail::ClientEndpoint& client = impl_->client();
    return client.listen(timeout, [&](detail::Incoming& incoming) {
      AnyMessage message(client, incoming);
      handler(message);
    });
  }

  const std::string& name() const { return settings().name; }
  Base base() const { return settings().base; }
  /// What holds in the system, whatever this program asked for.
  const Settings& settings() const { return impl_->settings(); }
  /// Base Sequential: runs the actors until nothing is left to do. With another base it returns at once.
  void run_until_idle() { impl_->run_until_idle(); }

 private:
  friend detail::Door<ActorSystem>;
  friend detail::SystemImpl& detail::impl_of(ActorSystem& system);
  detail::ClientEndpoint& own_endpoint() const { return impl_->client(); }

  std::unique_ptr<detail::SystemImpl> impl_;
};

namespace detail {
inline SystemImpl& impl_of(ActorSystem& system) { return *system.impl_; }
}  // namespace detail

/// Puts actor types into this program's catalogue that no create<A>() in it names.
template <class... A>
void program() {
  ((void)detail::registered_info<A>(), ...);
}

}  // namespace buskin::v0
