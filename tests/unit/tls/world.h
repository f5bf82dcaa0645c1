// One authority with an intermediate, and the servers that tests need of it.
#pragma once
#include <gtest/gtest.h>

#include "certificates.h"
#include "pair.h"

namespace ringload::tls::test {

struct World {
  Folder folder;
  Issued root = issue({.common_name = "root", .authority = true}, nullptr);
  Issued middle = issue({.common_name = "middle", .authority = true}, &root);
  std::string ca = folder.write("ca.pem", {&root});

  static World& get() {
    static World world;
    return world;
  }

  // Chain and key of a new leaf in one file.
  std::string leaf(const CertificateSpec& spec, bool with_middle = true) {
    const Issued leaf = issue(spec, &middle);
    const std::string name = "leaf" + std::to_string(++leaves_) + ".pem";
    if (with_middle) return folder.write(name, {&leaf, &middle}, leaf.key.get());
    return folder.write(name, {&leaf}, leaf.key.get());
  }

  std::shared_ptr<const Context> client(ClientOptions options) {
    auto made = Context::client(options);
    EXPECT_TRUE(made) << (made ? "" : made.error());
    return made ? *made : nullptr;
  }
  std::shared_ptr<const Context> trusting_client() { return client({.ca_file = ca}); }
  std::shared_ptr<const Context> server(ServerOptions options) {
    auto made = Context::server(options);
    EXPECT_TRUE(made) << (made ? "" : made.error());
    return made ? *made : nullptr;
  }
  // For "gw.example", and the addresses 127.0.0.1 and ::1.
  std::shared_ptr<const Context> good_server(Version version = Version::tls1_3) {
    static const std::string file =
        leaf({.dns_names = {"gw.example", "*.wild.example"}, .addresses = {"127.0.0.1", "::1"}});
    return server({.certificate_file = file, .lowest = version, .highest = version});
  }

 private:
  int leaves_ = 0;
};

}  // namespace ringload::tls::test
