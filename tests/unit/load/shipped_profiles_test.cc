#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "load/conversation.h"
#include "load_testing.h"

namespace ringload::load {
namespace {

namespace fs = std::filesystem;

std::set<std::string> shipped_names() {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(PROFILES_DIR)) {
    if (entry.path().extension() == ".json") names.insert(entry.path().stem().string());
  }
  return names;
}

TEST(ShippedProfiles, AreAllThere) {
  const std::set<std::string> expected = {
      "ai-gateway", "baseline", "burst", "context-sizes", "cross-ingress", "litellm-1k", "litellm-rate-limited", "outage",
      "perf-128-nonstream", "perf-128-stream", "perf-550-nonstream", "perf-550-stream", "perf-hotpath-nonstream",
      "perf-hotpath-stream", "realistic", "spike", "sustained"};
  EXPECT_EQ(shipped_names(), expected);
}

TEST(ShippedProfiles, LoadByNameAndSendOnlyToThisHost) {
  for (const std::string& name : shipped_names()) {
    SCOPED_TRACE(name);
    const auto profile = load_profile_file(name, {PROFILES_DIR}, test_environment({}, {}), {});
    EXPECT_FALSE(profile);  // that environment has no files: the path must have been looked up in the folder
    const auto real = load_profile_file(name, {"/nonexistent", PROFILES_DIR}, Environment::process(), {});
    ASSERT_TRUE(real) << all_text(real.error());
    EXPECT_EQ(real->name, name);
    EXPECT_TRUE(validate_effective(*real).empty()) << all_text(validate_effective(*real));
    EXPECT_TRUE(real->notes.empty()) << real->notes.front();
    for (const Scenario& scenario : real->scenarios) EXPECT_EQ(scenario.target.host, "127.0.0.1") << scenario.name;
    const auto workload = good_workload(*real, {.version = "test"});
    ASSERT_NE(workload, nullptr);
    // Every scenario makes a whole conversation within its planned bounds.
    for (const ScenarioPlan& plan : workload->scenarios()) {
      std::vector<char> memory(plan.conversation_bytes + 8);
      std::vector<std::string_view> spans(plan.max_pieces);
      Conversation conversation;
      for (uint64_t k = 0; k < 20; ++k) {
        conversation.begin(plan, {1, 2, k, 0}, memory);
        do {
          BodyWriter body(spans);
          conversation.encode(body);
          EXPECT_FALSE(body.overflow());
          EXPECT_LE(body.bytes(), plan.max_body_bytes);
        } while (conversation.finish_turn(std::min<size_t>(conversation.reply_space().size(), 10)));
      }
    }
    // And what is printed is a profile again.
    EXPECT_EQ(errors_of(print_profile(*real)), "");
  }
}

TEST(ShippedProfiles, AnUnknownNameSaysWhatThereIs) {
  const auto profile = load_profile_file("perf-128-streem", {PROFILES_DIR}, Environment::process());
  ASSERT_FALSE(profile);
  const std::string text = all_text(profile.error());
  EXPECT_NE(text.find("did you mean \"perf-128-stream\"?"), std::string::npos) << text;
  EXPECT_NE(text.find("Shipped: ai-gateway, baseline"), std::string::npos) << text;
  EXPECT_NE(all_text(load_profile_file("./no/such.json", {}, Environment::process()).error()).find("No such file"),
            std::string::npos);
}

}  // namespace
}  // namespace ringload::load
