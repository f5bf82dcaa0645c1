// What `ringload mock` can be told, and its entry.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace ringload::mock {

struct MockOptions {
  std::string listen = "127.0.0.1:8080";  // host:port, [v6]:port; port 0: the kernel's choice, which is printed
  unsigned shards = 1;                    // threads, 1 to 256; all accept from one listening socket
  unsigned connections = 0;               // a shard's most; 0: what the limit of open files allows, up to 20,000
  uint64_t seed = 1;                      // of every draw
  bool json = false;                      // print the totals as JSON
  std::string tls;                        // "CERT,KEY" (PEM files): https; empty: http
  bool quiet = false;                     // print errors only

  std::string ttft = "0";                 // until the first token: duration or distribution (latency.h)
  std::string itl = "0";                  // between tokens
  uint32_t output_tokens = 0;             // tokens of a reply; 0: max_tokens, or 128 when that is absent
  bool stamp = false;                     // "mock_sent_ns" in every event

  std::string fault;                      // "reset=0.1%,500=1%,stall=0.5%:10s,truncate=0.1%,malformed=1%" (fault.h)
  std::string outage;                     // "30s@60s": from 60 s on, every request is answered 503 for 30 s
  std::string freeze;                     // "3s@9s": from 9 s on, nothing at all is done for 3 s

  uint32_t max_concurrency = 0;           // requests at a time, beyond: 429; 0: no limit
  uint64_t rpm = 0, tpm = 0;              // requests and tokens per minute, beyond: 429; 0: no limit
  std::string limit = "token-bucket";     // how these two count: token-bucket or fixed-window
  double rps = 0;                         // token bucket of requests per second, beyond: 429; 0: no limit
  uint32_t burst = 1;                     // its capacity
  uint32_t slots = 0;                     // requests served at a time, others wait; 0: all
  std::optional<uint32_t> queue;          // how many may wait, beyond: 503; absent: any number
  std::string service = "0";              // how long a slot is taken: duration or distribution
};

// Serves until SIGTERM or SIGINT, then prints what was served on stdout. The exit code: 0, or 2 when an option is wrong
// or the address cannot be had (the reason goes to stderr, where the address it listens on goes too).
int run_mock(const MockOptions& options);

}  // namespace ringload::mock
