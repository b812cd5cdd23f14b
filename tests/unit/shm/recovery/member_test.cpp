// member_test: joining, leaving, thread records, and what the kernel says of the living and the dead.
#include "shm/recovery/member.hpp"

#include <sys/prctl.h>

#include <fstream>
#include <set>
#include <thread>

#include "shm/mailbox/ready_set.hpp"
#include "shm/os/process.hpp"
#include "tests/support/scratch.hpp"

namespace buskin::test {
namespace {

class MemberTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(lock_path_).put('x');
    segment_ = std::make_unique<Segment>(Segment::create(path_, tiny_segment()).value());
  }

  MemberSpec spec(const std::string& title = "tester") const {
    return {.role = Role::Client, .title = title, .program = 7, .lock_path = lock_path_};
  }
  MemberSpec actors_spec() const {
    MemberSpec made = spec("actors");
    made.role = Role::Actors;
    return made;
  }
  std::unique_ptr<Member> join() { return Member::join(*segment_, spec()).value(); }
  ProcessWord word_of(ProcessIndex index) const {
    return ProcessWord::unpack(segment_->process(index).word.load_acquire());
  }
  bool lives(ProcessIndex index) const { return is_member_alive(*segment_, index, lock_path_); }
  /// As for a process in a pid namespace that is not ours: only its lock byte tells.
  void hide_pid(ProcessIndex index) const { segment_->process(index).pid_namespace.store_release(1); }

  /// A child that has joined when this returns; its entry is the second.
  std::unique_ptr<Child> joined_child(const std::function<int(Member&)>& body) {
    Gate joined;
    auto child = std::make_unique<Child>([&] {
      auto segment = Segment::attach(path_);
      if (!segment.ok()) return 2;
      auto member = Member::join(segment.value(), spec("child"));
      if (!member.ok()) return 3;
      joined.open();
      return body(*member.value());
    });
    EXPECT_TRUE(joined.wait());
    return child;
  }

  ScratchFolder folder_;
  std::string path_ = folder_.file("segment");
  std::string lock_path_ = folder_.file("lock");
  std::unique_ptr<Segment> segment_;
};

constexpr ProcessIndex kFirst{1};
constexpr ProcessIndex kSecond{2};

TEST_F(MemberTest, AMemberStandsInTheTableWithItsFacts) {
  const auto member = join();
  EXPECT_EQ(member->index(), kFirst);
  const ProcessEntry& entry = segment_->process(kFirst);
  EXPECT_EQ(word_of(kFirst).state, ProcessState::Alive);
  EXPECT_EQ(entry.pid.read(), static_cast<std::uint32_t>(::getpid()));
  EXPECT_EQ(entry.start_time.read(), start_time_of(::getpid()));
  EXPECT_EQ(entry.pid_namespace.load_relaxed(), own_pid_namespace());
  EXPECT_EQ(entry.program.read(), 7u);
  EXPECT_STREQ(entry.title.data(), "tester");
  EXPECT_TRUE(lives(kFirst));
}

TEST_F(MemberTest, AProcessOfActorsTakesAnEntryWithAReadyMapAndTheOthersLeaveItToThem) {
  ASSERT_TRUE(ReadySet::back_map(*segment_, kFirst, 0).ok());
  const auto client = join();
  EXPECT_EQ(client->index(), kSecond);
  const auto actors = Member::join(*segment_, actors_spec()).value();
  EXPECT_EQ(actors->index(), kFirst);
  const auto more = Member::join(*segment_, actors_spec()).value();
  EXPECT_EQ(more->index(), ProcessIndex{3});
}

TEST_F(MemberTest, ASpareReadyMapIsMadeOnce) {
  const auto actors = Member::join(*segment_, actors_spec()).value();
  for (int i = 0; i < 2; ++i) ReadySet::back_spare_map(*segment_);
  EXPECT_FALSE(ReadySet::has_map(*segment_, kFirst));
  EXPECT_TRUE(ReadySet::has_map(*segment_, kSecond));
  EXPECT_FALSE(ReadySet::has_map(*segment_, ProcessIndex{3}));
}

TEST_F(MemberTest, ReservedRecordsAreLeasedWithoutAnotherClaim) {
  const auto member = join();
  ASSERT_TRUE(member->reserve_threads(3).ok());
  std::set<Thread*> leased;
  for (int i = 0; i < 3; ++i) leased.insert(member->lease_thread().value());
  EXPECT_EQ(leased.size(), 3u);
  EXPECT_EQ(segment_->process(kFirst).threads_count.load_relaxed(), 3u);
  EXPECT_FALSE(member->reserve_threads(100).ok()) << "the table has 8";
  for (Thread* const thread : leased) member->return_thread(thread);
}

TEST_F(MemberTest, ATitleIsCutAt63Bytes) {
  const auto member = Member::join(*segment_, spec(std::string(200, 't'))).value();
  EXPECT_EQ(std::string(segment_->process(kFirst).title.data()), std::string(63, 't'));
}

TEST_F(MemberTest, AnEntryThatWasLeftIsAnothersInANewGeneration) {
  const std::uint32_t gen = join()->gen();
  EXPECT_EQ(word_of(kFirst).state, ProcessState::Free);
  EXPECT_FALSE(lives(kFirst));
  EXPECT_FALSE(LockByte::is_held(lock_path_, 1));
  const auto again = join();
  EXPECT_EQ(again->index(), kFirst);
  EXPECT_EQ(again->gen(), gen + 1);
}

TEST_F(MemberTest, AFullTableIsSaidWithItsSize) {
  std::vector<std::unique_ptr<Member>> members;
  for (std::uint32_t i = 1; i < kTinyTables.processes; ++i) members.push_back(join());
  const auto refused = Member::join(*segment_, spec());
  EXPECT_EQ(refused.error().code, SegmentFault::NoSpace);
  EXPECT_NE(refused.error().detail.find("has 3 processes"), std::string::npos) << refused.error().detail;
  members.erase(members.begin());
  EXPECT_EQ(join()->index(), kFirst);
}

TEST_F(MemberTest, AnEntryWhoseByteIsHeldIsPassedBy) {
  const auto held = LockByte::take(lock_path_, 1);
  ASSERT_TRUE(held.ok());
  EXPECT_EQ(join()->index(), kSecond) << "somebody is half-way through joining or leaving";
}

TEST_F(MemberTest, ASystemThatEndsTakesNobodyIn) {
  segment_->superblock().ending.store_seq_cst(1);
  const auto refused = Member::join(*segment_, spec());
  EXPECT_EQ(refused.error().code, SegmentFault::Vanished);
  EXPECT_EQ(word_of(kFirst).state, ProcessState::Free);
  segment_->superblock().ending.store_seq_cst(0);
  EXPECT_EQ(join()->index(), kFirst);
}

TEST_F(MemberTest, AFinishedThreadsRecordGoesToTheNextOfTheProcess) {
  const auto member = join();
  Thread* const first = member->lease_thread().value();
  Thread* const second = member->lease_thread().value();
  EXPECT_NE(first->index(), second->index());
  EXPECT_EQ(first->record().tid.load_relaxed(), static_cast<std::uint32_t>(::gettid()));
  member->return_thread(first);
  EXPECT_EQ(first->record().tid.load_relaxed(), 0u);
  EXPECT_EQ(member->lease_thread().value(), first);
  EXPECT_EQ(segment_->process(kFirst).threads_count.load_relaxed(), 2u);
  member->return_thread(first);
  member->return_thread(second);
}

TEST_F(MemberTest, WithoutAFreeRecordTheTableIsFull) {
  const auto member = join();
  std::vector<Thread*> threads;
  for (std::uint32_t i = 1; i < kTinyTables.threads; ++i) threads.push_back(member->lease_thread().value());
  EXPECT_EQ(member->lease_thread().error(), MemoryError::TableFull);
  member->return_thread(threads.back());
  EXPECT_EQ(member->lease_thread().value(), threads.back());
  for (Thread* const thread : threads) member->return_thread(thread);
}

TEST_F(MemberTest, LeavingGivesRecordsAndSpansBackAndKeepsTheCounts) {
  {
    const auto member = join();
    Thread* const thread = member->lease_thread().value();
    thread->count(Counter::Sent, 5);
    thread->heap().free(thread->heap().allocate(64).value());
    member->return_thread(thread);
  }
  const ThreadRecord& record = segment_->thread(ThreadIndex{1});
  EXPECT_EQ(record.process.load_relaxed(), 0u);
  EXPECT_EQ(total_counters(*segment_)[0], 5u);
  EXPECT_EQ(UnitWord::unpack(segment_->unit(UnitIndex{0}).word.load_acquire()).state, UnitState::Free);
}

TEST_F(MemberTest, ThreadsThatLeaseAtOnceGetRecordsOfTheirOwn) {
  const auto member = join();
  std::array<Thread*, 7> leased{};
  {
    std::vector<std::jthread> threads;
    for (Thread*& mine : leased) threads.emplace_back([&] { mine = member->lease_thread().value(); });
  }
  EXPECT_EQ(std::set<Thread*>(leased.begin(), leased.end()).size(), leased.size());
  for (Thread* const thread : leased) member->return_thread(thread);
}

TEST_F(MemberTest, AKilledProcessIsDeadByItsPidAndByItsByte) {
  const auto member = join();
  const auto child = joined_child([](Member&) { return sleep_for_ever(); });
  EXPECT_TRUE(lives(kSecond));
  child->kill();
  EXPECT_EQ(word_of(kSecond).state, ProcessState::Alive) << "nobody has said so in the segment";
  EXPECT_FALSE(lives(kSecond));
  hide_pid(kSecond);
  EXPECT_FALSE(lives(kSecond));
}

TEST_F(MemberTest, AStoppedProcessIsAlive) {
  const auto member = join();
  const auto child = joined_child([](Member&) { return sleep_for_ever(); });
  child->stop();
  EXPECT_TRUE(lives(kSecond));
  hide_pid(kSecond);
  EXPECT_TRUE(lives(kSecond)) << "by its lock byte";
}

/// Ended, but its parent has not asked for its result: a zombie runs nothing any more.
TEST_F(MemberTest, AZombieIsDead) {
  const auto member = join();
  const auto child = joined_child([](Member&) { return sleep_for_ever(); });
  child->signal(SIGKILL);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child->pid()), &info, WEXITED | WNOWAIT), 0);
  EXPECT_FALSE(lives(kSecond));
  hide_pid(kSecond);
  EXPECT_FALSE(lives(kSecond));
}

/// A fork that is not followed by an exec has the parent's descriptors, but not its address space's lock.
TEST_F(MemberTest, AChildOfTheDeadDoesNotMakeItLookAlive) {
  const auto member = join();
  Gate forked;
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  const auto child = joined_child([&](Member&) {
    if (::fork() == 0) {
      forked.open();
      sleep_for_ever();
    }
    return sleep_for_ever();
  });
  ASSERT_TRUE(forked.wait());
  child->kill();
  hide_pid(kSecond);
  EXPECT_FALSE(lives(kSecond));
  int status = 0;  // The grandchild is ours now.
  std::ifstream children("/proc/self/task/" + std::to_string(::gettid()) + "/children");
  pid_t grandchild = 0;
  ASSERT_TRUE(children >> grandchild);
  EXPECT_EQ(::kill(grandchild, SIGKILL), 0);
  EXPECT_EQ(::waitpid(grandchild, &status, 0), grandchild);
  EXPECT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
}

TEST_F(MemberTest, AnotherProcessOfTheSamePidIsNotIt) {
  const auto member = join();
  ProcessEntry& entry = segment_->process(kFirst);
  entry.start_time.write(entry.start_time.read() + 1);
  EXPECT_FALSE(lives(kFirst));
}

TEST_F(MemberTest, EntriesThatWereNeverUsedAreDead) {
  EXPECT_FALSE(lives(ProcessIndex::None));
  EXPECT_FALSE(lives(kSecond));
  EXPECT_FALSE(lives(ProcessIndex{4'000}));
}

TEST_F(MemberTest, AProcessThatLeftInOrderLeavesTheEntryFree) {
  const auto member = join();
  const auto child = joined_child([](Member& self) {
    self.return_thread(self.lease_thread().value());
    return 0;
  });
  EXPECT_EQ(child->wait(), 0);
  EXPECT_EQ(word_of(kSecond).state, ProcessState::Free);
  EXPECT_EQ(segment_->thread(ThreadIndex{1}).process.load_relaxed(), 0u);
}

}  // namespace
}  // namespace buskin::test
