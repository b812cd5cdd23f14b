// storm_test: kills and stops of random processes in live traffic, with the real reaper.
//
// BUSKIN_STORM_SECONDS and BUSKIN_STORM_SEED choose length and order; BUSKIN_LONG=1 means two minutes each.
#include "tests/crash/storm.hpp"

#include <sched.h>
#include <sys/mount.h>

#include <cstdio>
#include <random>

#include "shm/actor/actor_close.hpp"
#include "tests/support/chosen.hpp"

namespace buskin::test {
namespace {

constexpr std::uint32_t kRoles = kSenders + 2;  // The senders, the relay, the sink.

class Storm : public ::testing::Test {
 protected:
  void open(std::uint32_t units) {
    SegmentOptions options;
    options.counts = with_units(kStormTables, units);
    options.name = "storm";
    stage_.segment_path = folder_.file("segment");
    stage_.lock_path = folder_.file("locks");
    stage_.ledger = map_ledger();
    Segment::create(stage_.segment_path, options).value();
    own_ = std::make_unique<Cast>(stage_);
    stage_.relay = add_actor(Delivery::ExactlyOnce);
    stage_.sink = add_actor(Delivery::AtLeastOnce);
  }
  ~Storm() override {
    for (auto& child : children_) child.reset();
    if (own_ == nullptr) return;
    own_->member->return_thread(&own_->thread);
    own_.reset();
    ::munmap(stage_.ledger, sizeof(Ledger));
    if (is_mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
  }

  ActorId add_actor(Delivery delivery) {
    SlotSpec spec;
    spec.mailbox.capacity = 1'000;
    spec.mailbox.delivery = delivery;
    const ActorId id = reserve_actor(own_->thread, spec).value();
    EXPECT_TRUE(change_life(own_->segment, id, LifeState::Reserved, LifeState::Notified, ProcessIndex::None));
    return id;
  }

  void start(std::uint32_t role) {
    children_[role] = std::make_unique<Child>([this, role] {
      if (role < kSenders) return play_sender(stage_, role);
      return play_host(stage_, role == kSenders);
    });
  }

  /// Repairs everybody whom the kernel says is dead.
  void reap_all() {
    for (std::uint32_t i = 2; i < 32; ++i) {
      const auto index = static_cast<ProcessIndex>(i);
      if (!is_dead(own_->segment, index, stage_.lock_path)) continue;
      const std::uint64_t start = now_ns();
      const auto reaped = reap_process(own_->thread, index, stage_.lock_path);
      reap_ns_ += now_ns() - start;
      if (!reaped.ok()) continue;  // Already repaired, on the way to another.
      for (const Closing& closing : reaped.value().closing) finish_close(own_->thread, closing.id);
      repairs_ += reaped.value().processes.size();
      redelivered_ += reaped.value().counts.charged;
      undone_ += reaped.value().counts.sends_undone + reaped.value().counts.turns_undone;
      forward_ += reaped.value().counts.turns_finished;
    }
  }

  /// A repairer that is killed at some point of it.
  void let_a_reaper_die(std::uint64_t after_ns) {
    Child reaper([this] {
      Cast cast(stage_);
      for (std::uint32_t i = 2; i < 32; ++i) {
        const auto index = static_cast<ProcessIndex>(i);
        if (is_dead(cast.segment, index, stage_.lock_path)) (void)reap_process(cast.thread, index, stage_.lock_path);
      }
      return sleep_for_ever();
    });
    pause(after_ns);
    reaper.kill();
    ++reapers_killed_;
  }

  /// A stopped process is not dead.
  void stop_one(std::uint32_t role) {
    children_[role]->signal(SIGSTOP);
    pause(2'000'000);
    const std::uint64_t before = repairs_;
    reap_all();
    EXPECT_EQ(repairs_, before) << "a stopped process was repaired";
    children_[role]->signal(SIGCONT);
    ++stops_;
  }

  void kill_one(std::uint32_t role) {
    children_[role]->kill();
    ++kills_;
    if (dice(8) == 0) let_a_reaper_die(dice(600'000));
    reap_all();
    start(role);
  }

  /// All is well also while everybody is at work.
  void check_live() {
    const CheckReport live = check_segment(own_->segment);
    for (const std::string& finding : live.findings) ADD_FAILURE() << "live: " << finding;
    ++checks_;
  }

  void kill_all() {
    for (const auto& child : children_) child->signal(SIGKILL);
    for (auto& child : children_) child.reset();
    kills_ += kRoles;
    reap_all();
  }

  std::uint64_t dice(std::uint64_t sides) { return random_() % sides; }
  static void pause(std::uint64_t ns) {
    const std::uint64_t until = now_ns() + ns;
    while (now_ns() < until) ::usleep(50);
  }

  /// The survivor hosts both actors until they have handled everything. The sink first: it gives memory back.
  void drain_all() {
    for (const bool is_relay : {false, true}) own_->adopt(is_relay ? stage_.relay : stage_.sink);
    LaneReader sink(own_->segment, stage_.sink.index, Lane::Messages);
    LaneReader relay(own_->segment, stage_.relay.index, Lane::Messages);
    do {  // Ends: nobody sends any more.
      while (handle(*own_, sink, false)) {
      }
    } while (handle(*own_, relay, true));
  }

  /// Kills, stops and checks for `seconds`, then the end.
  void rage(std::uint64_t seconds) {
    const std::uint64_t seed = number_from("BUSKIN_STORM_SEED", std::random_device{}());
    std::printf("seed %llu, %llu s\n", static_cast<unsigned long long>(seed), static_cast<unsigned long long>(seconds));
    random_.seed(seed);
    for (std::uint32_t role = 0; role < kRoles; ++role) start(role);
    const std::uint64_t start_ns = now_ns();
    const std::uint64_t length_ns = seconds * 1'000'000'000;
    while (now_ns() - start_ns < length_ns && !HasFailure()) {
      const std::uint64_t permille = (now_ns() - start_ns) / (length_ns / 1'000);
      stage_.ledger->allowed.store_relaxed(kNumbersMax / 1'000 * (permille + 1));
      pause(200'000 + dice(1'800'000));
      const auto role = static_cast<std::uint32_t>(dice(kRoles));
      if (dice(40) == 0) {
        stop_one(role);
      } else if (dice(40) == 0) {
        check_live();
      } else if (dice(100) == 0) {
        kill_all();
        for (std::uint32_t again = 0; again < kRoles; ++again) start(again);
      } else {
        kill_one(role);
      }
    }
    kill_all();
    drain_all();
    expect_ledger_is_right();
    expect_nothing_is_left();
    report();
  }

  static std::uint64_t seconds(std::uint64_t in_short, std::uint64_t in_long) {
    return number_from("BUSKIN_STORM_SECONDS", is_long() ? in_long : in_short);
  }

  void expect_ledger_is_right() {
    std::uint64_t lost = 0, doubled = 0, accepted = 0, extra = 0;
    for (std::uint32_t sender = 0; sender < kSenders; ++sender) {
      const std::uint64_t tried = stage_.ledger->tried[sender].load_relaxed();
      for (std::uint64_t number = 1; number <= tried; ++number) {
        const Ledger::Cell& cell = stage_.ledger->cells[sender][number];
        const std::size_t ways = number % kMulticastEvery == 0 ? 3 : 2;
        accepted += cell.is_accepted;
        // Both outputs of an input or none: the turn is one.
        const bool has_first = cell.first[0] + cell.again[0] != 0;
        if (has_first != (cell.first[1] + cell.again[1] != 0)) ++lost;
        for (std::size_t way = 0; way < ways; ++way) {
          const bool has_arrived = cell.first[way] + cell.again[way] != 0;
          if (cell.is_accepted != 0 && !has_arrived) ++lost;
          if (cell.is_accepted == 0 && has_arrived) ++extra;
          if (cell.first[way] > 1) ++doubled;
        }
      }
    }
    EXPECT_EQ(lost, 0u);
    EXPECT_EQ(doubled, 0u);
    EXPECT_EQ(stage_.ledger->out_of_order.load_relaxed(), 0u);
    EXPECT_GT(accepted, 0u);
    std::printf(
        "%llu accepted, %llu turns, %llu handled; %llu lost, %llu doubled unflagged; %llu in doubt arrived\n",
        static_cast<unsigned long long>(accepted), static_cast<unsigned long long>(stage_.ledger->turns.load_relaxed()),
        static_cast<unsigned long long>(stage_.ledger->handled.load_relaxed()), static_cast<unsigned long long>(lost),
        static_cast<unsigned long long>(doubled), static_cast<unsigned long long>(extra));
  }

  void expect_nothing_is_left() {
    for (const ActorId id : {stage_.relay, stage_.sink}) {
      ASSERT_TRUE(begin_close(own_->thread, id));
      finish_close(own_->thread, id);
    }
    const CheckReport report = check_segment(own_->segment);
    for (const std::string& finding : report.findings) ADD_FAILURE() << finding;
    const CheckTotals& totals = report.totals;
    EXPECT_EQ(totals.blocks_held + totals.blocks_queued + totals.blocks_shared + totals.blocks_notice, 0u);
    EXPECT_EQ(totals.actors, 0u);
    EXPECT_EQ(totals.processes, 1u);
    EXPECT_EQ(totals.threads, 1u);
  }

  void report() const {
    std::printf(
        "%llu kills, %llu of reapers besides, %llu stops, %llu live checks; %llu repairs of %llu us each; %llu "
        "deliveries again, "
        "%llu sends and turns undone, %llu turns finished; %llu times no memory\n",
        static_cast<unsigned long long>(kills_), static_cast<unsigned long long>(reapers_killed_),
        static_cast<unsigned long long>(stops_), static_cast<unsigned long long>(checks_),
        static_cast<unsigned long long>(repairs_),
        static_cast<unsigned long long>(repairs_ == 0 ? 0 : reap_ns_ / repairs_ / 1'000),
        static_cast<unsigned long long>(redelivered_), static_cast<unsigned long long>(undone_),
        static_cast<unsigned long long>(forward_),
        static_cast<unsigned long long>(stage_.ledger->no_memory.load_relaxed()));
  }

  ScratchFolder folder_;
  bool is_mounted_ = false;
  Stage stage_;
  std::unique_ptr<Cast> own_;
  std::array<std::unique_ptr<Child>, kRoles> children_;
  std::mt19937_64 random_;
  std::uint64_t kills_ = 0, reapers_killed_ = 0, stops_ = 0, checks_ = 0, repairs_ = 0, reap_ns_ = 0;
  std::uint64_t redelivered_ = 0, undone_ = 0, forward_ = 0;
};

TEST_F(Storm, LosesNothingAndDoublesNothing) {
  open(1'024);
  rage(seconds(10, 120));
}

TEST_F(Storm, NorWhenThereAreTooFewUnits) {
  stage_.medium_every = 3;
  open(24);
  rage(seconds(4, 60));
  EXPECT_GT(stage_.ledger->no_memory.load_relaxed(), 0u) << "there was always room";
}

/// A touched page that was not reserved would be a SIGBUS, and the victim's end not ours.
TEST_F(Storm, NorOnAFullMemoryFileSystem) {
  const int spaces = ::geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER;
  if (::unshare(spaces) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=2500k,mode=0700") != 0) {
    GTEST_SKIP() << "this user may not mount a tmpfs, not even in a namespace of its own";
  }
  is_mounted_ = true;
  stage_.medium_every = 3;
  open(1'024);
  rage(seconds(4, 60));
  EXPECT_GT(stage_.ledger->no_memory.load_relaxed(), 0u) << "there was always room";
}

}  // namespace
}  // namespace buskin::test
