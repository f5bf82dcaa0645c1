#include "mock/counters.h"

#include <fmt/format.h>

#include <iterator>

namespace ringload::mock {
namespace {

uint64_t sum(std::span<const ShardCounters> shards, Counter ShardCounters::* counter) {
  uint64_t total = 0;
  for (const ShardCounters& shard : shards) total += (shard.*counter).value();
  return total;
}

uint64_t answers(std::span<const ShardCounters> shards, unsigned endpoint, unsigned status) {
  uint64_t total = 0;
  for (const ShardCounters& shard : shards) total += shard.answers[endpoint][status - kLowestStatus].value();
  return total;
}

uint64_t faults(std::span<const ShardCounters> shards, unsigned kind) {
  uint64_t total = 0;
  for (const ShardCounters& shard : shards) total += shard.faults[kind].value();
  return total;
}

// Calls visit(endpoint, status, count) for each pair that occurred.
template <class Visit>
void for_each_answer(std::span<const ShardCounters> shards, Visit&& visit) {
  for (unsigned endpoint = 0; endpoint < kEndpoints; ++endpoint) {
    for (unsigned status = kLowestStatus; status <= kHighestStatus; ++status) {
      if (const uint64_t count = answers(shards, endpoint, status); count > 0) {
        visit(static_cast<Endpoint>(endpoint), status, count);
      }
    }
  }
}

uint64_t all_answers(std::span<const ShardCounters> shards) {
  uint64_t total = 0;
  for_each_answer(shards, [&](Endpoint, unsigned, uint64_t count) { total += count; });
  return total;
}

// 1234567 → "1,234,567"
std::string grouped(uint64_t value) {
  std::string text = std::to_string(value);
  for (auto at = static_cast<ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) text.insert(static_cast<size_t>(at), ",");
  return text;
}

}  // namespace

std::string_view path_of(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::chat: return "/v1/chat/completions";
    case Endpoint::completions: return "/v1/completions";
    case Endpoint::messages: return "/v1/messages";
    case Endpoint::embeddings: return "/v1/embeddings";
    case Endpoint::models: return "/v1/models";
    case Endpoint::health: return "/health";
    case Endpoint::metrics: return "/metrics";
    case Endpoint::unknown: return "other";
  }
  return "other";
}

Endpoint endpoint_of(std::string_view path) {
  for (unsigned i = 0; i < kEndpoints; ++i) {
    if (path_of(static_cast<Endpoint>(i)) == path) return static_cast<Endpoint>(i);
  }
  return Endpoint::unknown;
}

std::string metrics_text(std::span<const ShardCounters> shards) {
  std::string out;
  const auto append = std::back_inserter(out);
  const auto head = [&](std::string_view name, std::string_view type, std::string_view help) {
    fmt::format_to(append, "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  };
  const auto single = [&](std::string_view name, std::string_view type, std::string_view help,
                          Counter ShardCounters::* counter) {
    head(name, type, help);
    fmt::format_to(append, "{} {}\n", name, sum(shards, counter));
  };
  head("mock_requests_total", "counter", "Requests by path and status of the answer.");
  for_each_answer(shards, [&](Endpoint endpoint, unsigned status, uint64_t count) {
    fmt::format_to(append, "mock_requests_total{{path=\"{}\",status=\"{}\"}} {}\n", path_of(endpoint), status, count);
  });
  head("mock_faults_total", "counter", "Requests that met an injected fault.");
  for (unsigned kind = 1; kind < kFaultKinds; ++kind) {
    fmt::format_to(append, "mock_faults_total{{kind=\"{}\"}} {}\n", fault_name(static_cast<FaultKind>(kind)),
                   faults(shards, kind));
  }
  single("mock_aborted_total", "counter", "Requests whose client left before the end.", &ShardCounters::aborted);
  single("mock_streams_total", "counter", "Requests answered by a stream.", &ShardCounters::streams);
  single("mock_prompt_tokens_total", "counter", "Input tokens counted.", &ShardCounters::prompt_tokens);
  single("mock_completion_tokens_total", "counter", "Output tokens written.", &ShardCounters::completion_tokens);
  single("mock_sent_bytes_total", "counter", "Bytes handed to the kernel.", &ShardCounters::bytes_sent);
  single("mock_connections_accepted_total", "counter", "Connections accepted.", &ShardCounters::connections_accepted);
  single("mock_connections_open", "gauge", "Connections open now.", &ShardCounters::connections_open);
  single("mock_requests_running", "gauge", "Requests being answered now.", &ShardCounters::running);
  return out;
}

std::string totals_text(std::span<const ShardCounters> shards, double seconds) {
  std::string out;
  const auto append = std::back_inserter(out);
  fmt::format_to(append, "served {} requests in {:.1f} s over {} connections\n", grouped(all_answers(shards)), seconds,
                 grouped(sum(shards, &ShardCounters::connections_accepted)));
  for_each_answer(shards, [&](Endpoint endpoint, unsigned status, uint64_t count) {
    fmt::format_to(append, "  {:<22} {} {:>16}\n", path_of(endpoint), status, grouped(count));
  });
  const auto line = [&](std::string_view name, uint64_t count) {
    fmt::format_to(append, "  {:<26} {:>16}\n", name, grouped(count));
  };
  line("streamed", sum(shards, &ShardCounters::streams));
  line("prompt tokens", sum(shards, &ShardCounters::prompt_tokens));
  line("completion tokens", sum(shards, &ShardCounters::completion_tokens));
  if (const uint64_t running = sum(shards, &ShardCounters::running); running > 0) line("not answered in full", running);
  if (const uint64_t aborted = sum(shards, &ShardCounters::aborted); aborted > 0) {
    line("left before the end", aborted);
  }
  for (unsigned kind = 1; kind < kFaultKinds; ++kind) {
    if (const uint64_t count = faults(shards, kind); count > 0) {
      line(fmt::format("fault {}", fault_name(static_cast<FaultKind>(kind))), count);
    }
  }
  return out;
}

std::string totals_json(std::span<const ShardCounters> shards, double seconds) {
  std::string out;
  const auto append = std::back_inserter(out);
  fmt::format_to(append, "{{\"seconds\":{:.3f},\"requests\":{},\"by_path\":{{", seconds, all_answers(shards));
  Endpoint last = Endpoint::unknown;
  bool open = false;
  for_each_answer(shards, [&](Endpoint endpoint, unsigned status, uint64_t count) {
    if (!open || endpoint != last) {
      fmt::format_to(append, "{}\"{}\":{{", open ? "}," : "", path_of(endpoint));
    } else {
      out += ',';
    }
    fmt::format_to(append, "\"{}\":{}", status, count);
    open = true;
    last = endpoint;
  });
  fmt::format_to(append, "{}}},\"faults\":{{", open ? "}" : "");
  for (unsigned kind = 1; kind < kFaultKinds; ++kind) {
    fmt::format_to(append, "{}\"{}\":{}", kind > 1 ? "," : "", fault_name(static_cast<FaultKind>(kind)),
                   faults(shards, kind));
  }
  fmt::format_to(append,
                 "}},\"aborted\":{},\"running\":{},\"streams\":{},\"prompt_tokens\":{},\"completion_tokens\":{},"
                 "\"bytes_sent\":{},\"connections\":{}}}\n",
                 sum(shards, &ShardCounters::aborted), sum(shards, &ShardCounters::running),
                 sum(shards, &ShardCounters::streams),
                 sum(shards, &ShardCounters::prompt_tokens), sum(shards, &ShardCounters::completion_tokens),
                 sum(shards, &ShardCounters::bytes_sent), sum(shards, &ShardCounters::connections_accepted));
  return out;
}

}  // namespace ringload::mock
