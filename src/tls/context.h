// What all TLS connections of one side have in common: certificates, keys, whom to trust, versions. Made once, before
// any connection, and shared by all threads; the connections themselves are Filters.
#pragma once
#include <cstdint>
#include <expected>
#include <memory>
#include <string>

struct ssl_ctx_st;
struct x509_store_st;

namespace ringload::tls {

enum class Version : uint16_t { tls1_0 = 0x0301, tls1_1, tls1_2, tls1_3 };

struct ClientOptions {
  bool verify = true;            // the peer's certificate chain and its name
  std::string ca_file;           // PEM, whom to trust; empty: the system's bundle
  std::string certificate_file;  // PEM, our own chain, leaf first; empty: none
  std::string key_file;          // PEM, its key; empty: in certificate_file
};

struct ServerOptions {
  std::string certificate_file;  // PEM, leaf first
  std::string key_file;          // empty: in certificate_file
  std::string client_ca_file;    // demand a certificate of the client's that this file's CAs have signed; empty: none
  Version lowest = Version::tls1_2;
  Version highest = Version::tls1_3;
};

class Context {
 public:
  // The error is a sentence that names the file.
  static std::expected<std::shared_ptr<const Context>, std::string> client(const ClientOptions& options);
  static std::expected<std::shared_ptr<const Context>, std::string> server(const ServerOptions& options);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  bool is_server() const { return is_server_; }

 private:
  friend class Filter;
  Context() = default;
  std::expected<void, std::string> trust(const std::string& file);

  ssl_ctx_st* context_ = nullptr;
  x509_store_st* trust_ = nullptr;      // null: the peer is not checked
  x509_store_st* own_trust_ = nullptr;  // … when it is not the process's
  bool is_server_ = false;
};

}  // namespace ringload::tls
