#include "cli/option_table.h"

#include <algorithm>

namespace ringload::cli {
namespace {

constexpr CommandInfo kCommands[] = {
    {kRun, "run", "[URL]", "run a load and report it; the default when the first argument is a flag or a URL"},
    {kKnee, "knee", "[URL]", "find the highest open-loop rate at which a gateway still meets an SLO"},
    {kMock, "mock", "", "serve an OpenAI- and Anthropic-compatible upstream on this host"},
    {kCompare, "compare", "A[,A2,...] B[,B2,...]", "summaries before and after: what regressed; no load"},
    {kMerge, "merge", "FILE...", "the summaries of several hosts as one, without loss"},
    {kReport, "report", "FILE", "render a summary again, or rebuild one from a JSONL after a kill"},
    {kCheck, "check", "[URL]", "validate a profile and print the plan; sends nothing"},
    {kDoctor, "doctor", "", "is this host fit to generate load? Each fact rated, with its remedy; exit 1 when unfit"},
    {kCompletion, "completion", "bash|zsh|fish", "print a shell's completion script"},
};

constexpr uint32_t kLoad = kRun | kCheck;
constexpr uint32_t kSent = kLoad | kKnee;
constexpr uint32_t kAll = kRun | kMock | kCheck | kReport | kCompare | kMerge | kDoctor | kKnee;
constexpr Takes none = Takes::nothing, one = Takes::one, many = Takes::many;

constexpr Option kOptions[] = {
    // ---- what is sent ----
    {"config", 0, one, "FILE|NAME", Group::what, kSent,
     "profile: a file, or a shipped one by name (default: one is made from the flags: sized prompts of 128 tokens, "
     "max_tokens 128, streamed)"},
    {"target", 0, one, "URL", Group::what, kSent,
     "where requests go; without a path, or ending in /v1, a base to which each protocol's path is appended "
     "(default: the profile's)"},
    {"model", 'm', one, "NAME", Group::what, kSent, "model of every scenario that names none (default: the profile's)"},
    {"protocol", 0, one, "openai-chat|anthropic|openai-completions|openai-embeddings", Group::what, kSent,
     "wire format (default: the profile's, openai-chat)"},
    {"stream", 0, one, "on|off", Group::what, kSent, "streamed answers (default: the profile's; on without a profile)"},
    {"input-tokens", 0, one, "N", Group::what, kSent,
     "prompt size in tokens, the correlation UUID included (default: the profile's; 128 without one)"},
    {"max-tokens", 0, one, "N", Group::what, kSent,
     "max_tokens of each request, in tokens (default: the profile's; 128 without one)"},
    {"prompt", 0, one, "TEXT|@FILE", Group::what, kSent,
     "send this prompt; {uuid} in it is new in each request (default: the profile's content)"},
    {"extra-body", 0, one, "JSON", Group::what, kSent,
     "an object merged last into each request's body; null removes a key (default: the profile's)"},
    // ---- how much ----
    {"stages", 0, one, "LIST", Group::load, kLoad,
     "comma-separated: 100:60s (100 VUs for 60 s), @20000:60s (20,000 requests/s), 1-100:30s and @1000-20000:60s "
     "(ramps) (default: the profile's)"},
    {"rate", 'r', one, "R", Group::load, kLoad,
     "requests/s of a single open stage: 500, 20k, 10000/m (default: none, a closed stage)"},
    {"concurrency", 'c', one, "N", Group::load, kLoad, "VUs of a single closed stage (default: the profile's, 10)"},
    {"duration", 'd', one, "D", Group::load, kLoad,
     "length of a single stage, like 90s or 1h30m (default: the profile's, 30s)"},
    {"requests", 'n', one, "N", Group::load, kLoad,
     "end the single stage after N steady requests, or after an explicit --duration if that comes first (default: "
     "no such end)"},
    {"arrival", 0, one, "poisson|constant|gamma", Group::load, kSent,
     "how the requests of open stages are spread; knee: without gamma (default: the profile's, poisson; knee: "
     "poisson)"},
    {"burstiness", 0, one, "X", Group::load, kLoad,
     "of gamma arrivals: variance of the gaps over their squared mean; 1 is as poisson, 4 bursty (default: the "
     "profile's, 1)"},
    {"warmup", 0, one, "D", Group::load, kLoad,
     "start of every stage that no figure includes (default: the profile's, 0s)"},
    {"timeout", 0, one, "D", Group::load, kSent,
     "of one request, connecting included (default: the profile's, 120s)"},
    {"max-in-flight", 0, one, "N", Group::load, kSent,
     "requests in flight beyond which open stages shed (default: the least of rate times timeout, connections and "
     "ports)"},
    {"budget-usd", 0, one, "X", Group::load, kSent,
     "end the run at this cost in US dollars; needs the profile's prices (default: the profile's, none)"},
    {"abort-on", 0, many, "EXPR", Group::load, kLoad,
     "end the run early, with exit code 1, as soon as this holds, like 'error_rate>50%'; judged once a second on the "
     "stage so far; repeatable (default: none)"},
    {"seed", 0, one, "N", Group::load, kSent | kMock, "of everything that is drawn (default 1)"},
    {"start-at", 0, one, "TIME|+D", Group::load, kLoad,
     "begin the first stage then: RFC 3339, or +30s from now (default: at once)"},
    {"rank", 0, one, "I/N", Group::load, kLoad,
     "this host is number I, from 0, of N that share a load (default: the launcher's environment, else 0/1)"},
    // ---- keys and headers ----
    {"vk", 0, one, "KEY", Group::keys, kSent, "send Authorization: Bearer KEY in every scenario (default: none)",
     "api-key", true},
    {"vk-env", 0, one, "NAME", Group::keys, kSent,
     "the same, from an environment variable: keeps the key out of the process list (default: none)"},
    {"vk-file", 0, one, "FILE", Group::keys, kSent, "the same, from a file (default: none)"},
    {"auth", 0, one, "bearer|x-api-key|api-key|none", Group::keys, kSent,
     "header that the key fills (default: the profile's, bearer)"},
    {"header", 'H', many, "'K: V'", Group::keys, kSent,
     "a header set on every scenario, after --vk; repeatable (default: the profile's)", {}, true},
    // ---- outcome ----
    {"threshold", 0, many, "EXPR", Group::outcome, kLoad,
     "a bound that fails the run, like ttft_p95<=500ms, rag:ttft_p99<=2s or stage2:error_rate<=0; repeatable "
     "(default: the profile's)"},
    {"allow-invalid", 0, none, "", Group::outcome, kLoad,
     "do not exit 3 when the generator was the bottleneck (default: exit 3)"},
    {"out", 0, one, "DIR", Group::outcome, kSent | kMerge,
     "directory of the outputs; none writes nothing (default runs)"},
    {"jsonl", 0, one, "on|off|sample:R", Group::outcome, kLoad,
     "one line for each turn; sample:0.01 keeps 1 % of the conversations, whole (default on)"},
    {"html", 0, one, "on|off", Group::outcome, kLoad | kMerge, "a report as one HTML file (default on)"},
    {"prom-file", 0, one, "PATH", Group::outcome, kLoad,
     "write the Prometheus metrics to this name too, atomically (default: none)"},
    {"label", 0, many, "K=V", Group::outcome, kLoad, "noted in the summary; repeatable (default: none)"},
    {"compare", 0, one, "OLD,NEW", Group::outcome, kRun,
     "compare two summaries instead of running, as the command does (default: run)"},
    {"regress-pct", 0, one, "P", Group::outcome, kRun | kCompare,
     "percent from which a change for the worse is a regression (default 10)"},
    {"run-noise", 0, one, "P", Group::outcome, kRun | kCompare,
     "percent by which two runs of the same thing differ (default 5)"},
    {"format", 0, one, "text|html|md|csv|prom|junit|hgrm|loadtest|json", Group::outcome, kReport,
     "loadtest is the Go tool's summary schema, json the summary (default text)"},
    {"force", 0, none, "", Group::outcome, kMerge, "merge summaries of different profiles too (default: refuse)"},
    {"send", 0, none, "", Group::outcome, kCheck,
     "send one request for each scenario and print the exchange, redacted (default: send nothing)"},
    {"print-profile", 0, none, "", Group::outcome, kCheck,
     "print the effective profile as JSON, itself a profile, without its keys (default: the plan)"},
    {"schema", 0, none, "", Group::outcome, kCheck, "print the JSON Schema of profiles (default: the plan)"},
    {"live", 0, one, "auto|tui|plain|off", Group::outcome, kLoad,
     "progress on stderr: tui on a terminal redraws one view, plain prints lines (default auto: tui on a terminal, "
     "else plain)"},
    {"progress", 0, one, "D", Group::outcome, kLoad,
     "distance of plain progress lines, after those at 1, 2, 5 and 10 s (default 30s)"},
    {"json", 0, none, "", Group::outcome, (kAll | kCompletion) & ~uint32_t{kMock}, "print JSON on stdout (default: a report for readers)"},
    {"quiet", 'q', none, "", Group::outcome, kAll, "print errors only (default: report, progress and warnings too)"},
    {"no-color", 0, none, "", Group::outcome, kAll & ~uint32_t{kMock},
     "no colour, as NO_COLOR says too (default: on a terminal; CLICOLOR_FORCE: everywhere)"},
    {"calibrate", 0, none, "", Group::outcome, kDoctor,
     "measure this generator too, against the mock in the same process: requests/s, lateness, error of TTFT; takes "
     "about 12 s (default: look only)"},
    {"root", 0, one, "DIR", Group::outcome, kDoctor,
     "judge copies of another host's /proc and /sys below DIR (default: this host's)"},
    // ---- the generator ----
    {"shards", 0, one, "N", Group::generator, kSent | kMock | kDoctor,
     "threads, each with its own ring (default: one for each CPU allowed to the process less one, at least 1; mock 1)"},
    {"cpu-list", 0, one, "LIST", Group::generator, kSent | kDoctor,
     "CPUs that shards are pinned to, in turn, like 0-3,8 (default: the allowed ones)"},
    {"source-ip", 0, one, "LIST|CIDR", Group::generator, kSent,
     "local addresses to connect from, in turn: comma-separated, or like 10.0.0.0/28 (default: the kernel's choice)"},
    {"insecure", 'k', none, "", Group::generator, kSent,
     "accept any certificate of https targets (default: the profile's, verified by chain and name)"},
    {"cacert", 0, one, "FILE", Group::generator, kSent,
     "PEM file of the CAs to trust (default: the system's bundle, or SSL_CERT_FILE)", "ca"},
    {"cert", 0, one, "FILE", Group::generator, kSent,
     "PEM file of a client certificate, its chain behind it (default: none)"},
    {"key", 0, one, "FILE", Group::generator, kSent,
     "PEM file of its key, without a pass phrase (default: in --cert's)"},
    {"resolve", 0, many, "HOST:PORT:ADDR", Group::generator, kSent,
     "connect there instead of asking the resolver; several addresses with commas; repeatable (default: none)"},
    {"pid", 0, one, "PID", Group::generator, kSent,
     "the target's process on this host, whose CPU the report then shows (default: none)"},
    {"no-preflight", 0, none, "", Group::generator, kSent,
     "do not send one request for each scenario before the load (default: send them)"},
    {"core-dumps", 0, none, "", Group::generator, kSent,
     "allow core dumps, which can hold keys (default: none)"},
    // ---- knee ----
    {"slo", 0, one, "LIST", Group::knee, kKnee,
     "bounds that the knee still meets, like 'ttft_p99<=500ms,error_rate<=0.5%' (default: the profile's thresholds, "
     "else error_rate<=1%)"},
    {"start", 0, one, "R", Group::knee, kKnee, "requests/s that the search begins with (default 50)"},
    {"min-rate", 0, one, "R", Group::knee, kKnee, "requests/s below which it does not go (default 1)"},
    {"max-rate", 0, one, "R", Group::knee, kKnee,
     "requests/s above which it does not go; off loopback this or --budget-usd is needed (default: none)"},
    {"time-limit", 0, one, "D", Group::knee, kKnee, "of the whole search (default 160s)"},
    {"turns", 0, one, "N", Group::knee, kKnee, "turns of each conversation (default 1, whatever the profile says)"},
    {"resume", 0, one, "FILE", Group::knee, kKnee, "go on from the JSON of an earlier search (default: a new one)"},
    // ---- mock ----
    {"listen", 0, one, "ADDR:PORT", Group::mock, kMock,
     "where to listen; port 0 lets the kernel choose (default 127.0.0.1:8080)"},
    {"tls", 0, one, "CERT,KEY", Group::mock, kMock, "serve https with these PEM files (default: http)"},
    {"ttft", 0, one, "DIST", Group::mock, kMock,
     "time to the first token: 20ms, uniform(5ms,30ms), exp(20ms), lognormal(p50=200ms,p99=900ms) (default 0)"},
    {"itl", 0, one, "DIST", Group::mock, kMock, "time between tokens, in the same forms (default 0)"},
    {"output-tokens", 0, one, "N", Group::mock, kMock,
     "tokens of an answer, max_tokens permitting (default: max_tokens, 128 without one)"},
    {"stamp", 0, none, "", Group::mock, kMock,
     "put CLOCK_MONOTONIC ns of its sending into each event, as mock_sent_ns (default: no)"},
    {"max-concurrency", 0, one, "N", Group::mock, kMock, "requests at a time; beyond it 429 (default: no limit)"},
    {"rpm", 0, one, "N", Group::mock, kMock, "requests per minute; beyond it 429 (default: no limit)"},
    {"tpm", 0, one, "N", Group::mock, kMock, "tokens per minute; beyond it 429 (default: no limit)"},
    {"limit", 0, one, "token-bucket|fixed-window", Group::mock, kMock,
     "how --rpm and --tpm count (default token-bucket)"},
    {"rps", 0, one, "R", Group::mock, kMock, "token bucket of requests per second; beyond it 429 (default: no limit)"},
    {"burst", 0, one, "N", Group::mock, kMock, "requests that the bucket of --rps holds (default 1)"},
    {"slots", 0, one, "N", Group::mock, kMock,
     "requests served at a time, the others wait in order of arrival (default: all at once)"},
    {"queue", 0, one, "N", Group::mock, kMock,
     "requests that may wait for a slot; beyond it 503 (default: any number)"},
    {"service", 0, one, "DIST", Group::mock, kMock, "how long a slot is taken, in the forms of --ttft (default 0)"},
    {"fault", 0, one, "LIST", Group::mock, kMock,
     "shares of the requests that fail: reset=0.1%,500=1%,stall=0.5%:10s,truncate=0.1%,malformed=1% (default: none)"},
    {"outage", 0, one, "D@D", Group::mock, kMock,
     "30s@60s: 503 for 30 s, from 60 s after the start on (default: none)"},
    {"freeze", 0, one, "D@D", Group::mock, kMock,
     "3s@9s: nothing at all is done for 3 s, from 9 s on (default: never)"},
};

}  // namespace

std::span<const CommandInfo> commands() { return kCommands; }
std::span<const Option> options() { return kOptions; }

const CommandInfo* find_command(std::string_view name) {
  const auto found = std::ranges::find(kCommands, name, &CommandInfo::name);
  return found == std::end(kCommands) ? nullptr : found;
}

const CommandInfo& info_of(Command command) { return *std::ranges::find(kCommands, command, &CommandInfo::command); }

std::string_view heading(Group group) {
  switch (group) {
    case Group::what: return "What is sent";
    case Group::load: return "How much, and for how long";
    case Group::keys: return "Keys and headers";
    case Group::outcome: return "Outcome";
    case Group::generator: return "The generator";
    case Group::knee: return "The search";
    case Group::mock: return "The upstream";
  }
  return {};
}

const Option* find_option(std::string_view name) {
  for (const Option& option : kOptions)
    if (option.name == name || (!option.alias.empty() && option.alias == name)) return &option;
  return nullptr;
}

const Option* find_letter(char letter) {
  const auto found = std::ranges::find(kOptions, letter, &Option::letter);
  return letter == 0 || found == std::end(kOptions) ? nullptr : found;
}

}  // namespace ringload::cli
