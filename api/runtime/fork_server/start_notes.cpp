// StartNotes: a shared mapping without a file.
#include "api/runtime/fork_server/start_notes.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "shm/base/check.hpp"

namespace buskin::runtime {

StartNotes::StartNotes() {
  void* const memory =
      ::mmap(nullptr, kNotes * sizeof(Note), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory != MAP_FAILED) notes_ = static_cast<Note*>(memory);
}

StartNotes::~StartNotes() {
  if (notes_ != nullptr) ::munmap(notes_, kNotes * sizeof(Note));
}

void StartNotes::write(std::string_view sentence) {
  if (notes_ == nullptr) return;
  const pid_t own = ::getpid();
  Note& note = notes_[static_cast<std::size_t>(own) % kNotes];
  const std::size_t bytes = std::min(sentence.size(), note.text.size() - 1);
  std::copy_n(sentence.begin(), bytes, note.text.begin());
  note.text[bytes] = '\0';
  note.pid = own;
}

std::string StartNotes::take(pid_t pid) {
  BUSKIN_CHECK(pid > 0);
  if (notes_ == nullptr) return {};
  Note& note = notes_[static_cast<std::size_t>(pid) % kNotes];
  if (note.pid != pid) return {};
  note.pid = 0;  // The number is used again.
  note.text.back() = '\0';
  return note.text.data();
}

}  // namespace buskin::runtime
