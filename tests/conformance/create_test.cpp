// create_test: actors made in an exactly-once turn are there when it commits, and not when it does not.
#include <algorithm>

#include "conformance.hpp"
#include "tests/support/dying.hpp"
#include "inside.hpp"

namespace conformance::create {

/// Reports once that it has started.
struct Newborn : buskin::Actor<buskin::Init<Settings>, buskin::Ask<Read, Total>> {
  explicit Newborn(const Settings& settings) : next(*settings.next()) {}
  void on_start(Context& context) { context.send(next, Tick(7)); }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(7); }
  Ref<Sum> next;
};

enum class MakerKind : std::uint8_t { Steady, ThrowsOnce, AlwaysThrows, DiesOnce };

/// Makes a child with each Order, there or here, named or not, and fails as it is told to.
struct Maker : buskin::Actor<Order, Tick, buskin::Ask<Read, Total>, buskin::ChildActorExited> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  void on(Message<Order> order, Context& context) {
    buskin::CreateOptions options;
    if (order->count() % 2 == 1) options.place = buskin::here;
    if (order->count() >= 2) options.name = "newborn";
    child = context.create<Newborn>(options, buskin::Address(*order->to()));
    const bool is_first = order.attempt() == 1;
    switch (static_cast<MakerKind>(order->kind())) {
      case MakerKind::Steady: break;
      case MakerKind::ThrowsOnce:
        if (is_first) throw std::runtime_error("first attempt");
        break;
      case MakerKind::AlwaysThrows: throw std::runtime_error("each attempt");
      case MakerKind::DiesOnce:
        if (is_first) dying::die(SIGKILL);
    }
  }
  void on(Message<Tick>, Context& context) { context.exit(child); }
  void on(Message<Read>, ReplyTo<Total> reply, Context& context) { reply(context.children().size() * 10 + gone); }
  void on(Message<buskin::ChildActorExited>) { ++gone; }
  Ref<Newborn> child;
  std::uint64_t gone = 0;
};

/// Its process dies while it begins.
struct DiesAtStart : buskin::Actor<Tick> {
  void on_start(Context&) { dying::die(SIGKILL); }
  void on(Message<Tick>) {}
};

struct Bereaved : buskin::Actor<Add, buskin::Ask<Read, Total>, buskin::ChildActorExited> {
  void on(Message<Add>, Context& context) { (void)context.create<DiesAtStart>(); }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(gone); }
  void on(Message<buskin::ChildActorExited>) { ++gone; }
  std::uint64_t gone = 0;
};

/// What went wrong with a child that could not be created.
enum class Refusal : std::uint32_t { TakenName, BadName, BadOption };

/// Asks for children that cannot be created, sends each a message, and says what came back.
template <buskin::Delivery kDelivery>
struct Unlucky : buskin::Actor<Order, buskin::Ask<Report, Reply>, buskin::ChildActorExited, buskin::Undeliverable> {
  static constexpr auto delivery = kDelivery;
  void on(Message<Order> order, Context& context) {
    buskin::CreateOptions options;
    switch (static_cast<Refusal>(order->count())) {
      case Refusal::TakenName: options.name = std::string(128, 'n'); break;
      case Refusal::BadName: options.name = "a name"; break;
      case Refusal::BadOption: options.supervise.on_crash = buskin::Decision::Resume;
    }
    child = context.create<Hello>(options);
    context.send<Greet>(child, "?");
  }
  void on(Message<Report>, ReplyTo<Reply> reply) { reply(heard); }
  void on(Message<buskin::ChildActorExited> gone) {
    const bool is_named = child && gone->child == child.address();
    heard += is_named ? "" : "another: ";
    heard += buskin::to_string(gone->code) + (": " + std::string(gone->reason.view())) + "|";
  }
  void on(Message<buskin::Undeliverable> back) {
    heard += back->receiver == child.address() ? "and back|" : "another back|";
  }
  Ref<Hello> child;
  std::string heard;
};

class Creation : public Conformance {
 protected:
  void order(MakerKind kind, std::uint32_t how) {
    system_.send<Order>(maker_, static_cast<std::uint8_t>(kind), buskin::Address(sum_), how);
  }
  /// Waits for so many starts, each of which adds a digit.
  void expect_starts(std::uint64_t children_asked) {
    // Ends: when they were said, or with the test's own time limit.
    while (read(sum_) < children_asked) {
    }
    EXPECT_EQ(read(sum_), children_asked);
  }
  /// Waits until no start of the maker's is under way.
  void await_life_of_children() {
    const shm::Segment& segment = segment_of(system_);
    const auto is_active = [&](shm::ActorId id) { return shm::life_of(segment, id).state == shm::LifeState::Active; };
    const buskin::Address address = maker_;
    const shm::ActorId maker{static_cast<shm::ActorIndex>(address.index()), address.generation()};
    // Ends: when all are active, or with the test's own time limit.
    while (!std::ranges::all_of(shm::children_of(segment, maker), is_active)) std::this_thread::yield();
  }
  buskin::Ref<Sum> sum_ = *system_.create<Sum>();
  buskin::Ref<Maker> maker_ = *system_.create<Maker>();
};

TEST_P(Creation, OfACommittedTurnStartsOnce) {
  for (const std::uint32_t how : {0u, 1u, 2u}) order(MakerKind::Steady, how);
  expect_starts(777);
  EXPECT_EQ(read(maker_), 30u);
}

TEST_P(Creation, OfATurnThatFailsFirstStartsOnce) {
  for (const std::uint32_t how : {0u, 1u, 2u}) order(MakerKind::ThrowsOnce, how);
  expect_starts(777);
  EXPECT_EQ(read(maker_), 30u);
}

TEST_P(Creation, OfATurnThatIsGivenUpStartsNothingAndItsNameIsFree) {
  for (const std::uint32_t how : {0u, 1u, 2u, 3u}) order(MakerKind::AlwaysThrows, how);
  EXPECT_EQ(read(maker_), 0u);
  EXPECT_FALSE(system_.find("newborn"));
  order(MakerKind::Steady, 3);
  expect_starts(7);
  EXPECT_EQ(read(maker_), 10u);
  EXPECT_EQ(system_.ask<Read>(system_.find<Newborn>("newborn"), 30s)->n(), 7u);
}

TEST_P(Creation, OfATurnThatDiesFirstStartsOnce) {
  order(MakerKind::DiesOnce, 0);
  expect_starts(7);
  order(MakerKind::DiesOnce, 2);
  expect_starts(77);
  EXPECT_EQ(read(maker_), 20u);
}

TEST_P(Creation, HereFollowsItsParentWhenTheirProcessDies) {
  if (GetParam() != buskin::Base::Processes) GTEST_SKIP() << "here all live in one process";
  order(MakerKind::Steady, 1);
  expect_starts(7);
  await_life_of_children();  // A start that its process does not survive has failed.
  order(MakerKind::DiesOnce, 3);
  // The first begins again, and the second starts once.
  expect_starts(777);
  EXPECT_EQ(read(maker_), 20u);
}

TEST_P(Creation, ABirthThatItsProcessDoesNotSurviveHasFailed) {
  EXPECT_EQ(system_.create<DiesAtStart>().error().code(), buskin::Code::StartFailed);
  // Its parent hears of it once: a second one would be there before the answer.
  const auto parent = system_.create<Bereaved>();
  system_.send<Add>(*parent, 1u);
  // Ends: with the notice, or with the test's own time limit.
  while (read(*parent) == 0) {
  }
  EXPECT_EQ(read(*parent), 1u);
}

template <class A>
std::vector<std::string> refusals(buskin::ActorSystem& system) {
  std::vector<std::string> all;
  for (const auto refusal : {Refusal::TakenName, Refusal::BadName, Refusal::BadOption}) {
    const auto unlucky = *system.create<A>();
    system.send<Order>(unlucky, std::uint8_t{0}, buskin::Address(unlucky), static_cast<std::uint32_t>(refusal));
    std::string heard;
    // Ends: when both are there, or with the test's own time limit.
    while (std::count(heard.begin(), heard.end(), '|') < 2) {
      heard = system.ask<Report>(unlucky, 30s)->text()->str();
    }
    all.push_back(heard.substr(0, heard.find('|')) + (heard.find("and back|") != std::string::npos ? " and back" : ""));
  }
  return all;
}

TEST_P(Creation, ThatIsRefusedGivesAnAddressAndItsNoticeNamesIt) {
  const std::string name(128, 'n');
  const auto holder = system_.create<Sum>({.name = name});
  const std::vector<std::string> expected = {
      "name_taken: another living actor has the name " + name + " and back",
      "bad_name: a name is 1 to 128 letters, digits, . _ - / : and not a name and back",
      "bad_option: supervise.on_crash is Resume: a crash leaves no state with which to go on and back"};
  EXPECT_EQ(refusals<Unlucky<buskin::Delivery::AtLeastOnce>>(system_), expected);
  EXPECT_EQ(refusals<Unlucky<buskin::Delivery::ExactlyOnce>>(system_), expected);
}

INSTANTIATE_TEST_SUITE_P(Bases, Creation, kBases, name_of_base);

}  // namespace conformance::create
