// Disk space kept for the reports while the JSONL grows. The file has no name: whatever ends the program gives it back.
#pragma once
#include <string>

namespace ringload::cli {

class ReportReserve {
 public:
  static constexpr size_t kLeast = 64 * 1024, kMost = 1 << 20;  // bytes
  ReportReserve() = default;
  ~ReportReserve() { release(); }
  ReportReserve(const ReportReserve&) = delete;
  ReportReserve& operator=(const ReportReserve&) = delete;

  // Half of what is free, within these bounds; failure() says why there is not even the least.
  void take(const std::string& directory);
  const std::string& failure() const { return failure_; }
  void release();

 private:
  int fd_ = -1;
  std::string failure_;
};

}  // namespace ringload::cli
