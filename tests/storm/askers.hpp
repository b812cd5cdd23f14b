// Askers: actors with open requests, with replies that they owe, and with short-lived children.
#pragma once

#include <deque>

#include "tests/storm/actors.hpp"

namespace system_storm {

using namespace std::chrono_literals;

inline constexpr auto kAnswerMax = 60s;  ///< Who has no answer by then never gets one.

inline void count_answer(Asks& asks, bool is_ok, buskin::Code code) {
  if (is_ok) {
    asks.answered.add_relaxed(1);
  } else if (code == buskin::Code::ActorRestarted) {
    asks.restarted.add_relaxed(1);
  } else if (code == buskin::Code::TimedOut) {
    asks.silent.add_relaxed(1);
  } else if (code == buskin::Code::NoMemory) {
    asks.refused.add_relaxed(1);
  } else {
    std::fprintf(stderr, "a question failed: %s\n", buskin::to_string(code));
    asks.strange.add_relaxed(1);
  }
}

struct Echo : buskin::Actor<buskin::Ask<Question, Reply>> {
  void on(Message<Question> question, ReplyTo<Reply> reply) { reply(question->number()); }
};

/// Keeps each reply until it gets its own next message.
struct Keeper : buskin::Actor<buskin::Ask<Question, Reply>, Token> {
  void on(Message<Question> question, ReplyTo<Reply> reply, Context& context) {
    owed_.push_back({question->number(), std::move(reply)});
    context.send(context.self(), Token(0));
  }
  void on(Message<Token>) {
    if (owed_.empty()) return;  // An earlier instance owed it.
    ::usleep(500);  // Long enough that kills often hit an actor that owes a reply.
    owed_.front().reply(owed_.front().number);
    owed_.pop_front();
  }
  struct Owed {
    std::uint64_t number;
    ReplyTo<Reply> reply;
  };
  std::deque<Owed> owed_;
};

/// Always has one open request.
struct Asker : buskin::Actor<buskin::Init<Look>, Token, Stop> {
  explicit Asker(const Look& look) : witness_(witness_at(look.witness()->str())) {}
  void on_restart(Context& context) { context.send(context.self(), Token(0)); }
  void on(Message<Token>, Context& context) {
    if (is_stopped_ || is_asking_) return;
    if (!keeper_.address()) keeper_ = context.find<Keeper>("keeper");
    is_asking_ = true;
    context.request<Question>(keeper_, kAnswerMax, Question(++number_))
        .then([this](buskin::Answer<Reply> answer, buskin::Context& now) {
          count_answer(witness_.actor_asks, answer.ok(), answer.error().code());
          is_asking_ = false;
          now.send(now.self(), Token(0));
        });
  }
  void on(Message<Stop>) { is_stopped_ = true; }

  Witness& witness_;
  buskin::Ref<Keeper> keeper_;
  std::uint64_t number_ = 0;
  bool is_asking_ = false, is_stopped_ = false;
};

/// Lives for a moment.
struct Brief : buskin::Actor<buskin::Init<Next>, buskin::Ask<Question, Reply>> {
  explicit Brief(const Next& next) : parent_(*next.to()) {}
  void on_start(Context& context) {
    ::usleep(10'000);  // It has a process of its own, and this sets the pace of its parent.
    if (parent_) context.send(parent_, Token(0));
  }
  void on(Message<Question> question, ReplyTo<Reply> reply) { reply(question->number()); }
  buskin::Address parent_;
};

inline buskin::SuperviseOptions patient() {
  return {.restarts = 10'000'000, .within = 1s, .backoff = 1ms, .backoff_max = 1ms, .kills_max = 255};
}

/// Creates one child after another.
struct Nursery : buskin::Actor<buskin::Init<Look>, Token, Stop, buskin::ChildActorExited> {
  explicit Nursery(const Look& look) : witness_(witness_at(look.witness()->str())) {}
  void on_restart(Context& context) { context.send(context.self(), Token(0)); }
  void on(Message<Token>, Context& context) {
    const auto children = context.children();
    if (!children.empty()) {
      for (const buskin::Child& child : children) context.exit(child.address);
    } else if (!is_stopped_) {
      const buskin::Address self = context.self();
      (void)context.create<Brief>({.supervise = patient()}, self);
    }
  }
  void on(Message<buskin::ChildActorExited>, Context& context) {
    witness_.children.add_relaxed(1);
    context.send(context.self(), Token(0));
  }
  void on(Message<Stop>, Context& context) {
    is_stopped_ = true;
    context.send(context.self(), Token(0));
  }

  Witness& witness_;
  bool is_stopped_ = false;
};

}  // namespace system_storm
