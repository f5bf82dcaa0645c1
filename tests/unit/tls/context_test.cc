// Files that a context is made of: every wrong one is named.
#include "world.h"

namespace ringload::tls::test {
namespace {

std::string error_of(const ClientOptions& options) {
  const auto made = Context::client(options);
  return made ? "" : made.error();
}

TEST(Context, TrustsTheSystemWithoutACaFile) { EXPECT_EQ(error_of({}), ""); }

TEST(Context, NamesTheFileAtFault) {
  World& world = World::get();
  const std::string nowhere = world.folder.path("nowhere.pem");
  const std::string empty = world.folder.write("empty.pem", std::string());
  const std::string words = world.folder.write("words.pem", std::string("these are no certificates\n"));
  const std::string identity = world.leaf({});
  EXPECT_EQ(error_of({.ca_file = nowhere}), "cannot read \"" + nowhere + "\": No such file or directory");
  EXPECT_EQ(error_of({.ca_file = empty}), "\"" + empty + "\" holds no certificate in PEM form");
  EXPECT_EQ(error_of({.ca_file = words}), "\"" + words + "\" holds no certificate in PEM form");
  EXPECT_EQ(error_of({.ca_file = world.ca, .certificate_file = nowhere}),
            "cannot read \"" + nowhere + "\": No such file or directory");
  EXPECT_EQ(error_of({.ca_file = world.ca, .certificate_file = identity, .key_file = words}),
            "\"" + words + "\" holds no private key in PEM form without a pass phrase (NO_START_LINE)");
  EXPECT_EQ(error_of({.ca_file = world.ca, .certificate_file = world.ca}),
            "\"" + world.ca + "\" holds no private key in PEM form without a pass phrase (NO_START_LINE)");
}

TEST(Context, RefusesAKeyOfAnotherCertificate) {
  World& world = World::get();
  const std::string identity = world.leaf({}), other = world.leaf({});
  EXPECT_EQ(error_of({.ca_file = world.ca, .certificate_file = identity, .key_file = other}),
            "the key of \"" + other + "\" and the certificate of \"" + identity +
                "\" do not go together (CERTIFICATE_AND_PRIVATE_KEY_MISMATCH)");
}

TEST(Context, RefusesAKeyWithAPassPhraseInsteadOfAsking) {
  World& world = World::get();
  const std::string locked = world.folder.write(
      "locked.pem", std::string("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
                                "DEK-Info: AES-128-CBC,000102030405060708090A0B0C0D0E0F\n\nAAAA\n"
                                "-----END RSA PRIVATE KEY-----\n"));
  EXPECT_NE(error_of({.ca_file = world.ca, .certificate_file = world.leaf({}), .key_file = locked})
                .find("without a pass phrase"),
            std::string::npos);
}

TEST(Context, OneUnreadableCertificateDoesNotSpoilABundle) {
  World& world = World::get();
  const std::string good = world.folder.write("one.pem", {&world.root});
  std::FILE* file = std::fopen(good.c_str(), "ab");
  std::fputs("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", file);
  std::fclose(file);
  EXPECT_EQ(error_of({.ca_file = good}), "");
}

}  // namespace
}  // namespace ringload::tls::test
