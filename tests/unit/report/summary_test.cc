// The summary: valid JSON, null instead of invented figures, and the same again after reading.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include "golden.h"
#include "report/figures.h"
#include "ringload/report.h"
#include "sample_result.h"

namespace ringload::report {
namespace {

using simdjson::dom::element;

class Json {
 public:
  explicit Json(const std::string& text) : padded_(text) {
    const auto error = parser_.parse(padded_).get(root_);
    EXPECT_EQ(error, simdjson::SUCCESS) << simdjson::error_message(error);
  }
  element at(std::string_view pointer) const {
    element value;
    EXPECT_EQ(root_.at_pointer(pointer).get(value), simdjson::SUCCESS) << pointer;
    return value;
  }

 private:
  simdjson::padded_string padded_;
  simdjson::dom::parser parser_;
  element root_;
};

TEST(Summary, WritesTheContractsNames) {
  const Json json(summary_json(open_result()));
  for (const char* pointer :
       {"/schema_version", "/version", "/command", "/profile_sha256", "/seed", "/uuid_salt", "/labels/build",
        "/host/kernel", "/started", "/targets/0/url",
        "/pass", "/complete", "/ended_by", "/thresholds/0/expr", "/thresholds/0/value", "/conservation/scheduled",
        "/conservation/in_flight_at_stop", "/conservation/resent", "/conservation/preflight", "/conservation/abandoned",
        "/generator_health/verdict", "/generator_health/reasons", "/generator_health/fd/limit",
        "/generator_health/ports/used_peak", "/generator_health/lag_us/p99", "/generator_health/receive_lag_us/p50",
        "/generator_health/busy/0", "/connections/opened", "/connections/tls_handshakes", "/connections/tls_resumed",
        "/connections/conn_ms/p50", "/connections/tls_ms/p99", "/connections/dns_ms/n",
        "/connections/histograms/conn_us", "/stages/0/stage", "/stages/0/kind", "/stages/0/concurrency", "/stages/0/rate",
        "/stages/0/duration_s", "/stages/0/window_s", "/stages/0/total/latency_ms/p999", "/stages/0/scenarios/1/label",
        "/aggregate/ttft_ms/n_censored", "/segments/0/stat/requests", "/series/1/ttft_p99_ms"})
    (void)json.at(pointer);
  const std::string stat = "/stages/0/scenarios/0/";
  for (const char* name :
       {"label", "requests", "ok", "ok_rps", "throughput_rps", "goodput_rps", "error_rate", "latency_ms", "service_ms",
        "failed_latency_ms", "ttfb_ms", "ttft_ms", "ttfot_ms", "itl_ms", "tpot_ms", "prompt_tokens", "cached_tokens",
        "completion_tokens", "reasoning_tokens", "output_tokens_per_s", "input_tokens_per_s", "total_tokens_per_s",
        "stream_tokens_per_s", "goodput", "coalesced_events", "clamped", "status_codes", "errors", "cost_usd", "pass",
        "histograms"})
    (void)json.at(stat + name);
}

TEST(Summary, FiguresAreThoseOfTheHistograms) {
  const RunResult result = open_result();
  const Json json(summary_json(result));
  const Stat& chat = result.stages[0].scenarios[0];
  EXPECT_DOUBLE_EQ(double(json.at("/stages/0/scenarios/0/latency_ms/p99")),
                   static_cast<double>(*percentile_of(chat.latency, 99)) / 1000);
  EXPECT_TRUE(json.at("/stages/0/scenarios/0/latency_ms/max").is_null());  // 14 are censored
  EXPECT_EQ(uint64_t(json.at("/stages/0/scenarios/0/latency_ms/n_censored")), 14u);
  EXPECT_DOUBLE_EQ(double(json.at("/stages/0/scenarios/0/latency_ms/ci95/p99/1")), 1841.0);
  EXPECT_TRUE(json.at("/stages/0/scenarios/1/ttft_ms/ci95/p99/1").is_null());  // open above
  EXPECT_EQ(std::string_view(json.at("/stages/0/scenarios/1/latency_ms/ci95_correlated/0")), "p99");
  EXPECT_NEAR(double(json.at("/stages/0/scenarios/0/throughput_rps")), 1399.2, 1e-6);
  EXPECT_NEAR(double(json.at("/stages/0/total/error_rate")), 72.0 / 119871, 1e-6);
  EXPECT_EQ(std::string_view(json.at("/stages/0/total/histograms/latency_us")).substr(0, 5), "HISTF");
}

void expect_no_invented_figure(element value, const std::string& path) {
  if (value.is_object()) {
    simdjson::dom::object object = value;
    bool empty = false;
    for (auto field : object)
      if (field.key == "n") empty = uint64_t(field.value) == 0;
    for (auto field : object) {
      const std::string at = path + "/" + std::string(field.key);
      if (empty && field.key != "n" && field.key != "n_censored") {
        EXPECT_TRUE(field.value.is_null()) << at;
      }
      expect_no_invented_figure(field.value, at);
    }
  } else if (value.is_array()) {
    size_t i = 0;
    for (element item : simdjson::dom::array(value)) expect_no_invented_figure(item, path + "/" + std::to_string(i++));
  }
}

TEST(Summary, WithoutSamplesEverythingIsNull) {
  const std::string text = summary_json(empty_result());
  const Json json(text);
  expect_no_invented_figure(json.at(""), "");
  for (const char* name : {"ok_rps", "throughput_rps", "goodput_rps", "error_rate", "output_tokens_per_s", "goodput",
                           "cost_usd", "pass", "in_flight"})
    EXPECT_TRUE(json.at(std::string("/stages/0/total/") + name).is_null()) << name;
  EXPECT_TRUE(json.at("/generator_health/verdict").is_null());
  EXPECT_EQ(text.find("nan"), std::string::npos);
}

TEST(Summary, ReadsBackToTheSameBytes) {
  for (const RunResult& result : {open_result(), closed_result(), empty_result()}) {
    const std::string text = summary_json(result);
    const auto again = read_summary(text);
    ASSERT_TRUE(again) << again.error();
    EXPECT_EQ(summary_json(*again), text);
  }
}

TEST(Summary, ReadsBackToTheSameReport) {
  for (const RunResult& result : {open_result(), closed_result(), empty_result()}) {
    const auto again = read_summary(summary_json(result));
    ASSERT_TRUE(again) << again.error();
    EXPECT_EQ(detailed_report(*again, {}), detailed_report(result, {}));
    EXPECT_EQ(csv_report(*again), csv_report(result));
    EXPECT_EQ(prometheus_report(*again), prometheus_report(result));
  }
}

TEST(Summary, EscapesWhatPeersAndUsersWrote) {
  RunResult result = empty_result();
  result.labels = {{"k\"\n", std::string("\x01\\\xff\xc3\xa4\xed\xa0\x80", 8)}};
  const std::string text = summary_json(result);
  const auto again = read_summary(text);
  ASSERT_TRUE(again) << again.error();
  EXPECT_EQ(again->labels.at("k\"\n"), "\x01\\\xef\xbf\xbd\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(Summary, RefusesWhatIsNone) {
  EXPECT_EQ(read_summary("").error().substr(0, 8), "not JSON");
  EXPECT_EQ(read_summary("{\"stages\":[").error().substr(0, 8), "not JSON");
  EXPECT_EQ(read_summary("[]").error(), "not a summary: it has no list \"stages\"");
  EXPECT_EQ(read_summary("{\"stages\":{}}").error(), "not a summary: it has no list \"stages\"");
  EXPECT_EQ(read_summary("{\"schema_version\":99,\"stages\":[]}").error(),
            "schema_version 99 is newer than this program's 1");
  for (const char* version : {"0", "-1", "\"1\""})
    EXPECT_EQ(read_summary(fmt::format("{{\"schema_version\":{},\"stages\":[]}}", version)).error(),
              "schema_version is no number from 1 to 1") << version;
  const auto bad =
      read_summary(R"({"schema_version":1,"stages":[{"stage":1,"total":{"histograms":{"latency_us":"?"}}}]})");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().substr(0, 27), "stages[0].total.latency_us:");
}

TEST(Summary, StrippedHistogramsLeaveTheFigures) {
  std::string text = summary_json(closed_result());
  for (size_t at; (at = text.find("\"histograms\":")) != std::string::npos;) text[at + 1] = 'x';
  const auto again = read_summary(text);
  ASSERT_TRUE(again) << again.error();
  EXPECT_EQ(percentile_of(again->stages[0].total.latency, 95),
            percentile_of(closed_result().stages[0].total.latency, 95));
}

TEST(GoSummary, IsRead) {
  const auto result = read_summary(R"({"stages":[{"stage":1,"concurrency":100,"rate":0,"duration_s":60,"window_s":50,
    "total":{"label":"total","requests":5000,"ok":4990,"ok_rps":99.8,"throughput_rps":100,"error_rate":0.002,
      "latency_ms":{"P50":12.5,"P90":20,"P95":25.25,"P99":40,"Max":90.125,"Mean":14},
      "ttft_ms":{"P50":5.5,"P90":6,"P95":7,"P99":8,"Max":9,"Mean":6},"status_codes":{"200":4990,"500":10}},
    "scenarios":[]}],"aggregate":{"label":"all","requests":5000,"ok":4990,"latency_ms":{"P50":12.5,"Max":90.125}}})");
  ASSERT_TRUE(result) << result.error();
  ASSERT_EQ(result->stages.size(), 1u);
  const StageResult& stage = result->stages[0];
  EXPECT_EQ(stage.kind, StageKind::closed);
  EXPECT_EQ(stage.from, 100);
  EXPECT_EQ(percentile_of(stage.total.latency, 95), 25'250);
  EXPECT_EQ(percentile_of(stage.total.latency, 100), 90'125);
  EXPECT_EQ(percentile_of(stage.total.ttfb, 50), 5'500);  // what it calls TTFT
  EXPECT_EQ(percentile_of(stage.total.ttft, 50), std::nullopt);
  EXPECT_DOUBLE_EQ(*throughput_rps(stage.total), 100);
  EXPECT_DOUBLE_EQ(*error_rate(stage.total), 0.002);
  EXPECT_EQ(figures_of(stage.total.itl).p50, std::nullopt);
}

TEST(GoSummary, IsWrittenAndReadBack) {
  const RunResult result = open_result();
  const auto again = read_summary(loadtest_json(result));
  ASSERT_TRUE(again) << again.error();
  const Stat& written = result.stages[0].scenarios[1];
  const Stat& read = again->stages[0].scenarios[1];
  EXPECT_EQ(read.label, "rag");
  EXPECT_EQ(read.requests, written.requests);
  EXPECT_EQ(percentile_of(read.latency, 99), percentile_of(written.latency, 99));
  EXPECT_EQ(percentile_of(read.ttfb, 50), percentile_of(written.ttfb, 50));
  EXPECT_EQ(read.status_codes, written.status_codes);
}

}  // namespace
}  // namespace ringload::report
