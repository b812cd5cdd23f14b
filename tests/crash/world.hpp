// World: a tiny segment with a process that will die in it, and the book of what it did until then.
//
//   entry 1        the test: survivor, repairer, successor
//   entry 2        the victim, a child
//   x              the victim's actor; its parent is y
//   y              the survivor's actor, which receives everything in the end
//   dead letters   the survivor's dead-letter actor
//
// The book lies in shared memory beside the segment, so that a death cuts it where it cuts the rest.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "shm/actor/actor_close.hpp"
#include "shm/actor/actor_end.hpp"
#include "shm/check/check.hpp"
#include "shm/recovery/member.hpp"
#include "shm/memory/carrier.hpp"
#include "shm/names/names.hpp"
#include "shm/memory/payload.hpp"
#include "shm/recovery/reap.hpp"
#include "shm/actor/replies.hpp"
#include "shm/actor/turn.hpp"
#include "shm/segment/reserve_layout.hpp"
#include "shm/segment/slot_facts.hpp"
#include "tests/crash/book.hpp"
#include "tests/support/scratch.hpp"

namespace buskin::test {

inline constexpr ProcessIndex kSurvivor{1};
inline constexpr ProcessIndex kVictim{2};
inline constexpr std::uint32_t kEntries = 8;
inline constexpr Value kCrashNotice = 1'000'001;  ///< What x's crash notice carries.
inline constexpr Value kExitNotice = 1'000'002;
inline constexpr Value kRestarted = 1'000'003;  ///< A repairer's answer for a dead keeper.
inline constexpr Value kLostInHand = 1'000'004;  ///< A repairer's dead letter.

class World;

struct Scenario {
  std::string name;
  std::function<void(World&, Thread&)> act;        ///< The victim, from its first instruction that counts.
  std::function<void(World&)> prepare{};           ///< The survivor, before.
  std::function<void(World&, Thread&)> warm_up{};  ///< The victim, before.
  /// What x does with a message; a sink when there is none.
  std::function<void(World&, Thread&, LaneReader&, const Hand&)> handle{};
  /// x has nothing more to handle.
  std::function<void(World&, Thread&, LaneReader&)> rest{};
  std::function<void(World&)> between{};  ///< The survivor, after the death and before the repair.
  std::function<void(World&)> after{};    ///< The survivor, after the repair and before the successor.
  std::function<void(World&)> expect{};   ///< After the successor.
  std::vector<Value> exactly_once{};      ///< Each arrives once, unflagged.
  std::vector<Value> at_least_once{};     ///< Each arrives, also if the book does not say accepted.
  std::vector<Value> may_be_lost{};       ///< Accepted, and lost with its handler or its mailbox.
  Delivery delivery = Delivery::AtLeastOnce;
  std::uint32_t capacity_of_y = 100;
  bool fails_once = false;  ///< x's handler fails by itself.
  std::uint32_t reserve_units = 0;
  bool is_many = false;     ///< The same value goes to many: only its flags count.
};

struct Arrival {
  Value value;
  bool is_flagged;
};

inline void PrintTo(const Scenario& scenario, std::ostream* out) {
  *out << scenario.name;
}

class World {
 public:
  explicit World(const Scenario& scenario) : scenario_(scenario), segment_(make_segment()), book_(map_book()) {
    member_ = Member::join(segment_, {.role = Role::Tool, .title = "survivor", .lock_path = lock_path()}).value();
    own_ = leased_ = member_->lease_thread().value();
    letters = add_actor(100, Delivery::AtLeastOnce, {}, kSurvivor);
    y = add_actor(scenario.capacity_of_y, Delivery::AtLeastOnce, {}, kSurvivor);
    x = add_actor(100, scenario.delivery, y, kVictim);
    reserve_crash(*own_, x);
    segment_.superblock().dead_letter_actor.store_release(letters.word());
    if (scenario.prepare) scenario.prepare(*this);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() {
    if (leased_ != nullptr) member_->return_thread(leased_);
    ::munmap(book_, sizeof(Book));
  }

  Segment& segment() { return segment_; }
  Book& book() { return *book_; }
  std::string lock_path() const { return folder_.file("locks"); }
  Thread& own() { return *own_; }
  const Scenario& scenario() const { return scenario_; }

  ActorId add_actor(std::uint32_t capacity, Delivery delivery, ActorId parent, ProcessIndex host) {
    SlotSpec spec;
    spec.parent = parent;
    spec.mailbox.capacity = capacity;
    spec.mailbox.delivery = delivery;
    const ActorId id = reserve_actor(*own_, spec).value();
    EXPECT_TRUE(change_life(segment_, id, LifeState::Reserved, LifeState::Active, host));
    return id;
  }

  static void reserve_crash(Thread& thread, ActorId id) {
    const Value value = kCrashNotice;
    EXPECT_TRUE(reserve_crash_notice(thread, id, TypeIndex::None, std::as_bytes(std::span(&value, 1))).ok());
  }

  /// The victim: joins, warms up, says that it begins, acts, says that it is done.
  int run_victim(const std::function<void()>& ready) {
    return run_in_child(kVictim, scenario_.warm_up, scenario_.act, ready);
  }
  /// A repairer of all dead processes, which dies itself.
  int run_reaper(const std::function<void()>& ready) {
    const auto repair = [](World&, Thread& thread) {
      // The kernel's word costs ten thousands of instructions, and writes nothing.
      const auto is_dead_now = [](ProcessIndex index) { return index != kSurvivor; };
      for (std::uint32_t entry = 2; entry < kEntries; ++entry) {
        (void)reap_process(thread, static_cast<ProcessIndex>(entry),
                           {.is_dead_now = is_dead_now, .answer = make_answer, .make_dead_letter = make_dead_letter});
      }
    };
    return run_in_child(kVictim, {}, repair, ready);
  }

  // ---- what victims and successors do ----

  /// The victim: a thread record more.
  Thread& second_thread() { return second_(); }

  static Handle make(Thread& thread, Value value, std::uint64_t bytes = 64) {
    const Handle made = need(thread.heap().allocate(bytes));
    fill(thread, made, value);
    return made;
  }
  static void fill(Thread& thread, Handle made, Value value) {
    BlockHeader& block = thread.segment().block(made);
    block.what.store_relaxed(WhatWord{8, {}, 0}.pack());
    block.sender.store_relaxed(0);
    *reinterpret_cast<Value*>(&block + 1) = value;
  }

  Value value_of(Handle handle) const {
    const PayloadView view = view_payload(segment_, handle);
    Value value = 0;
    if (view.bytes.size() >= sizeof value) std::memcpy(&value, view.bytes.data(), sizeof value);
    return value;
  }

  void post(Thread& thread, ActorId to, Value value, std::uint64_t bytes = 64) {
    post_block(thread, to, value, make(thread, value, bytes));
  }
  void post_block(Thread& thread, ActorId to, Value value, Handle block) {
    if (send(thread, {to, Lane::Messages, Admission::Bounded}, block) == SendStatus::Accepted) {
      book_->note(Note::Kind::Accepted, value, false);
    } else {
      thread.heap().free(block);
    }
  }

  /// x handles `count` messages as the scenario says.
  void serve(Thread& thread, std::uint64_t count) {
    LaneReader reader(segment_, x.index, Lane::Messages);
    for (std::uint64_t i = 0; i < count; ++i) {
      BUSKIN_CHECK(reader.poll());
      handle(thread, reader, reader.begin(Phase::Running));
    }
  }

  void handle(Thread& thread, LaneReader& reader, const Hand& hand) {
    if (scenario_.handle && reader.actor() == x.index) return scenario_.handle(*this, thread, reader, hand);
    sink(thread, reader, hand);
  }

  void sink(Thread& thread, LaneReader& reader, const Hand& hand) {
    const bool is_lossy = segment_.mailbox(reader.actor()).delivery.read() == Delivery::AtMostOnce;
    if (is_lossy) reader.store_done(hand);
    crash_point("in_the_handler");
    const bool is_letter = reader.actor() == letters.index;
    if (is_letter) {
      book_->note(Note::Kind::DeadLetter, value_of(hand.handle), false);
    } else {
      note_handled(hand);
    }
    if (const Handle carried = carried_by(segment_, hand.handle); carried != Handle::None) {
      book_->note(is_letter ? Note::Kind::DeadLetter : Note::Kind::Handled, value_of(carried), hand.redelivered);
    }
    if (is_lossy) return reader.store_handled(thread, hand);
    reader.complete(thread, hand);
  }

  void note_handled(const Hand& hand) {
    const auto flags = WhatWord::unpack(segment_.block(hand.handle).what.load_relaxed()).flags;
    const bool is_repeated = (flags & BlockFlag::kRepeated) != 0;
    book_->note(Note::Kind::Handled, value_of(hand.handle), hand.redelivered || is_repeated);
  }

  // ---- the survivor, after the death ----

  Result<Reaped, ReapError> reap(ProcessIndex dead = kVictim) {
    const auto is_dead_now = [this](ProcessIndex index) { return is_dead(segment_, index, lock_path()); };
    return reap_process(*own_, dead,
                        {.is_dead_now = is_dead_now, .answer = make_answer, .make_dead_letter = make_dead_letter});
  }
  /// What the handler of dead letters gets for a message that is lost in hand, and that comes with it.
  static Handle make_dead_letter(Thread& thread, ActorId, Handle lost) {
    const auto made = make_carrier(thread, {}, std::as_bytes(std::span(&kLostInHand, 1)), {lost});
    return made.ok() ? made.value() : Handle::None;
  }
  /// What a turn sent to nobody; the runtime sends notices that bring it.
  void drop_undelivered() {
    for (const Undelivered& lost : std::exchange(own_->undelivered, {})) drop(*own_, lost.block);
  }
  /// What a repairer answers for a dead keeper; None without memory.
  static Handle make_answer(Thread& thread, const KeptReply&) {
    const auto made = thread.heap().allocate(64);
    if (!made.ok()) return Handle::None;
    fill(thread, made.value(), kRestarted);
    return made.value();
  }

  /// Before another image is restored: what the survivor's heap remembers is of this one.
  void forget_survivor() {
    renewed_.reset();
    own_ = leased_ = nullptr;
    (void)member_.release();  // It would give back what is no longer there.
  }
  /// After it: a fresh heap on the survivor's record.
  void renew_survivor() {
    renewed_ = std::make_unique<Thread>(segment_, kSurvivor, ThreadIndex{1});
    own_ = renewed_.get();
  }

  void adopt(ActorId id) {
    EXPECT_TRUE(change_life(segment_, id, LifeState::Notified, LifeState::Adopting, kSurvivor));
    forget_end(segment_, id);
    reserve_crash(*own_, id);
    set_wake(segment_, id.index, {});
    EXPECT_TRUE(change_life(segment_, id, LifeState::Adopting, LifeState::Active, kSurvivor));
  }

  /// Adopts the notified actors, and ends those that the repair handed back.
  void follow_up(const Reaped& reaped) {
    adopt_all();
    for (const Closing& closing : reaped.closing) end(closing.id);
    for (const ActorId id : reaped.requested) ask_again(id);
  }
  /// One that was to run in the dead process is gone; the others are asked for.
  void ask_again(ActorId id) {
    const bool is_local = shm::is_local(segment_, id);
    if (!is_local) {
      EXPECT_TRUE(change_life(segment_, id, LifeState::Requested, LifeState::Requested, ProcessIndex::None));
    } else if (begin_close(*own_, id)) {
      end(id);
    }
  }
  void adopt_all() {
    std::vector<ActorId> waiting;
    for_each_actor(segment_, [&](ActorId id, LifeWord life) {
      if (life.state == LifeState::Notified) waiting.push_back(id);
    });
    for (const ActorId id : waiting) adopt(id);
    crashes_of_x += std::count(waiting.begin(), waiting.end(), x);
  }

  /// Ends what a repair left closing, and tells the parent, as an admin does.
  void end(ActorId id) {
    if (life_of(segment_, id).state == LifeState::Closing) {
      remove_name(*own_, id);
      drain(*own_, id, [](Thread&, Lane, Handle) { return LeftMail::ToDeadLetters; });
    }
    const ActorId parent = parent_of(segment_, id);
    push_exit_notice(*own_, id, parent, TypeIndex::None, std::as_bytes(std::span(&kExitNotice, 1)));
    release_slot(*own_, id);
  }

  void close(ActorId id) {
    if (begin_close(*own_, id)) finish_close(*own_, id);
  }

  /// The successor: every actor of ours handles all it has, until nothing is left.
  void run_successor() {
    bool any = true;
    while (any) {  // Ends: each round handles something, and nothing sends for ever.
      any = false;
      std::vector<ActorId> ours;
      for_each_actor(segment_, [&](ActorId id, LifeWord life) {
        if (life.state == LifeState::Active && life.host == kSurvivor) ours.push_back(id);
      });
      for (const ActorId id : ours) {
        for (const Lane lane : {Lane::Control, Lane::Replies, Lane::Messages}) any = drain_lane(id, lane) || any;
      }
    }
  }

  bool drain_lane(ActorId id, Lane lane) {
    LaneReader reader(segment_, id.index, lane);
    bool any = false;
    while (reader.poll()) {
      handle(*own_, reader, reader.begin(Phase::Running));
      any = true;
    }
    if (any && scenario_.rest && id == x) scenario_.rest(*this, *own_, reader);
    return any;
  }

  std::vector<Arrival> arrivals() const {
    std::vector<Arrival> list;
    for (std::uint64_t i = 0; i < book_->count.load_relaxed(); ++i) {
      const Note& note = book_->notes[i];
      if (note.kind == Note::Kind::Handled) list.push_back({note.value, note.is_flagged != 0});
    }
    return list;
  }

  std::uint64_t count_notes(Note::Kind kind, Value value) const {
    std::uint64_t count = 0;
    for (std::uint64_t i = 0; i < book_->count.load_relaxed(); ++i) {
      if (book_->notes[i].kind == kind && book_->notes[i].value == value) ++count;
    }
    return count;
  }

  ActorId x, y, letters;
  std::int64_t crashes_of_x = 0;

 private:
  using Act = std::function<void(World&, Thread&)>;

  int run_in_child(ProcessIndex index, const Act& warm_up, const Act& act, const std::function<void()>& ready) {
    (void)renewed_.release();  // Its segment is not mapped here.
    forget_survivor();
    Segment attached = Segment::attach(folder_.file("segment")).value();
    segment_ = std::move(attached);
    auto member = Member::join(segment_, {.role = Role::Actors, .title = "child", .lock_path = lock_path()}).value();
    BUSKIN_CHECK(member->index() >= index);
    Thread* const thread = member->lease_thread().value();
    second_ = [&]() -> Thread& { return *member->lease_thread().value(); };
    if (warm_up) warm_up(*this, *thread);
    ready();
    try {
      act(*this, *thread);
    } catch (const NoMemory&) {  // It stands where it found none.
    }
    ready();
    return sleep_for_ever();
  }

  Segment make_segment() {
    SegmentOptions options = tiny_segment();
    options.counts = with_reserve(options.counts, scenario_.reserve_units);
    options.counts.processes = kEntries;
    return Segment::create(folder_.file("segment"), options).value();
  }

  static Book* map_book() {
    void* const page = ::mmap(nullptr, sizeof(Book), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    BUSKIN_CHECK(page != MAP_FAILED);
    return static_cast<Book*>(page);
  }

  const Scenario& scenario_;
  std::function<Thread&()> second_;
  ScratchFolder folder_;
  Segment segment_;
  Book* book_;
  std::unique_ptr<Member> member_;
  std::unique_ptr<Thread> renewed_;
  Thread* own_ = nullptr;
  Thread* leased_ = nullptr;
};

}  // namespace buskin::test
