// Servers that a client must not speak to, each with its reason; and the same with verification off.
#include <cstdlib>

#include "world.h"

namespace ringload::tls::test {
namespace {

using State = Filter::State;

struct Refusal {
  std::string name;
  std::string host;
  std::string certificate_file;
  std::string reason;        // of CERTIFICATE_VERIFY_FAILED
  std::string server_hears;  // the alert
};

std::vector<Refusal> refusals() {
  World& world = World::get();
  const CertificateSpec good{.dns_names = {"gw.example"}};
  const auto of = [&](auto change) {
    CertificateSpec spec = good;
    change(spec);
    return world.leaf(spec);
  };
  const Issued self_signed = issue(good, nullptr);
  const Issued stranger = issue({.common_name = "stranger", .authority = true}, nullptr);
  const Issued strangers_leaf = issue(good, &stranger);
  const Issued no_authority = issue({.common_name = "no authority"}, &world.middle);
  const Issued signed_by_a_leaf = issue(good, &no_authority);
  const Issued old_root = issue({.common_name = "middle of old", .authority = true, .valid_to = -60}, &world.root);
  const Issued of_old = issue(good, &old_root);
  const Folder& folder = world.folder;
  return {
      {"expired", "gw.example", of([](auto& s) { s.valid_to = -60; }), "certificate has expired",
       "SSLV3_ALERT_CERTIFICATE_EXPIRED"},
      {"not_yet_valid", "gw.example", of([](auto& s) { s.valid_from = kDay; }), "certificate is not yet valid",
       "SSLV3_ALERT_CERTIFICATE_EXPIRED"},
      {"wrong_host", "other.example", of([](auto&) {}), "Hostname mismatch", "SSLV3_ALERT_BAD_CERTIFICATE"},
      {"subdomain", "a.gw.example", of([](auto&) {}), "Hostname mismatch", "SSLV3_ALERT_BAD_CERTIFICATE"},
      {"wildcard_of_two_labels", "a.b.wild.example", of([](auto& s) { s.dns_names = {"*.wild.example"}; }),
       "Hostname mismatch", "SSLV3_ALERT_BAD_CERTIFICATE"},
      {"wrong_address", "127.0.0.2", of([](auto& s) { s.addresses = {"127.0.0.1"}; }), "IP address mismatch",
       "SSLV3_ALERT_BAD_CERTIFICATE"},
      {"address_as_a_dns_name", "127.0.0.1", of([](auto& s) { s.dns_names = {"127.0.0.1"}; }), "IP address mismatch",
       "SSLV3_ALERT_BAD_CERTIFICATE"},
      {"self_signed", "gw.example", folder.write("self.pem", {&self_signed}, self_signed.key.get()),
       "self signed certificate", "TLSV1_ALERT_UNKNOWN_CA"},
      {"unknown_ca", "gw.example", folder.write("stranger.pem", {&strangers_leaf, &stranger}, strangers_leaf.key.get()),
       "self signed certificate in certificate chain", "TLSV1_ALERT_UNKNOWN_CA"},
      {"unknown_ca_not_sent", "gw.example",
       folder.write("stranger2.pem", {&strangers_leaf}, strangers_leaf.key.get()),
       "unable to get local issuer certificate", "TLSV1_ALERT_UNKNOWN_CA"},
      {"missing_intermediate", "gw.example", world.leaf(good, false), "unable to get local issuer certificate",
       "TLSV1_ALERT_UNKNOWN_CA"},
      {"signed_by_a_leaf", "gw.example",
       folder.write("byleaf.pem", {&signed_by_a_leaf, &no_authority, &world.middle}, signed_by_a_leaf.key.get()),
       "invalid CA certificate", "SSLV3_ALERT_BAD_CERTIFICATE"},
      {"expired_intermediate", "gw.example", folder.write("ofold.pem", {&of_old, &old_root}, of_old.key.get()),
       "certificate has expired", "SSLV3_ALERT_CERTIFICATE_EXPIRED"},
  };
}

TEST(Refusals, EachHasItsReasonAndNothingIsSent) {
  World& world = World::get();
  const auto client = world.trusting_client();
  for (const Refusal& each : refusals()) {
    for (const Version version : {Version::tls1_2, Version::tls1_3}) {
      SCOPED_TRACE(each.name + (version == Version::tls1_2 ? " 1.2" : " 1.3"));
      const auto server =
          world.server({.certificate_file = each.certificate_file, .lowest = version, .highest = version});
      Peer peer(each.host);
      Pair pair(*client, *server, peer);
      pair.run();
      EXPECT_EQ(pair.client.filter.state(), State::failed);
      EXPECT_FALSE(pair.client.filter.out_of_memory());
      EXPECT_FALSE(pair.client.filter.write(std::string_view("POST / HTTP/1.1")));
      EXPECT_EQ(pair.server.received, "");
      EXPECT_FALSE(peer.has_ticket());
      // The two have one thread, and so one text: the server's, whom the alert reached last.
      EXPECT_EQ(pair.server.filter.state(), State::failed);
      EXPECT_EQ(pair.server.filter.failure(), each.server_hears);
    }
  }
}

std::string failure_of(const Context& client, const Context& server, const std::string& host) {
  Peer peer(host);
  Pair pair(client, server, peer);
  for (int i = 0; i < 10 && pair.client.filter.state() == State::handshaking; ++i) {
    pair.feed(pair.server, pair.take(pair.client));
    pair.feed(pair.client, pair.take(pair.server));
  }
  return pair.client.filter.state() == State::failed ? std::string(pair.client.filter.failure()) : "";
}

TEST(Refusals, AreToldInWords) {
  World& world = World::get();
  const auto client = world.trusting_client();
  for (const Refusal& each : refusals()) {
    const auto server = world.server({.certificate_file = each.certificate_file});
    EXPECT_EQ(failure_of(*client, *server, each.host), "CERTIFICATE_VERIFY_FAILED: " + each.reason) << each.name;
  }
}

TEST(Refusals, InsecureAcceptsThemAll) {
  World& world = World::get();
  const auto client = world.client({.verify = false});
  for (const Refusal& each : refusals()) {
    const auto server = world.server({.certificate_file = each.certificate_file});
    EXPECT_EQ(failure_of(*client, *server, each.host), "") << each.name;
  }
}

TEST(Refusals, TooOldServer) {
  World& world = World::get();
  for (const bool verify : {true, false}) {
    const auto client = world.client({.verify = verify, .ca_file = world.ca});
    for (const Version version : {Version::tls1_0, Version::tls1_1})
      EXPECT_EQ(failure_of(*client, *world.good_server(version), "gw.example"), "TLSV1_ALERT_PROTOCOL_VERSION");
  }
}

TEST(Accepted, NamesAndAddresses) {
  World& world = World::get();
  const auto client = world.trusting_client();
  for (const char* host : {"gw.example", "GW.example", "gw.example.", "a.wild.example", "127.0.0.1", "::1"})
    EXPECT_EQ(failure_of(*client, *world.good_server(), host), "") << host;
}

TEST(Accepted, SelfSignedServerWhoseCertificateIsTrusted) {
  World& world = World::get();
  const Issued self_signed = issue({.common_name = "localhost", .dns_names = {"localhost"}}, nullptr);
  const std::string file = world.folder.write("own.pem", {&self_signed}, self_signed.key.get());
  const auto client = world.client({.ca_file = file});
  EXPECT_EQ(failure_of(*client, *world.server({.certificate_file = file}), "localhost"), "");
}

TEST(Accepted, IntermediateAsTheTrustedOne) {
  World& world = World::get();
  const auto client = world.client({.ca_file = world.folder.write("middle.pem", {&world.middle})});
  const auto server = world.server({.certificate_file = world.leaf({.dns_names = {"gw.example"}}, false)});
  EXPECT_EQ(failure_of(*client, *server, "gw.example"), "");
}

TEST(ClientCertificate, ShownWhenDemanded) {
  World& world = World::get();
  const std::string identity = world.leaf({.common_name = "client"});
  for (const Version version : {Version::tls1_2, Version::tls1_3}) {
    const auto server = world.server({.certificate_file = world.leaf({.dns_names = {"gw.example"}}),
                                      .client_ca_file = world.ca,
                                      .lowest = version,
                                      .highest = version});
    const auto known = world.client({.ca_file = world.ca, .certificate_file = identity});
    Peer peer("gw.example");
    for (int i = 0; i < 2; ++i) {
      Pair pair(*known, *server, peer);
      pair.run();
      // The server's ticket goes with its first bytes; until then nothing is sent to one that might yet object.
      const bool waits = version == Version::tls1_3 && i == 0;
      EXPECT_EQ(pair.client.filter.state(), waits ? State::unconfirmed : State::open);
      EXPECT_NE(pair.client.filter.write(std::string_view("POST")), waits);
      ASSERT_TRUE(pair.server.filter.write(std::string_view("hello")));
      pair.run();
      EXPECT_EQ(pair.server.filter.state(), State::open);
      EXPECT_EQ(pair.client.filter.state(), State::open);
      EXPECT_EQ(pair.client.filter.resumed(), i > 0);
    }

    const auto anonymous = world.trusting_client();
    Peer other("gw.example");
    Pair pair(*anonymous, *server, other);
    pair.run();
    EXPECT_EQ(pair.client.filter.state(), State::failed);
    EXPECT_EQ(pair.client.filter.failure(), version == Version::tls1_3 ? "TLSV1_ALERT_CERTIFICATE_REQUIRED"
                                                                       : "SSLV3_ALERT_HANDSHAKE_FAILURE");
  }
}

TEST(ClientCertificate, OfAnUnknownAuthorityIsRefused) {
  World& world = World::get();
  const Issued stranger = issue({.common_name = "stranger", .authority = true}, nullptr);
  const Issued leaf = issue({.common_name = "client"}, &stranger);
  const std::string identity = world.folder.write("strange-client.pem", {&leaf}, leaf.key.get());
  const auto client = world.client({.ca_file = world.ca, .certificate_file = identity});
  const auto server =
      world.server({.certificate_file = world.leaf({.dns_names = {"gw.example"}}), .client_ca_file = world.ca});
  Peer peer("gw.example");
  Pair pair(*client, *server, peer);
  pair.run();
  EXPECT_EQ(pair.client.filter.state(), State::failed);
  EXPECT_EQ(pair.client.filter.failure(), "TLSV1_ALERT_UNKNOWN_CA");
}

}  // namespace
}  // namespace ringload::tls::test
