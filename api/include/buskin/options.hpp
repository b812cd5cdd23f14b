// Options: what the deployment decides, as plain data.
//
// All of them have defaults; a braced first argument of a verb sets some. What
// the code itself relies on (delivery, strategy, ...) is in the actor's type.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace buskin::inline v0 {

using Duration = std::chrono::nanoseconds;

/// A time without an end: a sender waits for room as long as the receiver lives.
inline constexpr Duration kForever = Duration::max();

/// What a crash of the receiver during a turn does to the message in hand.
enum class Delivery : std::uint8_t { AtLeastOnce, AtMostOnce, ExactlyOnce };

inline constexpr std::uint32_t kGroupMessagesMax = 65'536;

/// Several messages that are one turn of an ExactlyOnce actor: their own messages leave, and the last state that
/// they saved stands, when the group ends. It ends with either limit, and before its actor would wait for more.
struct Group {
  std::uint32_t messages = 1'000;  ///< 1 to kGroupMessagesMax; half the mailbox's capacity ends it too.
  Duration within = std::chrono::milliseconds(50);  ///< After its first message.
};

/// What happens to a message for a full mailbox.
enum class WhenFull : std::uint8_t {
  Wait,        ///< The sender waits, at most `wait`, and not beyond the deadline of its message.
  Fail,        ///< It comes back at once.
  KeepLatest,  ///< The receiver skips to the newest `capacity` messages and `bytes`; each skipped one is counted.
};

/// What a thread does while its actor has nothing to do.
enum class Idle : std::uint8_t {
  Adaptive,  ///< Spins a little when messages come fast, then sleeps.
  Spin,      ///< Never sleeps; uses a whole core, and is shown as such.
  Sleep,     ///< Never spins.
};

enum class Level : std::uint8_t { Trace, Debug, Info, Warning, Error };

inline constexpr std::uint32_t kMailboxCapacityDefault = 65'536;
/// Messages that came to a client's thread and wait for listen(). With one more the oldest goes, counted as `unread`.
inline constexpr std::uint32_t kUnreadMax = 1'024;

/// Where an actor runs.
struct Place {
  enum class Kind : std::uint8_t { OwnProcess, Shared, Here };
  Kind kind = Kind::OwnProcess;
  std::string name{};  ///< The shared process; empty otherwise.
};
inline const Place own_process{};
inline const Place here{Place::Kind::Here, {}};
/// One process per name, shared by all actors that ask for it.
inline Place shared(std::string_view name) { return {Place::Kind::Shared, std::string(name)}; }

/// What becomes of an actor after a failure.
enum class Decision : std::uint8_t {
  Resume,    ///< It goes on with the state that it has; with on_save, with what that saved. Not after a crash.
  Restart,   ///< A new instance behind the same address, at the same message.
  Stop,      ///< It ends, with the reason.
  Escalate,  ///< Its parent ends with it. Without a parent: as Stop.
};

/// Which of an actor's children are restarted when one of them is.
enum class Strategy : std::uint8_t {
  OneForOne,   ///< That one alone.
  OneForAll,   ///< All of them.
  RestForOne,  ///< That one, and those that were created after it.
};

/// Supervision as data: the process that repairs carries it out, also while the parent is busy or dead.
struct SuperviseOptions {
  Decision on_throw = Decision::Resume;
  Decision on_crash = Decision::Restart;
  std::uint32_t restarts = 100;  ///< At most this many restarts...
  Duration within = std::chrono::seconds(10);  ///< ... in this time; with one more the actor ends.
  /// Before the second restart in a row. It doubles with each, and up to a quarter is subtracted as jitter.
  Duration backoff = std::chrono::milliseconds(1);
  Duration backoff_max = std::chrono::seconds(1);
  std::uint32_t attempts = 2;    ///< Failed handlings of one message before it becomes a PoisonMessage; 1 to 15.
  std::uint32_t kills_max = 32;  ///< Deliveries that ended in an unexplained death, before it becomes one; 1 to 255.
};

struct MailboxOptions {
  std::uint32_t capacity = kMailboxCapacityDefault;  ///< Messages.
  /// Percent of memory_max, 1 to 100, that its messages of 4 KiB and more may take while `bytes` is 0: a receiver that
  /// stands still does not take the memory of all. One such message is admitted whatever its size.
  std::uint32_t share = 25;
  /// Payload bytes; 0: no limit. A larger message is too_big, and all that one turn stages must fit.
  std::uint64_t bytes = 0;
  WhenFull when_full = WhenFull::Wait;
  /// The longest a sender waits for room; kForever: as long as the receiver lives. It is longer than a receiver that
  /// works is away: for its restart, or that of its program. An ExactlyOnce actor always waits as with kForever.
  Duration wait = std::chrono::minutes(1);
};

struct RunOptions {
  Idle idle = Idle::Adaptive;
  std::vector<int> cpus{};  ///< Processors to run on; empty: any.
  int realtime = 0;        ///< Priority 1..99 of SCHED_FIFO; 0: ordinary.
  bool own_thread = false; ///< In a process of several actors: a thread for this one alone.
};

enum class Life : std::uint8_t { System, Creator };

struct CreateOptions {
  std::string name{};        ///< Unique in the system; empty: none.
  Place place{};
  MailboxOptions mailbox{};
  RunOptions run{};
  bool keep = false;         ///< Resume it when a system is found without living members.
  Life life = Life::System;  ///< Creator: ends with its creator's process.
  SuperviseOptions supervise{};
};

struct SendOptions {
  Duration expires{0};  ///< 0: never. When it waits longer, it comes back as Undeliverable with Code::Expired.
};

struct ExitOptions {
  bool now = false;        ///< Overtakes the messages that wait.
  bool recursive = true;   ///< Its children end too. When false, they become top-level actors.
};

/// How actors are run. The same code runs on each.
enum class Base : std::uint8_t { Processes, Threads, Sequential };

inline constexpr const char* kSystemNameDefault = "default";
inline constexpr Duration kLingerDefault = std::chrono::seconds(10);

/// An option that the code sets here wins. Arguments, environment or defaults decide about the others.
struct SystemOptions {
  /// Letters, digits, . _ - ; several systems run side by side. Left out: --buskin-name, BUSKIN_NAME, "default".
  std::optional<std::string> name{};
  /// Left out: --buskin-base, BUSKIN_BASE, Base::Processes.
  std::optional<Base> base{};
  /// A system of its own that ends with this process; for tests.
  bool private_system = false;
  /// An implicit system ends this long after its last use. Left out: BUSKIN_LINGER in seconds, 10 s.
  std::optional<Duration> linger{};
  bool reset = false;             ///< Discard what a system left whose processes are all dead, instead of resuming it.
  /// Bytes of message memory. 0: --buskin-memory, BUSKIN_MEMORY (64M, 1G), 64 GiB, which are mapped sparse.
  std::uint64_t memory_max = 0;
  std::uint64_t log_bytes = 0;    ///< Base Processes: a file of the log that is larger is turned over; 0: 1 MiB.
  std::uint32_t log_files = 0;    ///< Base Processes: how many files of the log are kept, 1 to 100; 0: 4.
  std::uint64_t message_max = 0;  ///< Bytes of one message; 0: the limit of a block, 4 GiB.
  std::uint64_t seed = 0;         ///< Base Sequential: 0 is the order of the messages; another number, another order.
  /// An option that a running system has decided differently is an error of the constructor, and not a line of the log.
  bool strict = false;
};

/// What holds in a system, whatever this program asked for: ActorSystem::settings().
struct Settings {
  std::string name;
  Base base = Base::Processes;
  bool private_system = false;
  /// Nothing: the system stays until `buskin stop` ends it, or ends with its program.
  std::optional<Duration> linger{};
  std::uint64_t memory_max = 0;   ///< Bytes of message memory.
  std::uint64_t message_max = 0;  ///< Bytes of one message that this program sends; each program has its own.
  std::uint64_t seed = 0;
};

}  // namespace buskin::v0
