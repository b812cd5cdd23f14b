// hooks_test: what a hook or a continuation saves is saved when it ends, together with what it sends.
#include "herald.hpp"
#include "tests/support/dying.hpp"

namespace conformance::hooks {

using buskin::Delivery;
using dying::die;

enum Act : std::uint32_t { kThrow = 100, kCrash = 101 };

void fail(std::uint32_t how, std::uint32_t attempt) {
  if (attempt > 1) return;
  if (how == kThrow) throw std::runtime_error("broken");
  if (how == kCrash) die(SIGKILL);
}

/// Shows the numbers that it gets.
struct Witness : buskin::Actor<Tick, buskin::Ask<Report, Reply>> {
  void on(Message<Tick> tick) { seen += std::to_string(tick->number()) + " "; }
  void on(Message<Report>, ReplyTo<Reply> reply) { reply(seen); }
  std::string seen;
};

/// Saves in each of its hooks.
template <Delivery kDelivery>
struct Saver : buskin::Actor<buskin::Init<Settings>, Tick, buskin::Saves<Total>, buskin::Ask<Read, Total>> {
  static constexpr auto delivery = kDelivery;
  explicit Saver(const Settings& settings) : witness(*settings.next()) {}
  void change(Context& context, std::uint64_t to) {
    n = to;
    context.send(witness, Tick(static_cast<std::uint32_t>(n)));
    context.save<Total>(n);
  }
  void on_start(Context& context) { change(context, 1); }
  void on_restart(const Total& saved, Context& context) { change(context, saved.n() + 1); }
  void on(Message<Tick> tick) { fail(tick->number(), tick.attempt()); }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(n); }
  Ref<Witness> witness;
  std::uint64_t n = 0;
};

/// Saves in the continuation of a request that nobody answers.
struct Patient : buskin::Actor<buskin::Init<Settings>, Tick, buskin::Saves<Total>, buskin::Ask<Read, Total>> {
  static constexpr auto delivery = Delivery::ExactlyOnce;
  explicit Patient(const Settings& settings) : mute(*settings.next()) {}
  void on_start(Context& context) {
    context.request<Greet>(mute, 1ms, "?").then([this](buskin::Answer<Reply>, Context& turn) {
      n = 7;
      turn.save<Total>(n);
      for (auto& one : kept) one(n);
      kept.clear();
    });
  }
  void on_restart(const Total& saved) { n = saved.n(); }
  void on(Message<Tick> tick) { fail(tick->number(), tick.attempt()); }
  void on(Message<Read>, ReplyTo<Total> reply) {
    if (n != 0) return reply(n);
    kept.push_back(std::move(reply));
  }
  Ref<Mute> mute;
  std::vector<ReplyTo<Total>> kept;
  std::uint64_t n = 0;
};

/// Is asked for its state, instead of saving it.
struct Asked : buskin::Actor<buskin::Init<Settings>, Tick, buskin::Saves<Total>, buskin::Ask<Read, Total>> {
  static constexpr auto delivery = Delivery::ExactlyOnce;
  static constexpr buskin::Group group{.messages = 10, .within = 1h};
  explicit Asked(const Settings& settings) : witness(*settings.next()) {}
  void on_start(Context& context) {
    n = 1;
    context.send(witness, Tick(1));
  }
  void on_restart(const Total& saved) { n = 10 + saved.n(); }
  void on_save(Context& context) noexcept { context.save<Total>(n); }
  void on(Message<Tick> tick) { fail(tick->number(), tick.attempt()); }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(n); }
  Ref<Witness> witness;
  std::uint64_t n = 0;
};

class Hooks : public Conformance {
 protected:
  std::string seen() { return system_.ask<Report>(witness_, 60s)->text()->str(); }
  template <Delivery kDelivery>
  void expect_saved(std::uint32_t how) {
    witness_ = *system_.create<Witness>();
    const auto saver = system_.create<Saver<kDelivery>>({.supervise = {.on_throw = buskin::Decision::Restart}},
                                                        buskin::Address(witness_));
    EXPECT_EQ(read(*saver), 1u);
    system_.send(*saver, Tick(how));
    EXPECT_EQ(read(*saver), 2u);
    system_.send(*saver, Tick(how));
    EXPECT_EQ(read(*saver), 3u);
    EXPECT_EQ(seen(), "1 2 3 ");
  }
  buskin::Ref<Witness> witness_;
};

TEST_P(Hooks, WhatTheySaveIsSavedAtOnce) {
  for (const std::uint32_t how : {kThrow, kCrash}) {
    expect_saved<Delivery::AtLeastOnce>(how);
    expect_saved<Delivery::ExactlyOnce>(how);
    expect_saved<Delivery::AtMostOnce>(how);
  }
}

TEST_P(Hooks, AContinuationThatIsToldOfADeadlineSavesAsWell) {
  const auto mute = system_.create<Mute>();
  const auto patient = system_.create<Patient>(buskin::Address(*mute));
  EXPECT_EQ(read(*patient), 7u);
  system_.send(*patient, Tick(kCrash));
  EXPECT_EQ(read(*patient), 7u);
}

TEST_P(Hooks, AnActorWithOnSaveIsAskedAfterAStartThatSends) {
  witness_ = *system_.create<Witness>();
  const auto asked = system_.create<Asked>(buskin::Address(witness_));
  system_.send(*asked, Tick(kCrash));
  EXPECT_EQ(read(*asked), 11u);
  EXPECT_EQ(seen(), "1 ");
}

INSTANTIATE_TEST_SUITE_P(Bases, Hooks, kBases, name_of_base);

}  // namespace conformance::hooks
