// What a descriptor refers to, counted: by descriptors, by slots of file tables and by operations in flight. The last
// one to go closes it; that is why a close with an armed receive sends no FIN.
#pragma once
#include <cstdint>
#include <vector>

#include "sim/endpoint.h"

namespace ringload::sim {

enum class FileKind : uint8_t {
  socket,
  event,  // a counter, as eventfd(2)
  host,   // a descriptor of the real process: its own eventfds, log files
};

struct File {
  FileKind kind = FileKind::socket;
  unsigned references = 0;
  Endpoint* endpoint = nullptr;   // of a socket
  uint64_t count = 0;             // of an event
  IntrusiveList<Waiter> waiters;  // of an event
  int host_fd = -1;
};

// The process's descriptors of the simulation. They start far above what a real process has.
class Descriptors {
 public:
  static constexpr int kFirst = 1 << 20;

  int add(File* file) {
    for (size_t i = 0; i < files_.size(); ++i) {
      if (files_[i] == nullptr) {
        files_[i] = file;
        return kFirst + static_cast<int>(i);
      }
    }
    files_.push_back(file);
    return kFirst + static_cast<int>(files_.size()) - 1;
  }
  File* get(int fd) const {
    const auto index = static_cast<size_t>(fd) - kFirst;
    return fd >= kFirst && index < files_.size() ? files_[index] : nullptr;
  }
  File* remove(int fd) {
    File* file = get(fd);
    if (file != nullptr) files_[static_cast<size_t>(fd) - kFirst] = nullptr;
    return file;
  }
  const std::vector<File*>& all() const { return files_; }

 private:
  std::vector<File*> files_;
};

}  // namespace ringload::sim
