// Service: the loop of a thread that serves a mailbox: admin, fork server, shared place.
//
//             +----------------------------------------------------------+
//             v                                                          |
//   messages -> their handlers, by type                                  |
//   sources  -> what happened beside messages: deaths, signals           |
//   due()    -> what is due by now; it returns when to call it again     |
//   sleep    -> on the futex word of the thread's record, until then ----+
//
// Senders, wake() and a signal handler that counts that word up (see ChildSignals) end the sleep. A source
// changes what `has_any` reads first and wakes afterwards: then either the last look before the sleep sees
// the change, or the word that the kernel compares has changed.
//
// A handler gets a message only after its bytes were verified. A message without a handler, or with
// bytes that are not of its type, is counted (`unhandled`), and logged once per type. An Undeliverable about a
// message that the service has sent is neither counted nor logged: the message was counted where it was lost.
//
// Not for: actors (they have turns and commits), and threads that wait for replies by ask.
// Threads: the one that opened it; wake() any. Cost of a message: one walk over the handlers, some
// fifteen compares, and a call through std::function.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "api/runtime/client/client.hpp"
#include "api/runtime/endpoint/system_sender.hpp"
#include "api/runtime/node/addresses.hpp"
#include "api/runtime/node/spin_budget.hpp"
#include "shm/base/clock.hpp"

namespace buskin::runtime {

/// Are these the bytes of a T, of the schema that this program was built with?
template <class T>
bool is_well_formed(const detail::Incoming& incoming) {
  if (incoming.info == nullptr || incoming.info->schema != detail::kMessageInfo<T>.schema) return false;
  if constexpr (detail::TableMessage<T>) {
    flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(incoming.bytes.data()), incoming.bytes.size());
    return verifier.VerifyBuffer<T>(nullptr);
  } else if constexpr (detail::FixedMessage<T>) {
    return incoming.bytes.size() == sizeof(T);
  } else {
    return true;  // Text and Bytes are their bytes, whatever these are.
  }
}

class Service {
 public:
  /// Something beside messages that the service waits for.
  struct Source {
    std::function<bool()> has_any;  ///< Called between the announcement of a sleep and the sleep: must not wait.
    std::function<void()> handle;   ///< Called when `has_any`, before it is asked again.
  };
  /// Does what is due at `now_ns` and returns when it wants to be called again, kNever_ns at the earliest
  /// message or event. A service never sleeps longer than shm::kSleepMax_ns.
  using Due = std::function<std::uint64_t(std::uint64_t now_ns)>;

  /// How a service begins to wait. Spins: it looks for mail for some microseconds, so
  /// that the next of a row of messages finds it awake.
  enum class Idle : std::uint8_t { Sleeps, Spins };

  /// Opens a mailbox that wakes the calling thread. `name` stands in the log.
  /// Throws std::runtime_error when there is no memory for it.
  Service(Node& node, std::string name, Idle idle = Idle::Sleeps);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// From now on messages of type T go to `handler`, which takes (const T&, const detail::Incoming&),
  /// (const T&) or nothing. The message and its bytes end with the call.
  template <class T, class Handler>
  void on(Handler handler);
  /// The same for a member function of `object`, as in on<protocol::Hello>(*this, &Admin::say_hello).
  template <class T, class Object, class Member>
    requires std::is_member_function_pointer_v<Member>
  void on(Object& object, Member member) {
    on<T>(std::bind_front(member, &object));
  }
  void add_source(Source source);

  /// Serves until end() is called: by a handler, a source or `due`.
  void run(const Due& due);
  void run() {
    run([](std::uint64_t) { return shm::kNever_ns; });
  }
  void end() { is_over_ = true; }

  /// Ends a sleep, or the next one. Any thread, as long as the service is there.
  void wake();

  /// Sends a T made from `args`, exempt from capacity. False: the receiver is gone, or there is no memory.
  template <class T, class... Args>
  bool post(shm::ActorId to, const Args&... args) {
    return sender().post<T>({.to = {to}}, args...);
  }
  /// Replies to the request `asked` with a T made from `args`. False as for post().
  template <class T, class... Args>
  bool answer(const detail::Incoming& asked, const Args&... args) {
    return sender().post<T>({.to = {actor_at(asked.sender), shm::Lane::Replies}, .correlation = asked.correlation},
                            args...);
  }

  shm::ActorId id() const { return mailbox_->id(); }
  shm::Thread& thread() const { return *thread_; }
  shm::Segment& segment() const { return thread_->segment(); }
  SystemSender sender() const { return SystemSender(*thread_, id()); }
  /// Messages that no handler took.
  std::uint64_t unhandled_count() const { return unhandled_; }

 private:
  struct Entry {
    std::uint64_t type = 0;
    std::function<bool(const detail::Incoming&)> call;  ///< False: the bytes are not of this type.
  };

  void add(Entry entry);
  void dispatch(const detail::Incoming& incoming);
  void count_unhandled(const detail::Incoming& incoming);
  bool has_mail() const;
  bool has_events() const;
  void sleep(std::uint64_t deadline_ns);

  std::string name_;
  Idle idle_;
  SpinBudget spin_;
  shm::Thread* thread_;
  std::unique_ptr<Client> mailbox_;
  std::vector<Entry> handlers_;
  std::vector<Source> sources_;
  std::vector<std::uint64_t> logged_types_;  ///< Unhandled ones that stand in the log; at most kLoggedTypesMax.
  std::uint64_t unhandled_ = 0;
  bool is_over_ = false;
};

template <class T, class Handler>
void Service::on(Handler handler) {
  add({detail::message_id<T>, [handler = std::move(handler)](const detail::Incoming& incoming) mutable {
         if (!is_well_formed<T>(incoming)) return false;
         const detail::View<T> view(incoming.bytes);
         if constexpr (std::is_invocable_v<Handler&, const T&, const detail::Incoming&>) {
           handler(*view.get(), incoming);
         } else if constexpr (std::is_invocable_v<Handler&, const T&>) {
           handler(*view.get());
         } else {
           handler();
         }
         return true;
       }});
}

}  // namespace buskin::runtime
