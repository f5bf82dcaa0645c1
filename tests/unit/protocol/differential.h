// The oracle for replies: whatever a peer sends, learning from events must change nothing, and what is called JSON must
// be what simdjson's DOM calls JSON.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "ringload/adapter.h"

namespace ringload::protocol {

struct DifferentialResult {
  size_t events = 0;
  size_t learned = 0;  // of them taken the short way
  std::string fault;   // empty: all agreed
};

// Feeds the events to three replies: one that learns, one that learns with little memory, one that reads everything.
DifferentialResult compare_ways(const Adapter& adapter, const std::vector<std::string>& events);

}  // namespace ringload::protocol
