// children_test: which children an actor knows, tells to end and waits for.
#include "api/runtime/cell/children.hpp"

#include <algorithm>

#include "shm/segment/slot_facts.hpp"
#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

class ChildrenOfAnActor : public SegmentFixture {
 protected:
  void SetUp() override {
    SegmentFixture::SetUp();
    parent_ = add_actor();
  }

  ActorId add_child(std::uint64_t key = 0) {
    SlotSpec spec;
    spec.parent = parent_;
    const ActorId child = reserve_actor(*thread_, spec).value();
    segment_.slot(child.index).key.write(key);
    return child;
  }

  ActorId parent_of(ActorId child) { return shm::parent_of(segment_, child); }

  static std::vector<ActorId> sorted(std::vector<ActorId> ids) {
    std::sort(ids.begin(), ids.end(), [](ActorId a, ActorId b) { return a.index < b.index; });
    return ids;
  }

  ActorId parent_;
  runtime::Children children_;
};

TEST_F(ChildrenOfAnActor, AreFoundByTheirKey) {
  const ActorId child = add_child();
  children_.add(child, 70);
  EXPECT_EQ(children_.find(70), child);
  EXPECT_EQ(children_.find(71), std::nullopt);
}

TEST_F(ChildrenOfAnActor, AreKnownByTheirGeneration) {
  const ActorId child = add_child();
  const ActorId later{child.index, child.gen + 1};
  children_.add(child, 70);
  EXPECT_TRUE(children_.has(child));
  EXPECT_FALSE(children_.has(later));
  children_.remove(later);
  EXPECT_TRUE(children_.has(child));
  children_.remove(child);
  EXPECT_TRUE(children_.is_empty());
}

TEST_F(ChildrenOfAnActor, AreAdoptedWithTheirKeys) {
  const ActorId first = add_child(70);
  const ActorId second = add_child(71);
  const ActorId stranger = add_actor();
  children_.adopt(segment_, parent_);
  EXPECT_EQ(sorted(children_.list()), sorted({first, second}));
  EXPECT_EQ(children_.find(71), second);
  EXPECT_FALSE(children_.has(stranger));
}

TEST_F(ChildrenOfAnActor, AreToldOnce) {
  const ActorId first = add_child();
  children_.add(first, 0);
  EXPECT_EQ(children_.take_untold(), std::vector<ActorId>{first});
  const ActorId second = add_child();
  children_.add(second, 1);
  EXPECT_EQ(children_.take_untold(), std::vector<ActorId>{second});
  EXPECT_TRUE(children_.take_untold().empty());
}

TEST_F(ChildrenOfAnActor, AreWaitedForUntilTheLastIsGone) {
  const ActorId first = add_child();
  const ActorId second = add_child();
  children_.add(first, 0);
  children_.add(second, 1);
  (void)children_.take_untold();
  EXPECT_TRUE(children_.next_alive(segment_).has_value());
  end_actor(first);
  EXPECT_EQ(children_.next_alive(segment_), second);
  end_actor(second);
  EXPECT_EQ(children_.next_alive(segment_), std::nullopt);
  EXPECT_TRUE(children_.is_empty());
}

TEST_F(ChildrenOfAnActor, ThatAreReleasedHaveNoParent) {
  const ActorId alive = add_child();
  const ActorId gone = add_child();
  children_.add(alive, 0);
  children_.add(gone, 1);
  end_actor(gone);
  const ActorId former = parent_of(gone);
  children_.release(segment_);
  EXPECT_EQ(parent_of(alive), ActorId{});
  EXPECT_EQ(parent_of(gone), former) << "its slot may be somebody's by now";
  EXPECT_TRUE(children_.is_empty());
}

}  // namespace
}  // namespace buskin::test
