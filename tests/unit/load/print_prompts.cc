// Prints sized prompts as JSON lines {"tokens": promised, "mode": cache mode, "prompt": text}, for tests/e2e/tokens to
// count with real tokenizers.
#include <cstdio>

#include "load/conversation.h"
#include "load/json_value.h"
#include "ringload/profile_load.h"

int main() {
  using namespace ringload;
  for (const char* mode : {"bust", "natural", "shared-prefix"}) {
    for (const int tokens : {128, 550, 2'000, 12'500, 100'000}) {
      const std::string text = R"({"defaults": {"target": "http://h"}, "cache_mode": ")" + std::string(mode) +
                               R"(", "scenarios": [{"content": {"approx_input_tokens": )" + std::to_string(tokens) + "}}]}";
      const auto profile = parse_profile(text, "", Environment::process());
      if (!profile) return 1;
      const auto workload = load::Workload::make(*profile, {.seed = 7});
      if (!workload) return 1;
      const load::ScenarioPlan& plan = (*workload)->scenarios()[0];
      std::vector<char> memory(plan.conversation_bytes);
      load::Conversation conversation;
      for (uint64_t k = 0; k < 5; ++k) {
        conversation.begin(plan, {1, 0, k, 0}, memory);
        std::vector<std::string_view> spans(plan.max_pieces);
        BodyWriter body(spans);
        conversation.encode(body);
        std::string joined;
        for (const std::string_view span : body.spans()) joined += span;
        const load::JsonDocument document(joined);
        const std::string& prompt = document.root().find("messages")->items.at(0).find("content")->text;
        std::printf("{\"tokens\":%d,\"mode\":\"%s\",\"prompt\":%s}\n", tokens, mode, load::quote(prompt).c_str());
      }
    }
  }
}
