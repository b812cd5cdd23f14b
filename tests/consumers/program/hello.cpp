// hello: what a project that is not ours writes to have one actor, and to ask it.
#include <buskin/buskin.hpp>

#include <chrono>
#include <cstdio>
#include <string>

#include "hello_generated.h"

using consumer::Greet, consumer::Reply;

struct Hello : buskin::Actor<buskin::Ask<Greet, Reply>> {
  void on(Message<Greet> greet, ReplyTo<Reply> reply) { reply("Hello, " + greet->name()->str() + "!"); }
};

int main(int argc, char** argv) {
  buskin::ActorSystem system(argc, argv);
  auto hello = system.create<Hello>();
  auto answer = system.ask<Greet>(*hello, std::chrono::seconds(10), "World");
  std::puts(answer ? answer->text()->c_str() : answer.error().what());
  return answer ? 0 : 1;
}
