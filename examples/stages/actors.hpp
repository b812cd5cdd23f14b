// Actors: the three stages: mask digits, count words, name the pattern. Each has a process of its own.
//
// Their turns are exactly-once: a stage that dies in the middle of a line has sent
// it on once or not at all, and its next instance takes that line again.
#pragma once

#include <unistd.h>

#include <buskin/buskin.hpp>
#include <string>
#include <string_view>

#include "../support/clock.hpp"
#include "stages_generated.h"

namespace stages {

inline std::uint32_t words_in(std::string_view text) {
  std::uint32_t words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    words += !space && !inside ? 1u : 0u;
    inside = !space;
  }
  return words;
}

inline std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf2'9ce4'8422'2325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01b3;
  return hash;
}

inline void mask_digits(std::string& text) {
  for (char& c : text) {
    if (c >= '0' && c <= '9') c = '#';
  }
}

/// The part that all stages share: the address of the next one, and the message to the client that this one lives.
class Stage {
 public:
  explicit Stage(const Next& next) : next_(*next.next()), client_(*next.client()), stage_(next.stage()) {}
  void on_start(buskin::Context& context) { tell(context, 0); }
  void on_restart(buskin::Context& context) { tell(context, 1); }

 protected:
  buskin::Address next_;

 private:
  void tell(buskin::Context& context, std::uint32_t restarts) {
    context.send(client_, Alive(stage_, static_cast<std::uint32_t>(getpid()), restarts));
  }
  buskin::Address client_;
  std::uint32_t stage_;
};

struct Name : buskin::Actor<buskin::Init<Next>, Line>, Stage {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  using Stage::Stage;
  void on(Message<Line> line, Context& context) {
    const std::uint64_t now = support::now_ns();
    context.send(next_, Done(line->sequence(), line->due(), line->sent(), line->in1(), line->in2(), now,
                             hash_of(line->text()->string_view()), line->words()));
  }
};

struct Count : buskin::Actor<buskin::Init<Next>, Line>, Stage {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  using Stage::Stage;
  void on(Message<Line> line, Context& context) {
    const std::uint64_t now = support::now_ns();
    const std::string_view text = line->text()->string_view();
    context.send<Line>(next_, line->sequence(), line->due(), line->sent(), line->in1(), now, words_in(text), text);
  }
};

struct Mask : buskin::Actor<buskin::Init<Next>, Line>, Stage {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  using Stage::Stage;
  void on(Message<Line> line, Context& context) {
    const std::uint64_t now = support::now_ns();
    text_.assign(line->text()->string_view());
    mask_digits(text_);
    context.send<Line>(next_, line->sequence(), line->due(), line->sent(), now, 0, 0u, text_);
  }

 private:
  std::string text_;
};

}  // namespace stages
