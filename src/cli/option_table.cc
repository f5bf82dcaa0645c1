#include "cli/option_table.h"

namespace ringload::cli {
namespace {

constexpr CommandInfo kCommands[] = {
    {kRun, "run", "[URL]", "run a load and report it (the default command)"},
    {kMock, "mock", "", "serve an OpenAI- and Anthropic-compatible upstream on this host"},
    {kCheck, "check", "[URL]", "validate a profile and print the plan; sends nothing"},
    {kReport, "report", "FILE", "render a summary again, or rebuild one from a JSONL"},
    {kCompare, "compare", "A[,A2…] B[,B2…]", "compare summaries: what regressed"},
    {kMerge, "merge", "FILE…", "merge the summaries of several hosts, without loss"},
};

constexpr uint32_t kLoad = kRun | kCheck;
constexpr uint32_t kAll = kRun | kMock | kCheck | kReport | kCompare | kMerge;

constexpr Option kOptions[] = {
    // what
    {"config", 'c', Takes::one, "FILE|NAME", kLoad,
     "profile: a file, or a shipped one by name (default: one made from the flags: sized, 128 tokens in, 128 out, streamed)"},
    {"target", 0, Takes::one, "URL", kLoad,
     "where requests go; without a path, or ending in /v1, a base to which each protocol's path is appended"},
    {"model", 'm', Takes::one, "NAME", kLoad, "model of every scenario that names none"},
    {"protocol", 0, Takes::one, "NAME", kLoad, "wire format: openai-chat, anthropic, … (default openai-chat)"},
    {"stream", 0, Takes::one, "on|off", kLoad, "streamed answers (default: the profile's; on without a profile)"},
    {"input-tokens", 0, Takes::one, "N", kLoad, "prompt size in tokens, the correlation UUID included (default 128 without a profile)"},
    {"max-tokens", 0, Takes::one, "N", kLoad, "max_tokens of each request (default 128 without a profile, else the profile's)"},
    {"prompt", 0, Takes::one, "TEXT|@FILE", kLoad, "send this prompt instead; {uuid} in it is new in each request"},
    {"extra-body", 0, Takes::one, "JSON", kLoad, "an object merged into each request's body; null removes a key"},
    // how much
    {"stages", 0, Takes::one, "LIST", kLoad, "comma-separated stages: 100:60s (100 VUs for 60 s), 1-100:30s (ramp)"},
    {"concurrency", 'n', Takes::one, "N", kLoad, "VUs of a single closed stage (default 10)"},
    {"duration", 'd', Takes::one, "D", kLoad, "length of a single stage, like 90s or 1h30m (default 30s)"},
    {"rate", 'r', Takes::one, "R", kLoad, "requests/s of a single open stage: 500, 20k, 10000/m"},
    {"requests", 0, Takes::one, "N", kLoad, "end the single stage after N steady requests (default: none; its duration counts)"},
    {"warmup", 0, Takes::one, "D", kLoad, "start of every stage that no figure includes (default: the profile's, 0s)"},
    {"timeout", 0, Takes::one, "D", kLoad, "of one request, connecting included (default 120s)"},
    {"seed", 0, Takes::one, "N", kLoad, "of everything that is drawn (default 1)"},
    // keys and headers
    {"vk", 'k', Takes::one, "KEY", kLoad, "sets Authorization: Bearer KEY on every scenario", "api-key", true},
    {"vk-env", 0, Takes::one, "NAME", kLoad, "the same, from an environment variable: keeps the key out of the process list"},
    {"vk-file", 0, Takes::one, "FILE", kLoad, "the same, from a file"},
    {"auth", 0, Takes::one, "KIND", kLoad, "header that the key fills: bearer, x-api-key, api-key, none (default bearer)"},
    {"header", 'H', Takes::many, "'K: V'", kLoad, "a header set on every scenario, after --vk; repeatable", {}, true},
    // the generator
    {"shards", 0, Takes::one, "N", kRun | kCheck | kMock, "threads, each with its own ring (default: one per allowed CPU less one, at least 1)"},
    {"cpu-list", 0, Takes::one, "LIST", kRun | kCheck, "CPUs that shards are pinned to, like 0-3,8 (default: the allowed ones)"},
    {"source-ip", 0, Takes::one, "LIST", kRun | kCheck, "local addresses to connect from, comma-separated, in turn (default: the kernel's choice)"},
    // outcome
    {"out", 0, Takes::one, "DIR", kLoad | kMerge, "directory of the outputs (default runs; none writes nothing)"},
    {"jsonl", 0, Takes::one, "on|off|sample:R", kLoad, "one line per turn; sample:0.01 keeps 1 % of conversations whole (default on)"},
    {"threshold", 0, Takes::many, "EXPR", kLoad, "a bound that fails the run, e.g. ttft_p95<=500ms, rag:error_rate<=1%; repeatable"},
    {"label", 0, Takes::many, "K=V", kRun, "noted in the summary; repeatable"},
    {"live", 0, Takes::one, "auto|plain|off", kRun, "progress on stderr (default auto)"},
    {"progress", 0, Takes::one, "D", kRun, "distance of progress lines off a terminal (default 30s, earlier ones at 1, 2, 5, 10 s)"},
    {"no-preflight", 0, Takes::nothing, "", kRun, "do not send one request per scenario before the load"},
    {"json", 0, Takes::nothing, "", kAll & ~uint32_t{kMock}, "print the summary as JSON instead of the report"},
    {"quiet", 'q', Takes::nothing, "", kAll, "print errors only"},
    {"no-color", 0, Takes::nothing, "", kAll, "no colour (also NO_COLOR; CLICOLOR_FORCE asks for it)"},
    {"core-dumps", 0, Takes::nothing, "", kRun, "allow core dumps: they can hold keys (default: not allowed)"},
    // check
    {"print-profile", 0, Takes::nothing, "", kCheck, "print the effective profile as JSON"},
    {"schema", 0, Takes::nothing, "", kCheck, "print the JSON Schema of profiles"},
    // report and compare
    {"format", 0, Takes::one, "F", kReport, "text, html, md, csv, prom, junit, hgrm, loadtest or json (default text)"},
    {"regress-pct", 0, Takes::one, "P", kCompare, "percent from which a change for the worse counts (default 10)"},
    {"run-noise", 0, Takes::one, "P", kCompare, "percent by which two runs of one thing differ (default 5)"},
    {"force", 0, Takes::nothing, "", kMerge, "merge even different profiles"},
    // mock
    {"listen", 0, Takes::one, "ADDR:PORT", kMock, "where to listen; port 0 lets the kernel choose (default 127.0.0.1:8080)"},
    {"ttft", 0, Takes::one, "DIST", kMock, "time to the first token: 20ms, uniform(5ms,30ms), exp(20ms), lognormal(p50=200ms,p99=900ms) (default 0)"},
    {"itl", 0, Takes::one, "DIST", kMock, "time between tokens, the same forms (default 0)"},
    {"output-tokens", 0, Takes::one, "N", kMock, "tokens of an answer, max_tokens permitting (default: max_tokens, or 128)"},
};

}  // namespace

std::span<const CommandInfo> commands() { return kCommands; }
std::span<const Option> options() { return kOptions; }

const Option* find_option(std::string_view name) {
  for (const Option& option : kOptions)
    if (option.name == name || (!option.alias.empty() && option.alias == name)) return &option;
  return nullptr;
}

}  // namespace ringload::cli
