// loss_log_test: losses come by the million, lines one a second.
#include "api/runtime/node/loss_log.hpp"

#include <algorithm>
#include <string>

#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

class LossLogTest : public SegmentFixture {};

TEST_F(LossLogTest, WritesOneLineForManyLosses) {
  runtime::LossLog log;
  const ActorId sender = add_actor();
  const ActorId receiver = add_actor();
  testing::internal::CaptureStderr();
  for (int i = 0; i < 1'000; ++i) log.note(segment_, {sender, receiver, "test.Number", Code::MailboxFull});
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_NE(text.find("client: message_lost from="), std::string::npos) << text;
  EXPECT_NE(text.find(" type=test.Number why=mailbox_full unlogged=0"), std::string::npos) << text;
}

}  // namespace
}  // namespace buskin::test
