#include "net/resolver.h"

#include <gtest/gtest.h>

namespace ringload::net {
namespace {

std::string shown(const FixedName& name) {
  std::string text = name.host + " " + std::to_string(name.port);
  for (const Address& address : name.addresses) text += " " + address.text();
  return text;
}

TEST(FixedName, Forms) {
  const auto read = [](std::string_view text) {
    const auto name = parse_fixed_name(text);
    return name ? shown(*name) : "refused: " + name.error().substr(0, name.error().find(';'));
  };
  EXPECT_EQ(read("gw.example:443:10.0.0.7"), "gw.example 443 10.0.0.7:443");
  EXPECT_EQ(read("GW.example:443:10.0.0.7,10.0.0.8"), "gw.example 443 10.0.0.7:443 10.0.0.8:443");
  EXPECT_EQ(read("gw.example:443:[::1]"), "gw.example 443 [::1]:443");
  EXPECT_EQ(read("gw.example:443:::1"), "gw.example 443 [::1]:443");
  EXPECT_EQ(read("[::1]:8443:127.0.0.1"), "::1 8443 127.0.0.1:8443");
  EXPECT_EQ(read(""), "refused: no port");
  EXPECT_EQ(read("gw.example"), "refused: no port");
  EXPECT_EQ(read(":443:10.0.0.7"), "refused: no port");
  EXPECT_EQ(read("[::1"), "refused: no port");
  EXPECT_EQ(read("gw.example:443"), "refused: no address");
  EXPECT_EQ(read("gw.example:443:"), "refused: what stands as address is none");
  EXPECT_EQ(read("gw.example:443:10.0.0.7,"), "refused: what stands as address is none");
  EXPECT_EQ(read("gw.example:443:elsewhere"), "refused: what stands as address is none");
  for (const char* port : {"0", "65536", "-1", "x", "44x"})
    EXPECT_EQ(read("gw.example:" + std::string(port) + ":10.0.0.7"), "refused: what stands as port is none");
}

TEST(FixedName, StandsBeforeTheResolver) {
  const std::vector<FixedName> fixed{*parse_fixed_name("no-such-host.invalid:443:127.0.0.9")};
  const auto found = resolve("no-such-host.invalid", 443, fixed);
  ASSERT_TRUE(found) << found.error();
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ(found->front().text(), "127.0.0.9:443");
  EXPECT_EQ(resolve("127.0.0.1", 443, fixed)->front().text(), "127.0.0.1:443");
}

}  // namespace
}  // namespace ringload::net
