// address_test: as text, there and back.
#include "buskin/address.hpp"

#include <gtest/gtest.h>

namespace {

TEST(Address, ReadsBackWhatItPrints) {
  const buskin::Address address(0xdead'beef'0123'4567, 42, 7);
  EXPECT_EQ(address.to_string(), "buskin:deadbeef01234567/42.7");
  EXPECT_EQ(buskin::Address::parse(address.to_string()), address);
}

TEST(Address, ReadsNothingFromATextThatIsNoAddress) {
  for (const char* text : {"", "buskin:", "buskin:1/2", "buskin:1/2.", "buskin:1/2.3 ", "other:1/2.3",
                           "buskin:1/99999999999.3", "buskin:x/2.3"}) {
    EXPECT_FALSE(buskin::Address::parse(text).has_value()) << text;
  }
}

}  // namespace
