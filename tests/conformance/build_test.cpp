// build_test: every way of building a message, the log, and options that make no sense.
#include "conformance.hpp"
#include "buskin/value.hpp"
#include "inside.hpp"

namespace conformance::build {

/// Says how it read a message.
struct Reader : buskin::Actor<buskin::Value, buskin::Text, buskin::Bytes, Settings, buskin::Ask<Report, Reply>> {
  void on(Message<buskin::Value> value) {
    const auto root = value->root();
    last = root.IsMap() ? "map of " + std::to_string(root.AsMap()["list"].AsVector().size()) + " and " +
                              root.AsMap()["name"].AsString().str()
                        : "value " + root.ToString();
  }
  void on(Message<buskin::Text> text) { last = "text " + text->str(); }
  void on(Message<buskin::Bytes> bytes) { last = "bytes " + std::to_string(bytes->size()); }
  void on(Message<Settings> settings) { last = "address " + Address(*settings->next()).to_string(); }
  void on(Message<Report>, ReplyTo<Reply> reply) { reply(last); }
  std::string last;
};

class Building : public Conformance {
 protected:
  std::string last() { return system_.ask<Report>(reader_, 30s)->text()->str(); }
  buskin::Ref<Reader> reader_ = *system_.create<Reader>();
};

TEST_P(Building, AValueHoldsMapsAndLists) {
  system_.send<buskin::Value>(reader_, [](flexbuffers::Builder& builder) {
    builder.Map([&] {
      builder.String("name", "scene");
      builder.Vector("list", [&] {
        for (int i = 0; i < 3; ++i) builder.Int(i);
      });
    });
  });
  EXPECT_EQ(last(), "map of 3 and scene");
}

TEST_P(Building, AValueHoldsOneNumberOrText) {
  system_.send<buskin::Value>(reader_, 7);
  EXPECT_EQ(last(), "value 7");
  system_.send<buskin::Value>(reader_, "seven");
  EXPECT_EQ(last(), "value seven");
}

TEST_P(Building, TextAndBytesNeedNoSchema) {
  system_.send<buskin::Text>(reader_, "hello");
  EXPECT_EQ(last(), "text hello");
  system_.send<buskin::Bytes>(reader_, std::string(100'000, 'x'));
  EXPECT_EQ(last(), "bytes 100000");
}

TEST_P(Building, AnAddressTravelsInAMessage) {
  system_.send<Settings>(reader_, buskin::Address(reader_));
  EXPECT_EQ(last(), "address " + reader_.address().to_string());
}

TEST_P(Building, AFillFunctionIsTheGeneralForm) {
  const auto hello = system_.create<Hello>();
  const auto answer = system_.ask<Greet>(
      *hello, 30s, [](auto& builder) { return CreateGreet(builder, builder.CreateString("filled")); });
  EXPECT_EQ(answer->text()->str(), "Hello, filled!");
}

TEST_P(Building, ALargeMessageArrivesWhole) {
  auto draft = system_.draft<Greet>(1 << 20);
  draft.finish(CreateGreet(draft.builder(), draft.builder().CreateString(std::string(20'000'000, 'x'))));
  auto inbox = system_.inbox();
  system_.send(inbox.address(), std::move(draft));
  ASSERT_TRUE(inbox.wait(30s));
  std::size_t bytes = 0;
  inbox.poll([&](buskin::AnyMessage& message) { bytes = message.as<Greet>()->name()->size(); });
  EXPECT_EQ(bytes, 20'000'000u);
}

TEST_P(Building, AMessageKeptInAPollOutlivesIt) {
  auto inbox = system_.inbox();
  system_.send<Greet>(inbox.address(), "kept");
  system_.send<Greet>(inbox.address(), "read");
  ASSERT_TRUE(inbox.wait(30s));
  std::vector<buskin::Kept<Greet>> kept;
  std::size_t count = 0;
  while (count < 2 && inbox.wait(30s)) {
    count += inbox.poll([&](buskin::AnyMessage& message) {
      if (message.as<Greet>()->name()->str() == "kept") kept.push_back(message.keep<Greet>());
    });
  }
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0]->name()->str(), "kept");
  kept.clear();
  EXPECT_EQ(findings(system_), "");
}

TEST_P(Building, ALineOfTheLogSaysWhatBelongsToTheEvent) {
  testing::internal::CaptureStderr();
  system_.log(buskin::Level::Info, "rendered", {{"path", "a b"}, {"again", true}, {"count", 7}});
  const std::string line = testing::internal::GetCapturedStderr();
  EXPECT_NE(line.find("info client: rendered path=\"a b\" again=true count=7\n"), std::string::npos) << line;
}

struct BadOption {
  buskin::CreateOptions options;
  std::string sentence;
};

TEST_P(Building, AnOptionThatMakesNoSenseIsRefusedWithItsSentence) {
  const BadOption cases[] = {
      {{.mailbox = {.capacity = 0}}, "mailbox.capacity is 0: a mailbox has room for at least one message"},
      {{.mailbox = {.wait = -1s}}, "mailbox.wait is negative: it is a time, or 0"},
      {{.run = {.realtime = 100}}, "run.realtime is 100: it is a priority from 1 to 99, or 0"},
      {{.run = {.cpus = {-1}}}, "run.cpus names a processor that no machine has"},
      {{.supervise = {.attempts = 0}}, "supervise.attempts is 0: it is from 1 to 15"},
      {{.supervise = {.kills_max = 0}}, "supervise.kills_max is 0: it is from 1 to 255"},
      {{.supervise = {.backoff = -1s}}, "supervise.within, backoff and backoff_max are times: they are not negative"},
      {{.supervise = {.on_crash = buskin::Decision::Resume}},
       "supervise.on_crash is Resume: a crash leaves no state with which to go on"},
      {{.place = buskin::shared("")}, "place is a shared process without a name"},
  };
  for (const BadOption& bad : cases) {
    const auto made = system_.create<Hello>(bad.options);
    EXPECT_EQ(made.error().code(), buskin::Code::BadOption);
    EXPECT_EQ(made.error().what(), bad.sentence);
  }
}

TEST_P(Building, AProcessorThatIsNotHereIsRefusedByTheKernel) {
  if (GetParam() == buskin::Base::Sequential) GTEST_SKIP() << "no actor of this base has a thread of its own";
  const auto made = system_.create<Hello>({.run = {.cpus = {1'000}}});
  EXPECT_EQ(made.error().code(), buskin::Code::BadOption);
  EXPECT_EQ(std::string(made.error().what()).substr(0, 10), "run.cpus: ");
}

TEST_P(Building, AnIntegerThatItsFieldCannotHoldEndsTheProgramWithASentence) {
  const buskin::Address nobody;
  system_.send<Tick>(nobody, 7);
  EXPECT_DEATH(system_.send<Tick>(nobody, -1), "a field of a message that cannot hold it: the field has 32 bits");
  EXPECT_DEATH(system_.send<Tick>(nobody, std::uint64_t{1} << 32), "cannot hold it");
  EXPECT_DEATH(system_.send<Order>(nobody, 256, nobody, 1u), "the field has 8 bits");
}

INSTANTIATE_TEST_SUITE_P(Bases, Building, kBases, name_of_base);

}  // namespace conformance::build
