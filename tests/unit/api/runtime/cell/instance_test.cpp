// instance_test: an object is made and ended once, and leaves no memory when its constructor throws.
#include "api/runtime/cell/instance.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>

#include "buskin/buskin.hpp"

namespace buskin::test {

namespace instance_test {

struct Note {
  static constexpr std::string_view kName = "test.Note";
  std::uint64_t value = 0;
};

struct alignas(64) Aligned : Actor<Note> {
  static inline int living = 0;
  static inline bool throws = false;
  static inline bool is_aligned = false;
  Aligned() {
    if (throws) throw std::runtime_error("asked to");
    ++living;
    is_aligned = reinterpret_cast<std::uintptr_t>(this) % 64 == 0;
  }
  ~Aligned() { --living; }
  void on(Message<Note>) {}
};

}  // namespace instance_test

namespace {

using instance_test::Aligned;

TEST(Instance, MakesAndEndsOneObject) {
  runtime::Instance instance(detail::kActorInfo<Aligned>);
  EXPECT_FALSE(instance.exists());
  instance.construct({});
  EXPECT_TRUE(instance.exists());
  EXPECT_TRUE(Aligned::is_aligned);
  EXPECT_EQ(Aligned::living, 1);
  instance.destroy();
  instance.destroy();
  EXPECT_EQ(Aligned::living, 0);
}

TEST(Instance, IsNotThereWhenItsConstructorThrows) {
  runtime::Instance instance(detail::kActorInfo<Aligned>);
  Aligned::throws = true;
  EXPECT_THROW(instance.construct({}), std::runtime_error);
  Aligned::throws = false;
  EXPECT_FALSE(instance.exists());
  instance.construct({});
  EXPECT_DEATH(instance.construct({}), "object_ == nullptr");
  instance.destroy();
}

TEST(Instance, FindsTheHandlerOfAMessage) {
  const runtime::Instance instance(detail::kActorInfo<Aligned>);
  EXPECT_NE(instance.handler_of(detail::message_id<instance_test::Note>), nullptr);
  EXPECT_EQ(instance.handler_of(1), nullptr);
  EXPECT_FALSE(instance.is_exact());
  EXPECT_FALSE(instance.saves_by_hook());
}

}  // namespace
}  // namespace buskin::test
