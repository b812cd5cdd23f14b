// refusals_test: the kernel gives n pieces of memory and then none, for every n. Once it gives some again, each message
// has had its effect once, and nothing is left.
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "conformance.hpp"
#include "inside.hpp"

namespace conformance::refusals {

constexpr long kUnlimited = 1'000'000'000;
std::atomic<long> pieces_left{kUnlimited};  // What this process still gets.
std::atomic<long> refused{0};

}  // namespace conformance::refusals

/// Stands in for the function of the C library. Processes of actors are not limited.
extern "C" int fallocate(int file, int mode, off_t offset, off_t bytes) {
  using namespace conformance::refusals;
  const bool is_reservation = (mode & FALLOC_FL_PUNCH_HOLE) == 0;
  if (is_reservation && pieces_left.fetch_sub(1) <= 0) {
    ++refused;
    errno = ENOSPC;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_fallocate, file, mode, offset, bytes));
}

namespace conformance::refusals {

constexpr std::size_t kLarge = 300'000;
constexpr std::uint32_t kOrders = 6;
constexpr long kPiecesMax = 200;  ///< More than a system of this test takes.

/// The hundreds count large messages.
struct Ledger : buskin::Actor<Add, buskin::Bytes, buskin::Ask<Read, Total>, buskin::Saves<buskin::Bytes>> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  void on_restart(const buskin::Bytes& saved) {
    n = std::stoull(std::string(reinterpret_cast<const char*>(saved.view().data()), saved.view().size()));
  }
  void on(Message<Add> add, Context& context) { count(add->by(), context); }
  void on(Message<buskin::Bytes>, Context& context) { count(100, context); }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(n); }
  void count(std::uint64_t by, Context& context) {
    n += by;
    context.save<buskin::Bytes>(std::to_string(n));
  }
  std::uint64_t n = 0;
};

/// Each order leads to one Add at the sink, after an answer. It saves nothing, so its requests outlive what is undone.
struct Asker : buskin::Actor<buskin::Init<Settings>, Order> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  explicit Asker(const Settings& settings) : sink(*settings.next()) {}
  void on(Message<Order>, Context& context) {
    context.request<Read>(sink, 30s).then([this](buskin::Answer<Total> answer, Context& after) {
      after.send<Add>(sink, answer.ok() ? 1 : 1'000);
    });
  }
  Ref<Ledger> sink;
};

/// Each order leads to one Add at the sink: beside a large message, or by a large timer.
struct Relay : buskin::Actor<buskin::Init<Settings>, Order, buskin::Bytes, buskin::Ask<Read, Total>,
                             buskin::Saves<buskin::Bytes>> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  explicit Relay(const Settings& settings) : sink(*settings.next()) {}
  void on_restart(const buskin::Bytes& saved) { n = static_cast<std::uint8_t>(saved.view()[0]); }
  void on(Message<Order> order, Context& context) {
    ++n;
    const std::string large(kLarge, 'x');
    if (order->kind() == 0) {
      context.send<buskin::Bytes>(sink, large);
      context.send<Add>(sink, 1);
    } else {
      context.after<buskin::Bytes>(1ms, large);
    }
    std::string state(kLarge, 'x');
    state[0] = static_cast<char>(n);
    context.save<buskin::Bytes>(state);
  }
  void on(Message<buskin::Bytes>, Context& context) { context.send<Add>(sink, 1); }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(n); }
  Ref<Ledger> sink;
  std::uint64_t n = 0;
};

class Refusals : public ::testing::TestWithParam<buskin::Base> {
 protected:
  /// One system that gets so many pieces. Returns how often it was refused one.
  static long run(long pieces) {
    buskin::SystemOptions options = private_on(GetParam());
    options.memory_max = 16 << 20;
    buskin::ActorSystem system(options);
    const auto ledger = system.create<Ledger>();
    const auto relay = system.create<Relay>(buskin::Address(*ledger));
    const auto asker = system.create<Asker>(buskin::Address(*ledger));
    refused = 0;
    pieces_left = pieces;
    for (std::uint32_t i = 0; i < kOrders; ++i) {
      const auto kind = static_cast<std::uint8_t>(i % 3);
      const buskin::Address to = kind == 2 ? buskin::Address(*asker) : buskin::Address(*relay);
      if (!system.try_send<Order>(to, kind, buskin::Address(), 0).ok()) {
        pieces_left = kUnlimited;
        EXPECT_TRUE(system.try_send<Order>(to, kind, buskin::Address(), 0).ok());
      }
    }
    (void)system.ask<Read>(*relay, 20ms);  // Turns are begun meanwhile, and put off.
    pieces_left = kUnlimited;
    constexpr std::uint64_t kDue = kOrders + kOrders / 3 * 100;
    const auto end = std::chrono::steady_clock::now() + 20s;
    std::uint64_t seen = 0;
    do {  // Ends: with the last message, or at the watchdog's time.
      seen = system.ask<Read>(*ledger, 20s)->n();
    } while (seen < kDue && std::chrono::steady_clock::now() < end);
    EXPECT_EQ(seen, kDue) << "with " << pieces << " pieces";
    EXPECT_EQ(system.ask<Read>(*relay, 20s)->n(), kOrders / 3 * 2) << "with " << pieces << " pieces";
    EXPECT_EQ(findings(system), "") << "with " << pieces << " pieces";
    return refused;
  }
};

TEST_P(Refusals, EachMessageHasItsEffectOnceWhenThereIsMemoryAgain) {
  long pieces = 0;
  while (pieces < kPiecesMax && !HasFailure() && run(pieces) != 0) ++pieces;
  EXPECT_GT(pieces, GetParam() == buskin::Base::Processes ? -1 : 3);
  EXPECT_LT(pieces, kPiecesMax);
  pieces_left = kUnlimited;
}

INSTANTIATE_TEST_SUITE_P(Bases, Refusals, kBases, name_of_base);

}  // namespace conformance::refusals
