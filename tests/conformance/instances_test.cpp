// instances_test: an instance that gives way to the next one in order has its on_stop first.
#include <thread>

#include "herald.hpp"
#include "inside.hpp"

namespace conformance::instances {

using buskin::Decision;

/// Has a thread that only on_stop joins: without it, the end of the object would end the process.
struct Threaded : buskin::Actor<buskin::Init<Settings>, Tick, buskin::Ask<Read, Total>> {
  explicit Threaded(const Settings& settings) : witness(*settings.next()), worker([] {}) {}
  void on(Message<Tick> tick) {
    if (tick->number() == 0 && tick.attempt() == 1) throw std::runtime_error("broken");
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(n); }
  void on_restart(Context&) { n = 1; }
  void on_stop(Context& context) {
    worker.join();
    context.send(witness, Tick(1));
  }
  Ref<Sum> witness;
  std::thread worker;
  std::uint64_t n = 0;
};

/// The parent of two, which are restarted together.
struct Pair : buskin::Actor<buskin::Init<Settings>, Tick, buskin::Ask<Read, Total>> {
  static constexpr auto strategy = buskin::Strategy::OneForAll;
  explicit Pair(const Settings& settings) : witness(*settings.next()) {}
  void on_start(Context& context) {
    for (auto& child : children) {
      child = context.create<Threaded>({.place = buskin::here, .supervise = {.on_throw = Decision::Restart}}, witness);
    }
  }
  void on(Message<Tick> tick, Context& context) { context.forward(children[0], std::move(tick)); }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(1); }
  buskin::Address witness;
  std::array<Ref<Threaded>, 2> children;
};

/// Saves after an Add of 1, throws once after any other, and saves at on_stop what that left half changed.
struct Thrifty : buskin::Actor<Add, buskin::Ask<Read, Total>, buskin::Saves<Total>> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  void on(Message<Add> add, Context& context) {
    if (add.attempt() > 1) return;
    n += add->by();
    if (add->by() != 1) throw std::runtime_error("half changed");
    context.save<Total>(n);
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(n); }
  void on_restart(const Total& saved) { n = saved.n(); }
  void on_stop(Context& context) { context.save<Total>(n); }
  std::uint64_t n = 0;
};

class Instances : public Conformance {
 protected:
  buskin::Ref<Sum> witness_ = *system_.create<Sum>();
};

TEST_P(Instances, AreStoppedBeforeAThrowRestartsThem) {
  const auto threaded =
      *system_.create<Threaded>({.supervise = {.on_throw = Decision::Restart}}, buskin::Address(witness_));
  system_.send(threaded, Tick(0));
  EXPECT_EQ(read(threaded), 1u);
  EXPECT_EQ(read(witness_), 1u);
  system_.exit(threaded);
  // Ends: when the second instance has stopped, or with the test's own time limit.
  while (read(witness_) != 11) {
  }
}

TEST_P(Instances, AreStoppedBeforeASiblingRestartsThem) {
  const auto pair = *system_.create<Pair>(buskin::Address(witness_));
  system_.send(pair, Tick(0));
  // Ends: when both have stopped, or with the test's own time limit.
  while (read(witness_) != 11) {
  }
  EXPECT_EQ(read(pair), 1u);
}

TEST_P(Instances, DoNotSaveWhatAHandlerLeftHalfChanged) {
  const auto thrifty = *system_.create<Thrifty>({.supervise = {.on_throw = Decision::Restart}});
  system_.send<Add>(thrifty, 1u);
  system_.send<Add>(thrifty, 1'000u);
  system_.send<Add>(thrifty, 0u);  // Its next instance has what was saved.
  EXPECT_EQ(read(thrifty), 1u);
}

INSTANTIATE_TEST_SUITE_P(Bases, Instances, kBases, name_of_base);

}  // namespace conformance::instances
