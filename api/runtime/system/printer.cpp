// Printer: a service with one handler.
#include "api/runtime/system/printer.hpp"

#include <unistd.h>

#include <cerrno>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "api/runtime/client/service.hpp"
#include "api/runtime/launch/start_thread.hpp"
#include "buskin/system_messages.hpp"
#include "shm/base/check.hpp"

namespace buskin::runtime {

namespace {

/// A stream that takes no more loses the rest of the line here; the log of the system has all of it.
void print(std::string_view text) {
  std::string line(text);
  line += '\n';
  std::size_t written = 0;
  // Ends: each turn writes some bytes, or is the last.
  while (written < line.size()) {
    const ssize_t count = ::write(STDERR_FILENO, line.data() + written, line.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    written += static_cast<std::size_t>(count);
  }
}

}  // namespace

Printer::Printer(Host& host) : host_(host) {
  std::promise<shm::ActorId> opened;
  std::future<shm::ActorId> mailbox = opened.get_future();
  thread_ = start_thread<std::jthread>([this, &opened](const std::stop_token& stop) { serve(stop, opened); });
  mailbox_ = mailbox.get();
}

void Printer::serve(const std::stop_token& stop, std::promise<shm::ActorId>& opened) {
  std::optional<Service> service;
  try {
    service.emplace(host_, "printer");  // Here, because a mailbox wakes the thread that opened it.
  } catch (...) {
    return opened.set_exception(std::current_exception());
  }
  service->on<Text>([](const Text& line) { print(line.view()); });
  service->add_source({[&] { return stop.stop_requested(); }, [&] { service->end(); }});
  const std::stop_callback wake(stop, [&] { service->wake(); });
  BUSKIN_CHECK(service->id().index != shm::ActorIndex::None);
  opened.set_value(service->id());
  service->run();
}

}  // namespace buskin::runtime
