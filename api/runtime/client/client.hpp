// Client: the endpoint and the mailbox of one thread outside of actors.
//
// What comes to it waits in its mailbox until listen() or take() shows it. A program need not call either, so the
// mailbox of a thread holds only the newest messages (kUnreadMax); what is older goes, counted as unread. It goes
// when the thread sends or waits: only the reader of a mailbox can take a message out of it. So that a thread which
// does neither has a bound, too, the mailbox takes no more than twice as many messages, and Notifier no more than
// kNoticesMax notices.
//
// An Inbox is asked for, to receive: of what waits there only notices go, and only those in front of all messages.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "api/runtime/client/untold_notices.hpp"
#include "api/runtime/endpoint/endpoint_base.hpp"
#include "api/runtime/node/deadline.hpp"
#include "api/runtime/node/spin_budget.hpp"
#include "shm/base/clock.hpp"
#include "shm/actor/turn.hpp"

namespace buskin::runtime {

/// What becomes of messages that nobody reads.
enum class Unread : std::uint8_t {
  Stays,
  OldNoticesGo,  ///< Where there are more than kUnreadMax messages, and only from the front.
  OldestGoes,    ///< Where there are more than kUnreadMax messages.
};

class Client final : public EndpointBase<detail::ClientEndpoint> {
 public:
  /// Opens a mailbox. Throws std::runtime_error when there is no memory for it.
  static std::unique_ptr<Client> open(Node& node, shm::Thread& thread, Unread unread = Unread::Stays);
  Client(Node& node, shm::Thread& thread, shm::ActorId id, Unread unread);
  ~Client() override {
    if (!is_ended_) end(Code::WrongUse);
  }

  std::shared_ptr<detail::ClientLink> link() override { return link_; }
  detail::LeasePtr keep(detail::Incoming& delivery) override;
  Status forward(Address to, detail::Incoming& delivery) override;
  detail::RequestId request(const detail::SendSpec& send_spec, std::span<const std::byte> bytes,
                            Duration timeout) override;
  detail::LeasePtr wait(detail::RequestId id, Error& error) override;
  void abandon(detail::RequestId id) override;
  Result<Address> create(const detail::ActorInfo& actor, const CreateOptions& options,
                         std::span<const std::byte> init) override;
  std::size_t listen(Duration timeout, const Show& show) override;
  void log(Level level, std::string_view event, std::span<const LogField> fields) override;

  /// From now on `thread` is the record of the thread that calls.
  void use_thread(shm::Thread& thread);
  /// From now on senders wake `watcher`, and no longer the thread that calls, but for the time of its waits. At the end
  /// of each of these, `resume` lets them wake the watcher again.
  void set_watcher(shm::ThreadIndex watcher, std::function<void()> resume);

  /// Handles what is there: replies go to their requests, other messages to `show`. Returns how many of these; none
  /// when `show` calls this itself.
  std::size_t take(const Show& show);
  /// What ends a wait.
  enum class Awaited : std::uint8_t { Reply, Any };
  /// Waits until there is something to take, spinning briefly first. False at the deadline, and at once when
  /// SystemStopped was shown: nothing comes after it.
  bool wait_for_mail(Duration timeout) {
    return wait_for(Awaited::Any, deadline_after(timeout));
  }
  /// Lets senders wake the mailbox's wake target. False when there is mail already. Messages that wait for a reader do
  /// not disturb a wait for a reply; the next one does, because there may be too many by then.
  bool park_idle(Awaited awaited = Awaited::Any);

  /// Closes the mailbox. Another thread that is in listen() or wait() returns from there first, because the system has
  /// stopped, and so does a handler that listen() runs there. Afterwards only the destructor is called, and that by any
  /// thread; but a call of take() that shows a message just now goes on to its end, and that message stays readable.
  /// `why`: what a Pending or a Draft gets.
  void end(Code why);
  /// Does take() show a message just now?
  bool is_showing() const { return is_showing_; }
  /// Has the system stopped, and nobody been told here?
  bool has_news_of_stop() const {
    return unread_ != Unread::Stays && !has_shown_stop_ && node_->system_stop().is_set();
  }
  /// Wakes the thread that waits for mail, so that it looks at that. Any thread.
  void wake();

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
    detail::Incoming* incoming = nullptr;
    LentCopy* lent = nullptr;
  };
  using Positions = std::uint64_t[shm::kLaneCount];
  struct Showing;

  Status transmit(const Outgoing& outgoing, shm::Handle block) override;
  /// What comes back from here to here needs no memory of the segment. One that has to go for it is counted with the
  /// message that it is about.
  bool keep_untold(const Outgoing& outgoing, const detail::MessageInfo& info,
                   std::span<const std::byte> bytes) override {
    if (outgoing.to.id != id_) return false;
    untold_.add(info, bytes);
    if (resume_ != nullptr) resume_();
    return true;
  }
  bool is_called_off() override {
    drop_unread();
    return false;
  }
  Status take_room(Address to, shm::Staged& passed_on);
  shm::LaneReader& reader(shm::Lane lane) { return lanes_[static_cast<std::size_t>(lane)]; }
  bool has(Awaited awaited);
  bool wait_for(Awaited awaited, std::uint64_t deadline_ns);
  bool sleep_for(Awaited awaited, std::uint64_t deadline_ns);
  bool run_until(Awaited awaited, std::uint64_t deadline_ns);
  void wake_at(shm::ThreadIndex target);
  void take_replies();
  void take_reply(shm::LaneReader& reader);
  void show_next(shm::LaneReader& reader, const Show& show);
  std::size_t show_stop(const Show& show);
  void drop_unread();
  void drop_oldest(shm::LaneReader& reader);
  Request* find_request(std::uint64_t id);

  SpinBudget spin_;
  std::vector<shm::LaneReader> lanes_;
  InHand in_hand_;
  Unread unread_;
  bool is_showing_ = false;
  bool has_shown_stop_ = false;
  bool is_ended_ = false;
  std::recursive_mutex calls_;  // Held by listen(), wait() and end(). A handler may call, and may end the system.
  std::string shown_type_;  // The type's name of a message that outlives the registry of types.
  std::shared_ptr<detail::ClientLink> link_ = std::make_shared<detail::ClientLink>(this);
  UntoldNotices untold_;
  std::uint32_t sent_ = 0;
  shm::ThreadIndex watcher_{};     // None without a watcher.
  std::function<void()> resume_;
  std::vector<Request> requests_;
  std::uint64_t next_request_ = 1;
};

/// True while the calling thread runs a turn; in an actor's own thread always.
inline bool& in_turn() {
  thread_local bool turn = false;
  return turn;
}

}  // namespace buskin::runtime
