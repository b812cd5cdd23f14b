// OptionView: every option is shown once, as code names it, and whether it was chosen.
#include "admin/view/option_view.hpp"

#include <gtest/gtest.h>

#include <set>

namespace view_unit {
namespace {

using namespace std::chrono_literals;
namespace view = buskin::view;

view::OptionView option_of(const buskin::CreateOptions& options, std::string_view name) {
  for (const view::OptionView& option : view::view_options(options)) {
    if (option.name == name) return option;
  }
  ADD_FAILURE() << "no option is called " << name;
  return {};
}

TEST(OptionView, WithoutAChoiceAllAreDefaultsAndEachIsShownOnce) {
  std::set<std::string_view> names;
  for (const view::OptionView& option : view::view_options({})) {
    EXPECT_TRUE(option.is_default) << option.name;
    EXPECT_TRUE(names.insert(option.name).second) << option.name;
  }
  EXPECT_EQ(names.size(), 21u);
}

TEST(OptionView, AChosenTimeIsShownInNanoseconds) {
  const view::OptionView wait = option_of({.mailbox = {.wait = 3ms}}, "mailbox.wait_ns");
  EXPECT_FALSE(wait.is_default);
  EXPECT_EQ(std::get<std::int64_t>(wait.value), 3'000'000);
}

TEST(OptionView, AnEnumerationIsShownByItsWord) {
  const buskin::MailboxOptions latest{.when_full = buskin::WhenFull::KeepLatest};
  const view::OptionView full = option_of({.mailbox = latest}, "mailbox.when_full");
  EXPECT_EQ(std::get<std::string>(full.value), "KeepLatest");
  const view::OptionView life = option_of({.life = static_cast<buskin::Life>(9)}, "life");
  EXPECT_EQ(std::get<std::string>(life.value), "unknown") << "a damaged segment may hold any value";
}

TEST(OptionView, APlaceIsShownWithItsName) {
  const view::OptionView place = option_of({.place = buskin::shared("parsers")}, "place");
  EXPECT_FALSE(place.is_default);
  EXPECT_EQ(std::get<std::string>(place.value), "shared parsers");
}

TEST(OptionView, ProcessorsAreShownAsTheirNumbers) {
  const view::OptionView cpus = option_of({.run = {.cpus = {0, 3}}}, "run.cpus");
  EXPECT_EQ(std::get<std::vector<int>>(cpus.value), (std::vector<int>{0, 3}));
}

}  // namespace
}  // namespace view_unit
