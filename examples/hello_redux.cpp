// hello_redux: three actors, and addresses that travel in messages.
//
// Hello creates World and Punctuate and begins a text. The text carries the
// addresses of the actor that adds to it next and of the one that gets it at last, so no
// actor but Hello knows the others:  main -> Hello -> World -> Punctuate -> main.
#include <buskin/buskin.hpp>
#include <cstdio>

#include "hello_generated.h"

using namespace std::chrono_literals;

namespace hello {

struct Punctuate : buskin::Actor<Compose> {
  void on(Message<Compose> compose, Context& context) {
    context.send<buskin::Text>(Address(*compose->last()), compose->text()->str() + "!");
  }
};

struct World : buskin::Actor<Compose> {
  void on(Message<Compose> compose, Context& context) {
    const Address last(*compose->last());
    context.send<Compose>(Address(*compose->next()), compose->text()->str() + ", World", Address(), last);
  }
};

struct Hello : buskin::Actor<Begin> {
  void on_start(Context& context) {
    world_ = context.create<World>();
    punctuate_ = context.create<Punctuate>();
  }
  void on(Message<Begin> begin, Context& context) {
    context.send<Compose>(world_, begin->text()->str(), punctuate_.address(), Address(*begin->last()));
  }

 private:
  Ref<World> world_;
  Ref<Punctuate> punctuate_;
};

}  // namespace hello

int main(int argc, char** argv) {
  buskin::ActorSystem system(argc, argv);
  auto inbox = system.inbox();
  auto hello = system.create<hello::Hello>();
  if (!hello) {
    std::fprintf(stderr, "hello_redux: %s\n", hello.error().what());
    return 1;
  }
  system.send<hello::Begin>(*hello, "Hello", inbox.address());
  bool done = false;
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (!done && std::chrono::steady_clock::now() < deadline) {
    system.run_until_idle();
    if (!inbox.wait(100ms)) continue;
    inbox.poll([&](buskin::AnyMessage& message) {
      if (const auto* text = message.as<buskin::Text>()) {
        std::printf("%.*s\n", static_cast<int>(text->view().size()), text->view().data());
        done = true;
      }
    });
  }
  system.exit(*hello);
  return done ? 0 : 1;
}
