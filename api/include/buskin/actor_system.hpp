// ActorSystem: who acts outside of actors. Construct it first in main.
//
// It starts what is missing (the admin, this program's fork server), and reads
// from the command line only arguments that begin with --buskin-. In a process
// that was started to host actors its constructor does not return.
#pragma once

#include <memory>
#include <string>

#include "buskin/context.hpp"
#include "buskin/inbox.hpp"

namespace buskin::inline v0 {

class ActorSystem;

namespace detail {

/// What an ActorSystem is made of; in api/runtime.
class SystemImpl {
 public:
  virtual ~SystemImpl() = default;
  /// Of the calling thread: each client thread has a mailbox of its own.
  virtual ClientEndpoint& client() = 0;
  virtual std::unique_ptr<InboxImpl> inbox() = 0;
  virtual const std::string& name() const = 0;
  virtual Base base() const = 0;
  /// Base Sequential: runs actors until nothing is left to do. Else returns at once.
  virtual void run_until_idle() = 0;
};
std::unique_ptr<SystemImpl> open_system(int* argc, char** argv, const SystemOptions& options);
SystemImpl& impl_of(ActorSystem& system);

}  // namespace detail

/// Threads: any; each has its own identity as a sender, and FIFO holds per thread.
class ActorSystem {
 public:
  /// Throws std::runtime_error with a sentence when no system can be reached or started.
  ActorSystem(int& argc, char** argv, const SystemOptions& options = {})
      : impl_(detail::open_system(&argc, argv, options)) {}
  explicit ActorSystem(const SystemOptions& options = {}) : impl_(detail::open_system(nullptr, nullptr, options)) {}

  /// Creates an actor and waits for its birth.
  template <class A, class... Args>
  Result<Ref<A>> create(const Args&... args) {
    return verbs().template create<A>({}, args...);
  }
  template <class A, class... Args>
  Result<Ref<A>> create(CreateOptions options, const Args&... args) {
    return verbs().template create<A>(options, args...);
  }

  template <class T, detail::Target To, class... Args>
  void send(const To& to, const Args&... args) {
    verbs().template send<T>(to, args...);
  }
  template <class T, detail::Target To, class... Args>
  void send(const To& to, SendOptions options, const Args&... args) {
    verbs().template send<T>(to, options, args...);
  }
  template <detail::Target To, detail::FixedMessage T>
  void send(const To& to, const T& value) {
    verbs().send(to, value);
  }
  template <detail::Target To, detail::FixedMessage T>
  void send(const To& to, SendOptions options, const T& value) {
    verbs().send(to, options, value);
  }
  template <detail::TableMessage T, detail::Target To>
  void send(const To& to, Draft<T>&& draft, SendOptions options = {}) {
    verbs().send(to, std::move(draft), options);
  }
  template <class T, detail::Target To, class... Args>
  [[nodiscard]] Status try_send(const To& to, const Args&... args) {
    return verbs().template try_send<T>(to, args...);
  }
  template <detail::Target To, detail::FixedMessage T>
  [[nodiscard]] Status try_send(const To& to, const T& value) {
    return verbs().try_send(to, value);
  }

  /// Asks and waits for the answer, at most `timeout`. Not inside an actor.
  template <class T, class A, class... Args>
  auto ask(const Ref<A>& to, Duration timeout, const Args&... args) {
    auto pending = verbs().template request<T>(to, timeout, args...);
    return pending.wait();
  }
  template <class T, class R, class... Args>
  Answer<R> ask(const Address& to, Duration timeout, const Args&... args) {
    auto pending = verbs().template request<T, R>(to, timeout, args...);
    return pending.wait();
  }
  template <class T, class A, class... Args>
  auto request(const Ref<A>& to, Duration timeout, const Args&... args) {
    return verbs().template request<T>(to, timeout, args...);
  }

  template <class T>
  Draft<T> draft(std::size_t bytes) {
    return verbs().template draft<T>(bytes);
  }
  /// Ends an actor, and with it its children.
  void exit(const Address& actor, const ExitOptions& options = {}) { verbs().exit(actor, options); }
  Address find(std::string_view name) { return verbs().find(name); }
  template <class A>
  Ref<A> find(std::string_view name) {
    return verbs().template find<A>(name);
  }
  void log(Level level, std::string_view event, std::initializer_list<LogField> fields = {}) {
    verbs().log(level, event, fields);
  }
  /// Whatever finds no receiver is reported to `handler` (an actor or an inbox) as a DeadLetter. An empty
  /// address ends it.
  Status dead_letters(const Address& handler) { return impl_->client().dead_letters(handler); }

  /// A mailbox of this client, for a loop of its own.
  Inbox inbox() { return Inbox(impl_->inbox()); }

  const std::string& name() const { return impl_->name(); }
  Base base() const { return impl_->base(); }
  /// Base Sequential: runs the actors until nothing is left to do. Else returns at once.
  void run_until_idle() { impl_->run_until_idle(); }

 private:
  class Client : public detail::Verbs {
   public:
    using VerbsOf::VerbsOf;
    template <class A, class... Args>
    Result<Ref<A>> create(const CreateOptions& options, const Args&... args) {
      Result<Address> made = create_address<A>(options, args...);
      if (!made.ok()) return made.error();
      return Ref<A>(*made);
    }
  };
  friend detail::SystemImpl& detail::impl_of(ActorSystem& system);
  Client verbs() { return Client(impl_->client()); }

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
