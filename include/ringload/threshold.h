// A bound on a figure of a run: of thresholds, --abort-on and knee's SLO alike.
#pragma once
#include <cstdint>
#include <string>

namespace ringload {

// A bound on a figure, parsed from `[scenario:|stageN:]metric[_stat](<=|>=|<|>)number[ms|s|us|%]`.
struct Threshold {
  enum class Op : uint8_t { le, ge, lt, gt };
  std::string expr;         // canonical text: "ttft_p95<=500ms"
  std::string written;      // as the user knows it: the expression of a list or flag, else the canonical one
  std::string scenario;     // empty: every scenario's total
  int stage = 0;            // from 1; 0: every stage
  std::string metric;       // "latency", "ttft", "error_rate", "ok_rps", …
  std::string stat;         // "p95", "mean", "max", "p99.9"; empty for metrics without one
  Op op = Op::le;
  double value = 0;         // ms for times, fraction for ratios, per second for rates
  bool off = false;         // 0 in an object: reported as off, never judged
  bool ttft_reads_ttfb = false;  // from an object, and no scenario streams: judged on TTFB, with a note
};

}  // namespace ringload
