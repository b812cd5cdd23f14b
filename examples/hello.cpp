// hello: one actor in a process of its own, one question, one answer.
#include <buskin/buskin.hpp>
#include <cstdio>
#include <exception>

#include "hello_generated.h"

using namespace std::chrono_literals;

namespace hello {

struct Hello : buskin::Actor<buskin::Ask<Greet, Reply>> {
  void on(Message<Greet> greet, ReplyTo<Reply> reply) { reply("Hello, " + greet->name()->str() + "!"); }
};

}  // namespace hello

int main(int argc, char** argv) try {
  buskin::ActorSystem system(argc, argv);
  auto hello = system.create<hello::Hello>();
  if (!hello) {
    std::fprintf(stderr, "hello: %s\n", hello.error().what());
    return 1;
  }
  auto answer = system.ask<hello::Greet>(*hello, 5s, "World");
  if (!answer) std::fprintf(stderr, "hello: %s\n", answer.error().what());
  if (answer) std::puts(answer->text()->c_str());
  system.exit(*hello);
  return answer ? 0 : 1;
} catch (const std::exception& fault) {  // No system could be reached or started.
  std::fprintf(stderr, "hello: %s\n", fault.what());
  return 1;
}
