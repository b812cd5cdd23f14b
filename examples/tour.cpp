// tour: the whole API once, in the order in which one asks for it. docs/manual.md has the words.
#include <buskin/buskin.hpp>
#include <cstdio>
#include <stdexcept>

#include "tour_generated.h"

using namespace std::chrono_literals;

namespace tour {

// An actor is a struct; its base names what it takes. Ask<T, R>: a T is answered with an R.
struct Hello : buskin::Actor<buskin::Ask<Greet, Reply>> {
  void on(Message<Greet> greet, ReplyTo<Reply> reply) { reply("Hello, " + greet->name()->str() + "!"); }
};

// A pipeline. Init: constructed from a message, so that it can be created in another process.
struct Sink : buskin::Actor<Tick, buskin::Ask<Read, Total>> {
  void on(Message<Tick> tick) { sum += tick->quantity(); }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(sum); }
  std::uint64_t sum = 0;
};

struct Stage : buskin::Actor<buskin::Init<Settings>, Tick> {
  explicit Stage(const Settings& settings) : next(*settings.next()), limit(settings.limit()) {}
  void on(Message<Tick> tick, Context& context) {
    if (tick->quantity() > limit) context.send(next, Tick{tick->price(), limit});  // A new message.
    else context.forward(next, std::move(tick));                                   // The same block, not copied.
  }
  Ref<Sink> next;
  std::uint32_t limit;
};

// State that survives kill -9: a turn, what it sent and what it saved happen together, once or not at all.
struct Sum : buskin::Actor<Add, buskin::Ask<Read, Total>, buskin::Saves<Total>> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  void on(Message<Add> add, Context& context) {
    n += add->by();
    context.save<Total>(n);
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(n); }
  void on_restart(const Total& saved) { n = saved.n(); }
  std::uint64_t n = 0;
};

// Asking from inside an actor never blocks: the answer is a turn of its own. A reply may be given later.
struct Report : buskin::Actor<buskin::Ask<Greet, Reply>> {
  void on_start(Context& context) {
    sum = context.create<Sum>();  // A child; its address takes messages at once.
    for (std::uint64_t i = 1; i <= 3; ++i) context.send<Add>(sum, i);
  }
  void on(Message<Greet> greet, ReplyTo<Reply> reply, Context& context) {
    context.request<Read>(sum, 5s).then(
        [name = greet->name()->str(), reply = std::move(reply)](buskin::Answer<Total> total) mutable {
          if (total) reply(name + ": " + std::to_string(total->n()));
          else reply.fail(buskin::Code::Refused, total.error().what());
        });
  }
  Ref<Sum> sum;
};

// A handler may throw: after `attempts` the message goes back to its sender as PoisonMessage.
struct Render : buskin::Actor<Job> {
  void on(Message<Job> job, Context& context) {
    if (job->pixels()->size() == 0) throw std::runtime_error(job->path()->str() + " has no pixels");
    context.send<buskin::Text>(Address(*job->client()),
                               job->path()->str() + ": " + std::to_string(job->pixels()->size()) + " bytes");
  }
};

// Places, names, children, and the messages that come back when something fails.
struct Studio : buskin::Actor<buskin::Init<Settings>, Job, buskin::PoisonMessage, buskin::ChildActorExited> {
  explicit Studio(const Settings& settings) : client(*settings.next()) {}
  void on_start(Context& context) {
    render = context.create<Render>({.name = "render", .place = buskin::shared("light"), .supervise = {.attempts = 2}});
  }
  void on(Message<Job> job, Context& context) {
    if (job->pixels()->size() != 0) return context.forward(render, std::move(job));
    context.send<Job>(render, job->path()->str(), std::string(), client);  // Ours: its failure comes to us.
  }
  void on(Message<buskin::PoisonMessage> poison, Context& context) {
    context.send<buskin::Text>(client, std::to_string(poison->attempts) + " attempts: " + poison->reason.c_str());
    context.exit(render);
  }
  void on(Message<buskin::ChildActorExited> gone, Context& context) {
    context.send<buskin::Text>(client, std::string("render: ") + gone->reason.c_str());
  }
  Address client;
  Ref<Render> render;
};

// Prints the next `count` texts from the inbox. A loop of one's own would poll it, or watch its fd().
void print_texts(buskin::ActorSystem& system, buskin::Inbox& inbox, int count) {
  for (int i = 0; i < 100 && count > 0; ++i) {
    system.run_until_idle();  // Does something on base `sequential` only.
    if (!inbox.wait(100ms)) continue;
    inbox.poll([&](buskin::AnyMessage& message) {
      const auto* text = message.as<buskin::Text>();
      if (text != nullptr && --count >= 0) std::puts(text->str().c_str());
    });
  }
}

int run(buskin::ActorSystem& system) {
  auto hello = system.create<Hello>();  // A Result: `*` on an error ends the program with its sentence.
  auto answer = system.ask<Greet>(*hello, 5s, "World");
  std::puts(answer ? answer->text()->c_str() : answer.error().what());

  auto sink = system.create<Sink>();
  auto stage = system.create<Stage>({.mailbox = {.capacity = 1024, .when_full = buskin::WhenFull::Wait}},
                                    sink->address(), 100);  // Options, then the fields of Init.
  system.send(*stage, Tick{101.5, 7});                      // A failure comes back as Undeliverable.
  if (auto sent = system.try_send<Tick>(*stage, 101.5, 700); !sent) std::puts(sent.error().what());
  std::uint64_t ticks = 0;
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (ticks != 107 && std::chrono::steady_clock::now() < deadline) ticks = system.ask<Read>(*sink, 5s)->n();
  std::printf("%lu ticks\n", ticks);

  auto report = system.create<Report>();
  std::puts(system.ask<Greet>(*report, 5s, "sum")->text()->c_str());

  auto inbox = system.inbox();
  auto studio = system.create<Studio>({.name = "studio"}, inbox.address(), 0);
  const buskin::fbs::Address client(inbox.address().system(), inbox.address().index(), inbox.address().generation());
  auto draft = system.draft<Job>(2 << 20);  // Built in shared memory, over several statements; sent without a copy.
  std::uint8_t* pixels = nullptr;
  const auto vector = draft.builder().CreateUninitializedVector<std::uint8_t>(1 << 20, &pixels);
  std::memset(pixels, 7, 1 << 20);
  draft.finish(CreateJob(draft.builder(), draft.builder().CreateString("scene.usd"), vector, &client));
  system.send(*studio, std::move(draft));
  print_texts(system, inbox, 1);

  system.send<Job>(system.find<Studio>("studio"), "empty.usd", std::string(), inbox.address());
  print_texts(system, inbox, 2);

  system.exit(*hello);
  auto late = system.ask<Greet>(*hello, 5s, "anybody");  // Behind the exit.
  std::puts(late ? "still there" : "hello is gone");
  for (const buskin::Address actor : {stage->address(), sink->address(), report->address(), studio->address()}) {
    system.exit(actor);
  }
  return 0;
}

}  // namespace tour

int main(int argc, char** argv) {
  try {
    buskin::ActorSystem system(argc, argv);  // The first line of main.
    return tour::run(system);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tour: %s\n", error.what());
    return 1;
  }
}
