// overlays_test: the latest handler of a type stands in front, until it is taken away.
#include "api/runtime/cell/overlays.hpp"

#include <gtest/gtest.h>

namespace buskin::runtime {
namespace {

TEST(Overlays, TheLatestHandlerOfATypeCounts) {
  Overlays overlays;
  int ran = 0;
  overlays.set(7, [&](detail::Incoming&) { ran = 1; });
  overlays.set(7, [&](detail::Incoming&) { ran = 2; });
  detail::Incoming delivery;
  (*overlays.find(7))(delivery);
  EXPECT_EQ(ran, 2);
  EXPECT_EQ(overlays.find(8), nullptr);
}

TEST(Overlays, AnEmptyHandlerTakesTheLastOneAway) {
  Overlays overlays;
  overlays.set(7, [](detail::Incoming&) {});
  overlays.set(7, nullptr);
  EXPECT_EQ(overlays.find(7), nullptr);
  EXPECT_TRUE(overlays.is_empty());
}

TEST(Overlays, AHandlerMayReplaceItself) {
  Overlays overlays;
  int ran = 0;
  overlays.set(7, [&](detail::Incoming&) {
    overlays.set(7, [&](detail::Incoming&) { ran += 10; });
    ++ran;
  });
  detail::Incoming delivery;
  (*overlays.find(7))(delivery);
  (*overlays.find(7))(delivery);
  EXPECT_EQ(ran, 11);
}

}  // namespace
}  // namespace buskin::runtime
