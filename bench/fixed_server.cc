// A small upstream with canned answers: a chat completion or a stream of N events for every POST, OpenAI's or
// Anthropic's by path. It shares no code with ringload, so it serves as a yardstick for benchmarks and as a witness in
// tests: at SIGTERM it prints how many requests it answered and how many tokens it claimed.
//
// Prints "listening HOST:PORT" when it is ready (port 0 picks a free one).
#include <arpa/inet.h>
#include <getopt.h>
#include <liburing.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr size_t kMaxRequestBytes = 16u << 20;
constexpr unsigned kBuffers = 512;  // power of two

enum Tag : uint64_t { kAccept = 1, kReceive, kSend, kClose, kSignal };

struct Options {
  sockaddr_in listen{};
  unsigned tokens = 128;       // of every answer; a stream has one event for each
  unsigned connections = 4096;
  unsigned buffer_size = 4096;
  int pin = -1;
  bool spin = false;  // polls instead of sleeping, so that nothing stands between an arrival and its stamp
  bool gaps = false;  // stamps each request and prints the gaps between them
  const char* arrivals = nullptr;  // stamps each request and writes the instants to this file
};

[[noreturn]] void fail(const char* what, int error) {
  std::fprintf(stderr, "fixed_server: %s: %s\n", what, std::strerror(error));
  std::exit(1);
}

// ---- the answers ----

// One answer in two framings: for a connection that stays open, and for one that ends with it.
struct Answer {
  std::string keep_alive;
  std::string close;
  bool counted = false;  // an LLM answer: adds to requests and tokens
  bool stream = false;
};

Answer plain_answer(const char* status, const std::string& body, bool counted) {
  const std::string head = std::string("HTTP/1.1 ") + status + "\r\nContent-Type: application/json\r\n" +
                           "x-request-id: req_0123456789abcdef\r\nContent-Length: " + std::to_string(body.size());
  return {head + "\r\n\r\n" + body, head + "\r\nConnection: close\r\n\r\n" + body, counted, false};
}

Answer stream_answer(const std::vector<std::string>& events) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
                           "Cache-Control: no-cache\r\nx-request-id: req_0123456789abcdef\r\n";
  Answer answer{head + "Transfer-Encoding: chunked\r\n\r\n", head + "Connection: close\r\n\r\n", true, true};
  for (const std::string& event : events) {
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", event.size());
    answer.keep_alive += size + event + "\r\n";
    answer.close += event;
  }
  answer.keep_alive += "0\r\n\r\n";
  return answer;
}

std::string words(unsigned n) {
  static const char* const kWords[] = {"The", " answer", " is", " that", " every", " word", " counts", " once"};
  std::string text;
  for (unsigned i = 0; i < n; ++i) text += kWords[i % 8];
  return text;
}

std::string openai_body(unsigned n) {
  return "{\"id\":\"chatcmpl-fixed0123456789\",\"object\":\"chat.completion\",\"created\":1700000000,"
         "\"model\":\"gpt-4o-mini\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"" +
         words(n) + "\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],"
         "\"usage\":{\"prompt_tokens\":128,\"completion_tokens\":" + std::to_string(n) +
         ",\"total_tokens\":" + std::to_string(n + 128) + "}}";
}

std::vector<std::string> openai_events(unsigned n) {
  const std::string head = "data: {\"id\":\"chatcmpl-fixed0123456789\",\"object\":\"chat.completion.chunk\","
                           "\"created\":1700000000,\"model\":\"gpt-4o-mini\",\"choices\":[";
  const auto choice = [&](const std::string& delta, const char* finish) {
    return head + "{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":" + finish + "}]}\n\n";
  };
  std::vector<std::string> events{choice("{\"role\":\"assistant\",\"content\":\"\"}", "null")};
  for (unsigned i = 0; i < n; ++i) events.push_back(choice("{\"content\":\" word\"}", "null"));
  events.push_back(choice("{}", "\"stop\""));
  events.push_back(head + "],\"usage\":{\"prompt_tokens\":128,\"completion_tokens\":" + std::to_string(n) +
                   ",\"total_tokens\":" + std::to_string(n + 128) + "}}\n\n");
  events.push_back("data: [DONE]\n\n");
  return events;
}

std::string anthropic_body(unsigned n) {
  return "{\"id\":\"msg_fixed0123456789\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-fixed\","
         "\"content\":[{\"type\":\"text\",\"text\":\"" + words(n) + "\"}],"
         "\"stop_reason\":\"end_turn\",\"stop_sequence\":null,"
         "\"usage\":{\"input_tokens\":128,\"output_tokens\":" + std::to_string(n) + "}}";
}

std::vector<std::string> anthropic_events(unsigned n) {
  const auto event = [](const char* type, const std::string& rest) {
    return std::string("event: ") + type + "\ndata: {\"type\":\"" + type + "\"" + rest + "}\n\n";
  };
  std::vector<std::string> events{
      event("message_start", ",\"message\":{\"id\":\"msg_fixed0123456789\",\"type\":\"message\",\"role\":\"assistant\","
                             "\"model\":\"claude-fixed\",\"content\":[],\"stop_reason\":null,"
                             "\"usage\":{\"input_tokens\":128,\"output_tokens\":1}}"),
      event("content_block_start", ",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}"),
      event("ping", "")};
  for (unsigned i = 0; i < n; ++i) {
    events.push_back(event("content_block_delta",
                           ",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" word\"}"));
  }
  events.push_back(event("content_block_stop", ",\"index\":0"));
  events.push_back(event("message_delta", ",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},"
                                          "\"usage\":{\"output_tokens\":" + std::to_string(n) + "}"));
  events.push_back(event("message_stop", ""));
  return events;
}

struct Answers {
  explicit Answers(unsigned n)
      : openai(plain_answer("200 OK", openai_body(n), true)),
        openai_stream(stream_answer(openai_events(n))),
        anthropic(plain_answer("200 OK", anthropic_body(n), true)),
        anthropic_stream(stream_answer(anthropic_events(n))) {}
  Answer openai, openai_stream, anthropic, anthropic_stream;
  Answer health = plain_answer("200 OK", "{\"status\":\"ok\"}", false);
  Answer not_found = plain_answer("404 Not Found", "{\"error\":{\"message\":\"no such path\"}}", false);
  Answer bad = plain_answer("400 Bad Request", "{\"error\":{\"message\":\"not a request\"}}", false);
};

// ---- requests ----

// Whether the body has "stream": true as a key; inside a string the closing quote would be escaped.
bool wants_stream(std::string_view body) {
  constexpr std::string_view kKey = "\"stream\"";
  for (size_t at = body.find(kKey); at != std::string_view::npos; at = body.find(kKey, at + 1)) {
    size_t i = body.find_first_not_of(" \t\r\n", at + kKey.size());
    if (i == std::string_view::npos || body[i] != ':') continue;
    i = body.find_first_not_of(" \t\r\n", i + 1);
    return i != std::string_view::npos && body.substr(i, 4) == "true";
  }
  return false;
}

// The value of a header field of `head`, whose name is given in lower case; empty when absent.
std::string_view field(std::string_view head, std::string_view name) {
  for (size_t line = head.find("\r\n"); line != std::string_view::npos; line = head.find("\r\n", line)) {
    line += 2;
    if (head.size() - line <= name.size() || head[line + name.size()] != ':' ||
        strncasecmp(head.data() + line, name.data(), name.size()) != 0) {
      continue;
    }
    size_t from = line + name.size() + 1;
    while (from < head.size() && head[from] == ' ') ++from;
    return head.substr(from, head.find("\r\n", from) - from);
  }
  return {};
}

struct Request {
  size_t bytes = 0;  // head and body; 0: not complete yet
  bool malformed = false;
  bool close = false;
  std::string_view start;  // "POST /v1/chat/completions HTTP/1.1"
  std::string_view body;
};

Request read_request(std::string_view bytes) {
  Request request;
  const size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    request.malformed = bytes.size() > 65536;
    return request;
  }
  const std::string_view head = bytes.substr(0, end + 2);
  request.start = head.substr(0, head.find("\r\n"));
  const std::string_view length = field(head, "content-length");
  const size_t body = length.empty() ? 0 : std::strtoull(length.data(), nullptr, 10);
  const std::string_view connection = field(head, "connection");
  request.close = (connection.size() == 5 && strncasecmp(connection.data(), "close", 5) == 0) ||
                  request.start.ends_with("HTTP/1.0");
  request.malformed = body > kMaxRequestBytes || !field(head, "transfer-encoding").empty();
  if (bytes.size() < end + 4 + body) return request;
  request.bytes = end + 4 + body;
  request.body = bytes.substr(end + 4, body);
  return request;
}

// ---- the server ----

struct Connection {
  std::string unread;                // of a request that is not complete yet
  std::deque<const std::string*> answers;  // the first is being sent
  bool open = false;
  bool close_after = false;  // when the last answer is out
  bool receiving = false;
};

class Server {
 public:
  explicit Server(const Options& options)
      : options_(options), answers_(options.tokens), connections_(options.connections) {
    io_uring_params params{};
    params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL |
                   IORING_SETUP_CQSIZE;
    params.cq_entries = 32768;
    if (const int r = io_uring_queue_init_params(4096, &ring_, &params); r < 0) fail("io_uring_setup", -r);
    if (const int r = io_uring_register_ring_fd(&ring_); r < 0) fail("registering the ring", -r);
    if (const int r = io_uring_register_files_sparse(&ring_, options.connections); r < 0) fail("file table", -r);
    install_buffers();
    listen_here();
  }

  void run(int signals) {
    io_uring_sqe* entry = sqe();
    io_uring_prep_read(entry, signals, &signal_, sizeof signal_, 0);
    io_uring_sqe_set_data64(entry, kSignal << 32);
    arm_accept();
    while (!stopped_) {
      const int r = options_.spin ? io_uring_submit_and_get_events(&ring_) : io_uring_submit_and_wait(&ring_, 1);
      if (r < 0 && r != -EINTR && r != -EBUSY) fail("enter", -r);
      unsigned head, seen = 0;
      io_uring_cqe* cqe;
      io_uring_for_each_cqe(&ring_, head, cqe) {
        on_completion(*cqe);
        ++seen;
      }
      io_uring_cq_advance(&ring_, seen);
      io_uring_buf_ring_advance(buffer_ring_, returned_);
      returned_ = 0;
      for (const unsigned slot : starved_) arm_receive(slot);
      starved_.clear();
    }
    std::printf("{\"requests\": %llu, \"streams\": %llu, \"completion_tokens\": %llu, \"connections\": %llu, "
                "\"other\": %llu",
                count(requests_), count(streams_), count(tokens_), count(accepted_), count(other_));
    if (options_.gaps) print_gaps();
    if (options_.arrivals != nullptr) write_arrivals();
    std::puts("}");
  }

 private:
  static unsigned long long count(uint64_t n) { return n; }

  void stamp() {
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    arrivals_.push_back(t.tv_sec * 1'000'000'000 + t.tv_nsec);
  }

  void write_arrivals() {
    std::FILE* file = std::fopen(options_.arrivals, "w");
    if (file == nullptr) fail(options_.arrivals, errno);
    for (const int64_t at : arrivals_) std::fprintf(file, "%lld\n", static_cast<long long>(at));
    if (std::fclose(file) != 0) fail(options_.arrivals, errno);
  }

  void print_gaps() {
    std::vector<double> gaps;
    for (size_t i = 1; i < arrivals_.size(); ++i) {
      gaps.push_back(static_cast<double>(arrivals_[i] - arrivals_[i - 1]) * 1e-3);
    }
    std::sort(gaps.begin(), gaps.end());
    std::printf(", \"gaps_us\": {\"n\": %zu", gaps.size());
    for (const double p : {10.0, 50.0, 90.0, 99.0, 99.9}) {
      if (gaps.empty()) break;
      std::printf(", \"p%g\": %.1f", p, gaps[static_cast<size_t>(p / 100 * static_cast<double>(gaps.size() - 1))]);
    }
    std::printf("}");
  }

  void install_buffers() {
    void* memory = mmap(nullptr, kBuffers * sizeof(io_uring_buf), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                        -1, 0);
    if (memory == MAP_FAILED) fail("mmap", errno);
    buffer_ring_ = static_cast<io_uring_buf_ring*>(memory);
    io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<uint64_t>(memory);
    registration.ring_entries = kBuffers;
    if (const int r = io_uring_register_buf_ring(&ring_, &registration, 0); r < 0) fail("registering buffers", -r);
    storage_.resize(static_cast<size_t>(kBuffers) * options_.buffer_size);
    for (unsigned i = 0; i < kBuffers; ++i) give_back(static_cast<uint16_t>(i));
    io_uring_buf_ring_advance(buffer_ring_, returned_);
    returned_ = 0;
  }

  void give_back(uint16_t id) {
    io_uring_buf_ring_add(buffer_ring_, storage_.data() + static_cast<size_t>(id) * options_.buffer_size,
                          options_.buffer_size, id, io_uring_buf_ring_mask(kBuffers), returned_++);
  }

  void listen_here() {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(listener_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // accepted sockets inherit it
    sockaddr_in address = options_.listen;
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 4096) != 0) {
      fail("listen", errno);
    }
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    char host[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &address.sin_addr, host, sizeof host);
    std::printf("listening %s:%d\n", host, ntohs(address.sin_port));
    std::fflush(stdout);
  }

  io_uring_sqe* sqe() {
    io_uring_sqe* entry = io_uring_get_sqe(&ring_);
    if (entry == nullptr) {
      io_uring_submit(&ring_);
      entry = io_uring_get_sqe(&ring_);
    }
    return entry;
  }

  void arm_accept() {
    io_uring_sqe* entry = sqe();
    io_uring_prep_multishot_accept_direct(entry, listener_, nullptr, nullptr, 0);
    io_uring_sqe_set_data64(entry, kAccept << 32);
    accepting_ = true;
  }

  void arm_receive(unsigned slot) {
    io_uring_sqe* entry = sqe();
    io_uring_prep_recv_multishot(entry, static_cast<int>(slot), nullptr, 0, 0);
    entry->flags |= IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT;
    entry->buf_group = 0;
    io_uring_sqe_set_data64(entry, kReceive << 32 | slot);
    connections_[slot].receiving = true;
  }

  void send_first(unsigned slot) {
    const std::string& bytes = *connections_[slot].answers.front();
    io_uring_sqe* entry = sqe();
    io_uring_prep_send(entry, static_cast<int>(slot), bytes.data(), bytes.size(), MSG_WAITALL | MSG_NOSIGNAL);
    entry->flags |= IOSQE_FIXED_FILE;
    io_uring_sqe_set_data64(entry, kSend << 32 | slot);
  }

  // The slot is free again when nothing of it is in the kernel: an armed receive is cancelled first. (Not by a shutdown
  // through the ring: that runs in a worker of the kernel's and can meet the slot's next connection.)
  void close_when_idle(unsigned slot) {
    Connection& connection = connections_[slot];
    if (!connection.open || !connection.answers.empty()) return;
    io_uring_sqe* entry = sqe();
    if (connection.receiving) {
      io_uring_prep_cancel64(entry, kReceive << 32 | slot, 0);
      io_uring_sqe_set_data64(entry, 0);
      return;  // the receive ends and brings us back
    }
    connection.open = false;
    io_uring_prep_close_direct(entry, slot);
    io_uring_sqe_set_data64(entry, kClose << 32 | slot);
  }

  void on_completion(const io_uring_cqe& cqe) {
    const unsigned slot = static_cast<unsigned>(cqe.user_data);
    switch (static_cast<Tag>(cqe.user_data >> 32)) {
      case kAccept:
        if (cqe.res >= 0) {
          ++accepted_;
          Connection& connection = connections_[static_cast<size_t>(cqe.res)];
          connection = Connection{};
          connection.open = true;
          arm_receive(static_cast<unsigned>(cqe.res));
        }
        // A full table ends the accept; the next close arms it again.
        if ((cqe.flags & IORING_CQE_F_MORE) == 0) accepting_ = false;
        if (!accepting_ && cqe.res >= 0) arm_accept();
        break;
      case kReceive: on_receive(slot, cqe); break;
      case kSend: {
        Connection& connection = connections_[slot];
        const bool sent = cqe.res == static_cast<int>(connection.answers.front()->size());
        connection.answers.pop_front();
        if (!sent) {
          connection.answers.clear();
          connection.close_after = true;
        }
        if (!connection.answers.empty()) {
          send_first(slot);
        } else if (connection.close_after) {
          close_when_idle(slot);
        }
        break;
      }
      case kClose:
        if (!accepting_) arm_accept();
        break;
      case kSignal: stopped_ = true; break;
    }
  }

  void on_receive(unsigned slot, const io_uring_cqe& cqe) {
    Connection& connection = connections_[slot];
    const bool more = (cqe.flags & IORING_CQE_F_MORE) != 0;
    connection.receiving = more;
    if (cqe.res == -ENOBUFS) {
      connection.receiving = true;  // armed again when this batch's buffers are back
      starved_.push_back(slot);
      return;
    }
    if (cqe.res <= 0) {
      connection.close_after = true;
      close_when_idle(slot);
      return;
    }
    const auto id = static_cast<uint16_t>(cqe.flags >> IORING_CQE_BUFFER_SHIFT);
    const std::string_view bytes(storage_.data() + static_cast<size_t>(id) * options_.buffer_size,
                                 static_cast<size_t>(cqe.res));
    if (!connection.close_after) {
      if (connection.unread.empty()) {
        connection.unread.assign(bytes.substr(answer_all(slot, bytes)));
      } else {
        connection.unread.append(bytes);
        connection.unread.erase(0, answer_all(slot, connection.unread));
      }
    }
    give_back(id);
    if (!more) arm_receive(slot);
  }

  // Answers the complete requests in `bytes`; returns how many bytes they had.
  size_t answer_all(unsigned slot, std::string_view bytes) {
    Connection& connection = connections_[slot];
    size_t used = 0;
    while (used < bytes.size() && !connection.close_after) {
      const Request request = read_request(bytes.substr(used));
      if (request.bytes == 0 && !request.malformed) break;
      used = request.malformed ? bytes.size() : used + request.bytes;
      const Answer& answer = choose(request);
      connection.close_after = request.close || request.malformed;
      if (answer.counted) {
        if (options_.gaps || options_.arrivals != nullptr) stamp();
        ++requests_;
        tokens_ += options_.tokens;
        streams_ += answer.stream;
      } else {
        ++other_;
      }
      connection.answers.push_back(connection.close_after ? &answer.close : &answer.keep_alive);
      if (connection.answers.size() == 1) send_first(slot);
    }
    return used;
  }

  const Answer& choose(const Request& request) const {
    if (request.malformed) return answers_.bad;
    if (request.start.starts_with("GET /health ")) return answers_.health;
    if (request.start.starts_with("POST /v1/chat/completions ")) {
      return wants_stream(request.body) ? answers_.openai_stream : answers_.openai;
    }
    if (request.start.starts_with("POST /v1/messages ")) {
      return wants_stream(request.body) ? answers_.anthropic_stream : answers_.anthropic;
    }
    return answers_.not_found;
  }

  const Options& options_;
  const Answers answers_;
  std::vector<Connection> connections_;  // by slot of the ring's file table
  io_uring ring_{};
  io_uring_buf_ring* buffer_ring_ = nullptr;
  std::vector<char> storage_;
  std::vector<unsigned> starved_;
  int returned_ = 0;
  int listener_ = -1;
  bool accepting_ = false;
  bool stopped_ = false;
  signalfd_siginfo signal_{};
  std::vector<int64_t> arrivals_;  // ns, when options_.gaps or options_.arrivals
  uint64_t requests_ = 0, streams_ = 0, tokens_ = 0, accepted_ = 0, other_ = 0;
};

const char* kHelp =
    "fixed_server: canned OpenAI and Anthropic answers\n"
    "  --listen HOST:PORT  an IPv4 address; port 0 picks one (127.0.0.1:0)\n"
    "  --tokens N          of every answer (128)\n"
    "  --connections N     at most (4096)\n"
    "  --buffer-size BYTES of one receive buffer (4096)\n"
    "  --pin CPU           runs on this CPU\n"
    "  --spin              polls instead of sleeping\n"
    "  --gaps              prints the gaps between arrivals too\n"
    "  --arrivals FILE     at the end, one line for each request: when it came, ns of CLOCK_MONOTONIC\n";

Options parse(int argc, char** argv) {
  static const option kLong[] = {{"listen", 1, nullptr, 'l'},      {"tokens", 1, nullptr, 't'},
                                 {"connections", 1, nullptr, 'c'}, {"buffer-size", 1, nullptr, 'b'},
                                 {"pin", 1, nullptr, 'P'},         {"spin", 0, nullptr, 's'},
                                 {"gaps", 0, nullptr, 'g'},        {"arrivals", 1, nullptr, 'a'},
                                 {"help", 0, nullptr, 'h'},
                                 {nullptr, 0, nullptr, 0}};
  Options options;
  std::string listen = "127.0.0.1:0";
  for (int c; (c = getopt_long(argc, argv, "h", kLong, nullptr)) != -1;) {
    switch (c) {
      case 'l': listen = optarg; break;
      case 't': options.tokens = static_cast<unsigned>(std::atoi(optarg)); break;
      case 'c': options.connections = static_cast<unsigned>(std::atoi(optarg)); break;
      case 'b': options.buffer_size = static_cast<unsigned>(std::atoi(optarg)); break;
      case 'P': options.pin = std::atoi(optarg); break;
      case 's': options.spin = true; break;
      case 'g': options.gaps = true; break;
      case 'a': options.arrivals = optarg; break;
      case 'h': std::fputs(kHelp, stdout); std::exit(0);
      default: std::fputs(kHelp, stderr); std::exit(2);
    }
  }
  const size_t colon = listen.rfind(':');
  options.listen.sin_family = AF_INET;
  if (colon == std::string::npos ||
      inet_pton(AF_INET, listen.substr(0, colon).c_str(), &options.listen.sin_addr) != 1) {
    std::fputs("fixed_server: --listen: expected an IPv4 address and a port\n", stderr);
    std::exit(2);
  }
  options.listen.sin_port = htons(static_cast<uint16_t>(std::atoi(listen.c_str() + colon + 1)));
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  if (options.pin >= 0) {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(static_cast<size_t>(options.pin), &cpus);
    if (sched_setaffinity(0, sizeof cpus, &cpus) != 0) fail("--pin", errno);
  }
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  sigprocmask(SIG_BLOCK, &ends, nullptr);
  const int signals = signalfd(-1, &ends, SFD_CLOEXEC);
  if (signals < 0) fail("signalfd", errno);
  Server(options).run(signals);
}
