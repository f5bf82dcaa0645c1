// The floor: the least CPU that a request can cost on this machine with io_uring. It sends one fixed request on each of
// N kept-alive connections and counts the bytes that come back; it parses nothing and records nothing. What ringload
// spends beyond it is ringload's own work (bench/wire prints the quotient).
//
// It shares no code with ringload, so a mistake in our ring layer does not slow down the yardstick too.
// The size of a response is learned before the clock starts: three requests, each read until the connection has been
// quiet for a while. A server whose responses vary in size is refused.
#include <arpa/inet.h>
#include <getopt.h>
#include <liburing.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

constexpr int kQuietMs = 150;         // no byte for so long: the response is complete
constexpr unsigned kBufferGroup = 0;
constexpr uint64_t kSendTag = 1ull << 32;  // user_data of a send; a receive's is the connection alone
constexpr double kWarmupSeconds = 0.3;

struct Options {
  sockaddr_in target{};
  std::string authority;
  std::string path = "/v1/chat/completions";
  std::string body_file;
  unsigned connections = 64;
  double seconds = 3;
  unsigned body_tokens = 128;
  unsigned buffer_size = 4096;
  unsigned buffers = 256;  // rounded up to a power of two
  unsigned batch = 8;      // sends per enter
  int pin = -1;
  bool stream = false;
};

[[noreturn]] void fail(const std::string& what, int error = 0) {
  std::fprintf(stderr, "floor: %s%s%s\n", what.c_str(), error != 0 ? ": " : "", error != 0 ? std::strerror(error) : "");
  std::exit(error == 0 ? 2 : 1);
}

const char* kHelp =
    "floor: the least CPU per request that io_uring allows here\n"
    "  --target HOST:PORT   an IPv4 address and a port (needed)\n"
    "  --path PATH          of the request (/v1/chat/completions)\n"
    "  --connections N      kept alive, one request in flight on each (64)\n"
    "  --seconds S          measured time, after 0.3 s of warm-up (3)\n"
    "  --body-tokens N      words in the prompt (128)\n"
    "  --body FILE          sends this body instead\n"
    "  --stream             asks for a stream\n"
    "  --pin CPU            runs on this CPU\n"
    "  --buffer-size BYTES  of one receive buffer (4096; --stream: 32768)\n"
    "  --buffers N          receive buffers (256)\n"
    "  --batch N            sends handed to the kernel at once, at most (8)\n";

sockaddr_in parse_target(const std::string& text) {
  const size_t colon = text.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (colon == std::string::npos) fail("--target: found '" + text + "', expected HOST:PORT");
  const int port = std::atoi(text.c_str() + colon + 1);
  const std::string host = text.substr(0, colon);
  if (port < 1 || port > 65535 || inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host.c_str(),
                                            &address.sin_addr) != 1) {
    fail("--target: found '" + text + "', expected an IPv4 address and a port");
  }
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

unsigned parse_count(const char* flag, const char* text) {
  char* end = nullptr;
  const long value = std::strtol(text, &end, 10);
  if (*end != 0 || value < 1 || value > 1'000'000) {
    fail(std::string(flag) + ": found '" + text + "', expected 1..1000000");
  }
  return static_cast<unsigned>(value);
}

Options parse(int argc, char** argv) {
  static const option kLong[] = {{"target", 1, nullptr, 't'},      {"path", 1, nullptr, 'p'},
                                 {"connections", 1, nullptr, 'c'}, {"seconds", 1, nullptr, 's'},
                                 {"body-tokens", 1, nullptr, 'n'}, {"body", 1, nullptr, 'f'},
                                 {"stream", 0, nullptr, 'S'},      {"pin", 1, nullptr, 'P'},
                                 {"buffer-size", 1, nullptr, 'b'}, {"buffers", 1, nullptr, 'B'},
                                 {"batch", 1, nullptr, 'a'},       {"help", 0, nullptr, 'h'},
                                 {nullptr, 0, nullptr, 0}};
  Options options;
  bool buffer_size_given = false;
  for (int c; (c = getopt_long(argc, argv, "h", kLong, nullptr)) != -1;) {
    switch (c) {
      case 't': options.target = parse_target(options.authority = optarg); break;
      case 'p': options.path = optarg; break;
      case 'c': options.connections = parse_count("--connections", optarg); break;
      case 's': options.seconds = std::atof(optarg); break;
      case 'n': options.body_tokens = parse_count("--body-tokens", optarg); break;
      case 'f': options.body_file = optarg; break;
      case 'S': options.stream = true; break;
      case 'P': options.pin = std::atoi(optarg); break;
      case 'b': options.buffer_size = parse_count("--buffer-size", optarg), buffer_size_given = true; break;
      case 'B': options.buffers = parse_count("--buffers", optarg); break;
      case 'a': options.batch = parse_count("--batch", optarg); break;
      case 'h': std::fputs(kHelp, stdout); std::exit(0);
      default: std::fputs(kHelp, stderr); std::exit(2);
    }
  }
  if (options.authority.empty()) fail("--target is needed (--help lists the flags)");
  if (options.seconds <= 0) fail("--seconds: expected a number above 0");
  if (options.stream && !buffer_size_given) options.buffer_size = 32768;
  unsigned power = 1;
  while (power < options.buffers) power *= 2;
  options.buffers = power;
  return options;
}

// The same fields and sizes as ringload's own request at this tier, so that both send as many bytes.
std::string render_request(const Options& options) {
  static const char* const kWords[] = {"time", "river", "house", "light", "paper", "green", "music", "stone"};
  std::string body;
  if (!options.body_file.empty()) {
    std::ifstream file(options.body_file, std::ios::binary);
    if (!file) fail("--body: cannot read '" + options.body_file + "'", errno);
    body.assign(std::istreambuf_iterator<char>(file), {});
  } else {
    body = "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"01234567890123456789012345678901";
    for (unsigned i = 11; i < options.body_tokens; ++i) body.append(" ").append(kWords[i * 5 % 8]);
    body += "\"}],\"max_tokens\":128";
    if (options.stream) body += ",\"stream\":true,\"stream_options\":{\"include_usage\":true}";
    body += "}";
  }
  return "POST " + options.path + " HTTP/1.1\r\nHost: " + options.authority +
         "\r\nContent-Type: application/json\r\nAccept: " +
         (options.stream ? "text/event-stream" : "application/json") +
         "\r\nAccept-Encoding: identity\r\nUser-Agent: floor\r\nx-request-id: 01234567890123456789012345678901" +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

int connect_one(const Options& options) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket", errno);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&options.target), sizeof options.target) != 0) {
    fail("connect to " + options.authority, errno);
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

size_t learn_response_size(const Options& options, const std::string& request) {
  const int fd = connect_one(options);
  size_t sizes[3] = {};
  std::vector<char> scratch(1 << 18);
  for (size_t& size : sizes) {
    for (size_t sent = 0; sent < request.size();) {
      const ssize_t n = send(fd, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) fail("send", errno);
      sent += static_cast<size_t>(n);
    }
    for (;;) {
      pollfd ready{fd, POLLIN, 0};
      if (poll(&ready, 1, size == 0 ? 5'000 : kQuietMs) == 0) break;
      const ssize_t n = recv(fd, scratch.data(), scratch.size(), 0);
      if (n < 0) fail("receive", errno);
      if (n == 0) fail("the server closed the connection: the floor needs keep-alive");
      if (size == 0 && std::string_view(scratch.data(), static_cast<size_t>(n)).substr(8, 4) != " 200") {
        fail("the server answered '" + std::string(scratch.data(), static_cast<size_t>(n)).substr(0, 60) + "'");
      }
      size += static_cast<size_t>(n);
    }
    if (size == 0) fail("no response within 5 s");
  }
  close(fd);
  if (sizes[0] != sizes[1] || sizes[1] != sizes[2]) {
    fail("responses vary in size (" + std::to_string(sizes[0]) + ", " + std::to_string(sizes[1]) + ", " +
         std::to_string(sizes[2]) + " bytes): the floor counts bytes and needs a fixed one");
  }
  return sizes[0];
}

double seconds_of(const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; }

double now_seconds() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

class Floor {
 public:
  Floor(const Options& options, std::string request, size_t response_size)
      : options_(options), request_(std::move(request)), response_size_(response_size), received_(options.connections) {
    open_ring();
    install_connections();
    install_buffers();
  }

  void run() {
    for (unsigned i = 0; i < options_.connections; ++i) {
      arm(i);
      send_request(i);
    }
    loop_until(now_seconds() + kWarmupSeconds);
    rusage before, after;
    const uint64_t first = responses_;
    const double start = now_seconds();
    getrusage(RUSAGE_SELF, &before);
    loop_until(start + options_.seconds);
    getrusage(RUSAGE_SELF, &after);
    const double wall = now_seconds() - start;
    print(responses_ - first, wall, before, after);
  }

 private:
  void open_ring() {
    io_uring_params params{};
    params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL |
                   IORING_SETUP_CQSIZE;
    params.cq_entries = 16384;
    if (const int r = io_uring_queue_init_params(4096, &ring_, &params); r < 0) fail("io_uring_setup", -r);
    if (const int r = io_uring_register_ring_fd(&ring_); r < 0) fail("registering the ring", -r);
  }

  // Connected by plain system calls, then moved into the ring's file table: the fds are closed again.
  void install_connections() {
    std::vector<int> fds;
    for (unsigned i = 0; i < options_.connections; ++i) fds.push_back(connect_one(options_));
    if (const int r = io_uring_register_files(&ring_, fds.data(), static_cast<unsigned>(fds.size())); r < 0) {
      fail("registering the connections", -r);
    }
    for (const int fd : fds) close(fd);
  }

  void install_buffers() {
    void* memory = mmap(nullptr, options_.buffers * sizeof(io_uring_buf), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) fail("mmap", errno);
    buffer_ring_ = static_cast<io_uring_buf_ring*>(memory);
    io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<uint64_t>(memory);
    registration.ring_entries = options_.buffers;
    registration.bgid = kBufferGroup;
    if (const int r = io_uring_register_buf_ring(&ring_, &registration, 0); r < 0) fail("registering buffers", -r);
    storage_.resize(static_cast<size_t>(options_.buffers) * options_.buffer_size);
    for (unsigned i = 0; i < options_.buffers; ++i) give_back(static_cast<uint16_t>(i));
    publish_buffers();
  }

  void give_back(uint16_t id) {
    io_uring_buf_ring_add(buffer_ring_, storage_.data() + static_cast<size_t>(id) * options_.buffer_size,
                          options_.buffer_size, id, io_uring_buf_ring_mask(options_.buffers), returned_++);
  }

  void publish_buffers() {
    io_uring_buf_ring_advance(buffer_ring_, returned_);
    returned_ = 0;
  }

  io_uring_sqe* sqe() {
    io_uring_sqe* entry = io_uring_get_sqe(&ring_);
    if (entry == nullptr) {
      io_uring_submit(&ring_);
      entry = io_uring_get_sqe(&ring_);
    }
    return entry;
  }

  void arm(unsigned connection) {
    io_uring_sqe* entry = sqe();
    io_uring_prep_recv_multishot(entry, static_cast<int>(connection), nullptr, 0, 0);
    entry->flags |= IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT;
    entry->buf_group = kBufferGroup;
    io_uring_sqe_set_data64(entry, connection);
  }

  void send_request(unsigned connection) {
    io_uring_sqe* entry = sqe();
    io_uring_prep_send(entry, static_cast<int>(connection), request_.data(), request_.size(),
                       MSG_WAITALL | MSG_NOSIGNAL);
    entry->flags |= IOSQE_FIXED_FILE;
    io_uring_sqe_set_data64(entry, kSendTag | connection);
    if (++unsent_ == options_.batch) {
      io_uring_submit(&ring_);
      unsent_ = 0;
    }
  }

  void on_completion(const io_uring_cqe& cqe) {
    const unsigned connection = static_cast<unsigned>(cqe.user_data);
    if ((cqe.user_data & kSendTag) != 0) {
      if (cqe.res != static_cast<int>(request_.size())) fail("send came up short", cqe.res < 0 ? -cqe.res : EIO);
      return;
    }
    if (cqe.res == -ENOBUFS) {
      starved_.push_back(connection);
      return;
    }
    if (cqe.res <= 0) fail("the server closed a connection", cqe.res < 0 ? -cqe.res : EPIPE);
    give_back(static_cast<uint16_t>(cqe.flags >> IORING_CQE_BUFFER_SHIFT));
    if ((cqe.flags & IORING_CQE_F_MORE) == 0) arm(connection);
    size_t& received = received_[connection];
    received += static_cast<size_t>(cqe.res);
    if (received < response_size_) return;
    if (received > response_size_) fail("a response was longer than the first ones", EPROTO);
    received = 0;
    ++responses_;
    send_request(connection);
  }

  void loop_until(double end) {
    double progress_at = now_seconds();
    uint64_t progress = responses_;
    for (double now = progress_at; now < end; now = now_seconds()) {
      if (progress != responses_) {
        progress = responses_;
        progress_at = now;
      } else if (now - progress_at > 5) {
        fail("no response for 5 s: one was shorter than the first ones, or the server hangs", ETIMEDOUT);
      }
      unsent_ = 0;
      __kernel_timespec limit{.tv_sec = 1, .tv_nsec = 0};
      io_uring_cqe* first = nullptr;
      io_uring_submit_and_wait_timeout(&ring_, &first, 1, &limit, nullptr);
      unsigned head, seen = 0;
      io_uring_cqe* cqe;
      io_uring_for_each_cqe(&ring_, head, cqe) {
        on_completion(*cqe);
        ++seen;
      }
      io_uring_cq_advance(&ring_, seen);
      publish_buffers();
      for (const unsigned connection : starved_) arm(connection);
      starved_.clear();
    }
  }

  void print(uint64_t requests, double wall, const rusage& before, const rusage& after) const {
    const double n = static_cast<double>(requests);
    const double user = (seconds_of(after.ru_utime) - seconds_of(before.ru_utime)) * 1e6 / n;
    const double sys = (seconds_of(after.ru_stime) - seconds_of(before.ru_stime)) * 1e6 / n;
    std::printf("{\"requests\": %llu, \"seconds\": %.3f, \"rps\": %.0f, \"cpu_user_us\": %.3f, \"cpu_sys_us\": %.3f, "
                "\"cpu_us\": %.3f, \"request_bytes\": %zu, \"response_bytes\": %zu}\n",
                static_cast<unsigned long long>(requests), wall, n / wall, user, sys, user + sys, request_.size(),
                response_size_);
  }

  const Options& options_;
  const std::string request_;
  const size_t response_size_;
  io_uring ring_{};
  io_uring_buf_ring* buffer_ring_ = nullptr;
  std::vector<char> storage_;
  std::vector<size_t> received_;  // bytes of the open response, by connection
  std::vector<unsigned> starved_;  // receives that ended for want of a buffer
  int returned_ = 0;
  unsigned unsent_ = 0;
  uint64_t responses_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  if (options.pin >= 0) {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(static_cast<size_t>(options.pin), &cpus);
    if (sched_setaffinity(0, sizeof cpus, &cpus) != 0) fail("--pin", errno);
  }
  const std::string request = render_request(options);
  const size_t response_size = learn_response_size(options, request);
  Floor(options, request, response_size).run();
}
