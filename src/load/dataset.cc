#include "load/dataset.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <tuple>

#include "base/prng.h"
#include "load/dataset_record.h"

namespace ringload::load {
namespace {

constexpr size_t kMostLineBytes = 64 << 20;
constexpr uint32_t kMostPieces = 4096;  // of one message

// A permutation of [0, 4^half_bits): four rounds of a Feistel network.
uint64_t shuffle(uint64_t value, unsigned half_bits, uint64_t key) {
  const uint64_t mask = (uint64_t{1} << half_bits) - 1;
  uint64_t left = value >> half_bits, right = value & mask;
  for (uint64_t round = 0; round < 4; ++round) {
    const uint64_t mixed = (left ^ seed_of(key, round, right)) & mask;
    left = right;
    right = mixed;
  }
  return left << half_bits | right;
}

}  // namespace

std::expected<std::shared_ptr<const Dataset>, std::string> Dataset::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::unexpected("cannot read " + path + ": " + std::strerror(errno));
  struct stat about {};
  if (::fstat(fd, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size == 0) {
    ::close(fd);
    return std::unexpected(path + " is no regular file with something in it");
  }
  // Planning, prediction and the run itself each make a workload of the same profile.
  static std::mutex mutex;
  static std::map<std::tuple<dev_t, ino_t, off_t, time_t, long>, std::shared_ptr<const Dataset>> known;
  const std::lock_guard lock(mutex);
  auto& place = known[{about.st_dev, about.st_ino, about.st_size, about.st_mtim.tv_sec, about.st_mtim.tv_nsec}];
  if (place == nullptr) {
    std::shared_ptr<Dataset> dataset(new Dataset);
    dataset->bytes_ = static_cast<size_t>(about.st_size);
    void* data = ::mmap(nullptr, dataset->bytes_, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED) {
      const int error = errno;
      ::close(fd);
      return std::unexpected("cannot map " + path + ": " + std::strerror(error));
    }
    dataset->data_ = static_cast<const char*>(data);
    ::madvise(data, dataset->bytes_, MADV_SEQUENTIAL);
    if (std::string error = dataset->scan(path); !error.empty()) {
      ::close(fd);
      return std::unexpected(std::move(error));
    }
    ::madvise(data, dataset->bytes_, MADV_RANDOM);
    place = std::move(dataset);
  }
  ::close(fd);
  return place;
}

Dataset::~Dataset() {
  if (data_ != nullptr) ::munmap(const_cast<char*>(data_), bytes_);
}

std::string Dataset::scan(const std::string& path) {
  std::array<std::string_view, kMostPieces> pieces;
  uint64_t number = 0;
  double first_bytes_sum = 0;
  for (size_t offset = 0; offset < bytes_;) {
    ++number;
    const void* newline = std::memchr(data_ + offset, '\n', bytes_ - offset);
    const size_t end = newline == nullptr ? bytes_ : static_cast<size_t>(static_cast<const char*>(newline) - data_);
    const std::string_view line(data_ + offset, end - offset);
    const size_t here = offset;
    offset = end + 1;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const auto wrong = [&](const std::string& why) {
      return path + ":" + std::to_string(number) + ": found " + why +
             ", allowed: a JSON object on each line, with `prompt`, `messages` or `conversations` and at least one "
             "text of a user in it";
    };
    if (line.size() > kMostLineBytes) return wrong("a line of more than 64 MiB");
    if (!is_json_line(line)) return wrong("a line that is not JSON");
    DatasetRecord record(line);
    Record entry{here, static_cast<uint32_t>(line.size()), 0};
    size_t user_bytes = 0, assistant_bytes = 0;
    while (record.next_is(DatasetRecord::Who::user) || record.next_is(DatasetRecord::Who::assistant)) {
      const bool user = record.next_is(DatasetRecord::Who::user);
      const size_t count = record.take(pieces);
      if (count == pieces.size()) return wrong("a message of more than " + std::to_string(kMostPieces - 1) + " parts");
      size_t bytes = 0;
      for (size_t i = 0; i < count; ++i) bytes += pieces[i].size();
      (user ? user_bytes : assistant_bytes) += bytes;
      max_message_pieces_ = std::max(max_message_pieces_, static_cast<uint32_t>(count));
      if (!user) continue;
      if (entry.turns++ > 0) continue;
      first_bytes_sum += static_cast<double>(bytes);
      min_first_bytes_ = std::min(min_first_bytes_, bytes);
    }
    if (entry.turns == 0) return wrong("no text of a user");
    max_turns_ = std::max(max_turns_, entry.turns);
    max_user_bytes_ = std::max(max_user_bytes_, user_bytes);
    max_assistant_bytes_ = std::max(max_assistant_bytes_, assistant_bytes);
    records_.push_back(entry);
  }
  if (records_.empty()) return path + ": found only empty lines, allowed: at least one conversation";
  mean_first_bytes_ = first_bytes_sum / static_cast<double>(records_.size());
  return {};
}

size_t Dataset::pick(uint64_t seed, uint64_t number) const {
  const uint64_t count = records_.size();
  if (count == 1) return 0;
  const unsigned half_bits = (static_cast<unsigned>(std::bit_width(count - 1)) + 1) / 2;
  const uint64_t key = seed_of(seed, number / count);
  // Four values at most lie in the permutation's range for each record: a few steps find one that is a record.
  uint64_t at = number % count;
  do at = shuffle(at, half_bits, key);
  while (at >= count);
  return static_cast<size_t>(at);
}

double Dataset::mean_turns(uint32_t most) const {
  double sum = 0;
  for (const Record& record : records_) sum += most > 0 ? std::min(most, record.turns) : record.turns;
  return sum / static_cast<double>(records_.size());
}

}  // namespace ringload::load
