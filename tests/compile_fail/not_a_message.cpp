// expect: buskin: a message is a FlatBuffers table or struct made with buskin_add_schema, or a built-in one
#include <buskin/buskin.hpp>

struct Hello : buskin::Actor<int> {
  void on(Message<int>) {}
};

void make(buskin::ActorSystem& system) { (void)system.create<Hello>(); }
