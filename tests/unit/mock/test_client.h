// A blocking client over a real socket, for tests of the whole server. It reads responses in its own simple way.
#pragma once
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>

#include "net/address.h"

namespace ringload::mock {

class TestClient {
 public:
  explicit TestClient(const net::Address& address) : fd_(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval timeout{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    const int one = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    EXPECT_EQ(::connect(fd_, &address.base, address.size), 0);
  }
  ~TestClient() { close(); }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  void send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;  // the server has closed: what it said is still there to be read
      text.remove_prefix(static_cast<size_t>(sent));
    }
  }
  void shut_down_sending() { ::shutdown(fd_, SHUT_WR); }

  // Appends what one read gives to the input; false at the end, whose errno error() then is (0: FIN).
  bool read_some() {
    char bytes[65536];
    const ssize_t got = ::recv(fd_, bytes, sizeof bytes, 0);
    error_ = got < 0 ? errno : 0;
    if (got <= 0) return false;
    input_.append(bytes, static_cast<size_t>(got));
    ++reads_;
    return true;
  }
  // Up to and including `text`; what came before when the connection ended first.
  std::string read_until(std::string_view text) {
    while (true) {
      const size_t at = input_.find(text);
      if (at != std::string::npos) return take(at + text.size());
      if (!read_some()) return take(input_.size());
    }
  }
  std::string read_bytes(size_t count) {
    while (input_.size() < count && read_some()) {
    }
    return take(std::min(count, input_.size()));
  }
  std::string read_to_end() {
    while (read_some()) {
    }
    return take(input_.size());
  }

  struct Response {
    std::string head;
    std::string body;  // dechunked
    int status() const { return head.size() > 12 ? std::atoi(head.c_str() + 9) : 0; }
    std::string field(std::string_view name) const {
      const std::string key = "\r\n" + std::string(name) + ": ";
      const size_t at = head.find(key);
      if (at == std::string::npos) return "";
      return head.substr(at + key.size(), head.find("\r\n", at + 2) - at - key.size());
    }
  };
  Response read_response() {
    Response response;
    response.head = read_until("\r\n\r\n");
    if (!response.field("content-length").empty()) {
      response.body = read_bytes(std::stoul(response.field("content-length")));
    } else if (response.field("transfer-encoding") == "chunked") {
      while (true) {
        const std::string line = read_until("\r\n");
        if (!line.ends_with("\r\n")) break;
        const size_t size = std::strtoul(line.c_str(), nullptr, 16);
        response.body += read_bytes(size);
        if (read_bytes(2) != "\r\n" || size == 0) break;
      }
    } else {
      response.body = read_to_end();
    }
    return response;
  }

  int error() const { return error_; }
  unsigned reads() const { return reads_; }

 private:
  std::string take(size_t count) {
    std::string text = input_.substr(0, count);
    input_.erase(0, count);
    return text;
  }

  int fd_;
  std::string input_;
  int error_ = 0;
  unsigned reads_ = 0;
};

}  // namespace ringload::mock
