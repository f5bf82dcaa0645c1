// A file of conversations, one a line, mapped and never copied: it may be larger than memory. Only where each line
// begins is kept, 16 bytes a record. The file must stay as it is while a run uses it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringload::load {

class Dataset {
 public:
  // Reads and checks every line; one process reads a file once. The error names the line and what is wrong with it.
  static std::expected<std::shared_ptr<const Dataset>, std::string> open(const std::string& path);
  ~Dataset();
  Dataset(const Dataset&) = delete;
  Dataset& operator=(const Dataset&) = delete;

  size_t size() const { return records_.size(); }  // at least 1
  std::string_view line(size_t record) const { return {data_ + records_[record].offset, records_[record].bytes}; }
  uint32_t turns(size_t record) const { return records_[record].turns; }  // user messages, at least 1
  // The record of a run's `number`-th conversation: all of them once, in an order that the seed gives, then all of them
  // in another.
  size_t pick(uint64_t seed, uint64_t number) const;

  uint32_t max_turns() const { return max_turns_; }
  // Of conversations that are cut after `most` turns; 0: none is.
  double mean_turns(uint32_t most) const;
  // Over all records, escaped bytes.
  uint32_t max_message_pieces() const { return max_message_pieces_; }
  size_t max_user_bytes() const { return max_user_bytes_; }            // of one conversation
  size_t max_assistant_bytes() const { return max_assistant_bytes_; }  // of one conversation
  size_t min_first_bytes() const { return min_first_bytes_; }          // of a first message
  double mean_first_bytes() const { return mean_first_bytes_; }

 private:
  Dataset() = default;
  std::string scan(const std::string& path);

  struct Record {
    uint64_t offset;
    uint32_t bytes;
    uint32_t turns;
  };
  const char* data_ = nullptr;
  size_t bytes_ = 0;
  std::vector<Record> records_;
  uint32_t max_turns_ = 0, max_message_pieces_ = 0;
  size_t max_user_bytes_ = 0, max_assistant_bytes_ = 0, min_first_bytes_ = SIZE_MAX;
  double mean_first_bytes_ = 0;
};

}  // namespace ringload::load
