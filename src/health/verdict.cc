#include "health/verdict.h"

#include <fmt/format.h>

#include <algorithm>

namespace ringload::health {
namespace {

// Lag: relative to what it distorts, and long enough to matter at all.
constexpr double kLagSuspect = 0.05, kLagInvalid = 0.5;
constexpr double kLagSuspectUs = 300, kLagInvalidUs = 1000;
constexpr double kOfferedSuspect = 0.99, kOfferedInvalid = 0.95;
constexpr double kBusySuspect = 0.80, kBusyInvalidSeconds = 0.5;
constexpr double kBusySaturated = 0.95;
constexpr double kGenErrorsInvalid = 0.0001;
constexpr double kOverflowInvalid = 0.001;
constexpr double kBuffersSuspect = 0.001, kBuffersInvalid = 0.01;
constexpr double kWrongBin = 0.05;
constexpr uint64_t kFewestBinned = 100;  // 5 % of fewer requests is an accident
constexpr double kMostCoalesced = 0.5;
constexpr double kOthersSuspect = 0.02, kOthersInvalid = 0.20;

double share_of(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string percent(double share) { return fmt::format("{:.3g} %", share * 100); }

std::string time_text(double us) {
  return us < 10'000 ? fmt::format("{:.0f} us", us) : fmt::format("{:.0f} ms", us / 1000);
}

Verdict severity(bool invalid) { return invalid ? Verdict::invalid : Verdict::suspect; }

std::optional<double> smaller(std::optional<int64_t> a, std::optional<int64_t> b) {
  if (!a && !b) return std::nullopt;
  return static_cast<double>(std::min(a.value_or(*(b ? b : a)), b.value_or(*(a ? a : b))));
}

class Judge {
 public:
  explicit Judge(const HealthInputs& inputs) : in_(inputs) {}

  Judgement judge() {
    for (const StageSigns& stage : in_.stages) {
      const size_t before = found_.reasons.size();
      if (stage.open) {
        sched_lag(stage);
        receive_lag(stage);
        offered(stage);
        busy(stage);
      } else {
        note_ceiling(stage);
      }
      gen_errors(stage);
      const auto late = [](const HealthReason& reason) {
        return reason.sign == "sched_lag_p99" || reason.sign == "receive_lag_p99" || reason.sign == "busy";
      };
      shed(stage, std::none_of(found_.reasons.begin() + static_cast<ptrdiff_t>(before), found_.reasons.end(), late));
      if (stage.open) {
        wrong_bin(stage);
        schedule(stage);
      }
    }
    rings();
    others();
    losses();
    std::stable_sort(found_.reasons.begin(), found_.reasons.end(),
                     [](const auto& a, const auto& b) { return a.severity > b.severity; });
    if (!found_.reasons.empty()) found_.verdict = found_.reasons.front().severity;
    return std::move(found_);
  }

 private:
  void add(std::string_view sign, Verdict severity, double value, double limit, std::string_view unit, uint32_t stage,
           std::string detail) {
    found_.reasons.push_back({std::string(sign), severity, value, limit, std::string(unit), stage, std::move(detail)});
  }

  // `figure`: the median that the lag distorts.
  void lag(std::string_view sign, const StageSigns& stage, int64_t lag_us, double figure, const std::string& detail) {
    const auto value = static_cast<double>(lag_us);
    const double suspect = std::max(kLagSuspect * figure, kLagSuspectUs);
    const double invalid = std::max(kLagInvalid * figure, kLagInvalidUs);
    if (value > invalid) {
      add(sign, Verdict::invalid, value, invalid, "us", stage.number, detail);
    } else if (value > suspect) {
      add(sign, Verdict::suspect, value, suspect, "us", stage.number, detail);
    }
  }

  void sched_lag(const StageSigns& stage) {
    const auto figure = smaller(stage.ttfb_p50, stage.ttft_p50);
    if (!stage.sched_lag_p99 || !figure) return;
    lag("sched_lag_p99", stage, *stage.sched_lag_p99, *figure,
        fmt::format("requests left this late by the generator's own fault, beside a median first answer after {}: use "
                    "more shards (--shards), a lower rate per host, or keep other work off its CPUs",
                    time_text(*figure)));
  }

  void receive_lag(const StageSigns& stage) {
    // Gaps of 0 came with the event before; when they are the most, the median of the others says little.
    const auto itl = stage.coalesced > kMostCoalesced ? std::nullopt : stage.itl_p50;
    const auto figure = smaller(stage.ttft_p50, itl);
    if (!stage.receive_lag_p99 || !figure) return;
    lag("receive_lag_p99", stage, *stage.receive_lag_p99, *figure,
        fmt::format("answers may have waited this long in the generator before they were stamped, beside a median "
                    "token time of {}: use more shards (--shards) or fewer streams per host", time_text(*figure)));
  }

  void offered(const StageSigns& stage) {
    if (stage.starts_scheduled == 0) return;
    const double share = share_of(stage.starts_offered, stage.starts_scheduled);
    if (share >= kOfferedSuspect) return;
    const bool bad = share < kOfferedInvalid;
    add("offered_rate", severity(bad), share, bad ? kOfferedInvalid : kOfferedSuspect, "share", stage.number,
        fmt::format("the generator began {} of {} scheduled conversations in time, so the target saw less load than "
                    "the stage says: lower the rate, or add shards or hosts", stage.starts_offered,
                    stage.starts_scheduled));
  }

  void busy(const StageSigns& stage) {
    const ShardBusy* worst = nullptr;
    bool worst_bad = false;
    uint32_t affected = 0;
    for (const ShardBusy& shard : stage.busy) {
      const bool bad = shard.seconds_above_95 >= kBusyInvalidSeconds;
      if (!bad && shard.mean <= kBusySuspect) continue;
      ++affected;
      if (worst != nullptr && (worst_bad > bad || (worst_bad == bad && worst->mean >= shard.mean))) continue;
      worst = &shard;
      worst_bad = bad;
    }
    if (worst == nullptr) return;
    std::string detail = fmt::format("shard {} ", worst->shard);
    detail += worst_bad ? fmt::format("had no time left in {} of the stage's seconds", percent(worst->seconds_above_95))
                        : "had little time left";
    if (affected > 1) detail += fmt::format(" (and {} more)", affected - 1);
    detail += ", so bursts queue inside the generator: add shards (--shards) on free CPUs, or lower the rate per host";
    add("busy", severity(worst_bad), worst_bad ? worst->seconds_above_95 : worst->mean,
        worst_bad ? kBusyInvalidSeconds : kBusySuspect, "share", stage.number, std::move(detail));
  }

  // A closed loop asks as fast as it can: busy is what it should be when the target is fast enough.
  void note_ceiling(const StageSigns& stage) {
    const auto worst = std::max_element(stage.busy.begin(), stage.busy.end(),
                                        [](const auto& a, const auto& b) { return a.mean < b.mean; });
    if (worst == stage.busy.end()) return;
    if (worst->mean > kBusySaturated) {
      found_.notes.push_back(fmt::format("stage {}: throughput is this generator's ceiling, not the target's (shard "
                                         "{} was {} busy); more shards or hosts would show more",
                                         stage.number, worst->shard, percent(worst->mean)));
    } else if (worst->mean > kBusySuspect) {
      found_.notes.push_back(fmt::format("stage {}: throughput is near this generator's ceiling (shard {} was {} busy)",
                                         stage.number, worst->shard, percent(worst->mean)));
    }
  }

  void gen_errors(const StageSigns& stage) {
    const uint64_t errors = stage.gen_fd_errors + stage.gen_port_errors + stage.gen_overload_errors;
    if (errors == 0) return;
    const double share = share_of(errors, stage.requests);
    const bool bad = share > kGenErrorsInvalid || stage.requests == 0;
    std::string detail = "requests failed inside the generator:";
    const char* separator = " ";
    const auto part = [&](uint64_t count, std::string_view what) {
      if (count == 0) return;
      detail += fmt::format("{}{} {}", separator, count, what);
      separator = "; ";
    };
    part(stage.gen_fd_errors, "found no free file descriptor (raise ulimit -n, or add shards)");
    part(stage.gen_port_errors, "found no free local port (widen net.ipv4.ip_local_port_range, or add --source-ip)");
    part(stage.gen_overload_errors, "found no free buffer or slot (add shards, or lower the rate)");
    add("gen_errors", severity(bad), share, bad ? kGenErrorsInvalid : 0, "share", stage.number, std::move(detail));
  }

  std::string limit_text() const {
    switch (in_.max_in_flight_reason) {
      case InFlightLimit::fd:
        return "it was set by the limit of open files: raise it (ulimit -Hn, LimitNOFILE=) or add shards";
      case InFlightLimit::ports:
        return "it was set by the local ports: widen net.ipv4.ip_local_port_range or add --source-ip";
      case InFlightLimit::timeout:
        return "it was set by rate times timeout: requests wait as long as they may";
      case InFlightLimit::user: return "it was set by max_in_flight in the profile or --max-in-flight";
    }
    return {};
  }

  void shed(const StageSigns& stage, bool generator_clean) {
    if (stage.shed == 0) return;
    std::string detail = fmt::format("{} of {} requests were not sent, because ", stage.shed, stage.requests);
    detail += in_.max_in_flight > 0 ? fmt::format("the limit of {} in flight was reached; ", in_.max_in_flight)
                                    : std::string("too many were in flight already; ");
    detail += limit_text();
    detail += generator_clean ? ". The generator was in time: the target answers more slowly than this rate needs"
                              : ". The generator was late itself: look at its other reasons first";
    add("shed", Verdict::invalid, static_cast<double>(stage.shed), 0, "count", stage.number, std::move(detail));
  }

  void wrong_bin(const StageSigns& stage) {
    const double share = share_of(stage.wrong_bin, stage.binned);
    if (stage.binned < kFewestBinned || share <= kWrongBin) return;
    add("wrong_bin", Verdict::suspect, share, kWrongBin, "share", stage.number,
        "requests were sent in another 10 ms than intended, so the target saw other bursts than the schedule's: keep "
        "other work off the shards' CPUs, or lower the rate");
  }

  void schedule(const StageSigns& stage) {
    if (!stage.audit || stage.audit->passes()) return;
    const ArrivalAudit& audit = *stage.audit;
    if (audit.wrong_count)
      add("schedule_count", Verdict::suspect, static_cast<double>(audit.starts), audit.starts_expected, "count",
          stage.number,
          fmt::format("the schedule should have about {:.0f} conversation starts, {:.0f} more or less: this is a "
                      "fault of the generator, please report it with the seed", audit.starts_expected,
                      audit.starts_tolerance));
    if (!audit.wrong_dispersion) return;
    if (audit.dispersion) {
      add("schedule_dispersion", Verdict::suspect, *audit.dispersion, audit.dispersion_expected, "", stage.number,
          fmt::format("intended starts scatter {} than such arrivals do (within {:.2g} of it is allowed): this is a "
                      "fault of the generator, please report it with the seed",
                      *audit.dispersion > audit.dispersion_expected ? "more" : "less", audit.dispersion_tolerance));
    } else {
      add("schedule_dispersion", Verdict::suspect, audit.drift, 1, "count", stage.number,
          "intended starts drifted from the constant rate: this is a fault of the generator, please report it with the "
          "seed");
    }
  }

  void rings() {
    if (in_.overflow > 0) {
      const double share = share_of(in_.overflow, in_.completions);
      const bool bad = share > kOverflowInvalid || in_.completions == 0;
      add("cq_overflow", severity(bad), share, bad ? kOverflowInvalid : 0, "share", 0,
          "completions found their queue full, so they were stamped late: a shard could not keep up; add shards");
    }
    const double exhausted = share_of(in_.buffers_exhausted, in_.completions);
    if (exhausted > kBuffersSuspect) {
      const bool bad = exhausted > kBuffersInvalid;
      add("buffers_exhausted", severity(bad), exhausted, bad ? kBuffersInvalid : kBuffersSuspect, "share", 0,
          "answers waited for a free receive buffer, so they were stamped late: add shards");
    }
  }

  void others() {
    const bool something_else = !found_.reasons.empty();
    const auto row = [&](std::string_view sign, std::optional<double> share, const char* detail) {
      if (!share || *share <= kOthersSuspect) return;
      const bool bad = *share > kOthersInvalid && something_else;
      add(sign, severity(bad), *share, bad ? kOthersInvalid : kOthersSuspect, "share", 0, detail);
    };
    row("steal", in_.steal,
        "the hypervisor gave this share of CPU time to other guests, which shows as latency: use dedicated CPUs or "
        "bare metal, or run again at a quieter time");
    row("other_load", in_.other_load,
        "shards were ready to run but others had their CPU, which shows as latency: move those (taskset), or choose "
        "free CPUs with --cpu-list");
    row("cpu_quota", in_.throttled,
        "a CPU quota (cgroup) was used up in this share of its periods and stopped the generator for the rest of them, "
        "which shows as latency: remove the limit and reserve whole CPUs instead (cpuset)");
  }

  void losses() {
    if (in_.jsonl_dropped > 0)
      add("jsonl_dropped", Verdict::suspect, static_cast<double>(in_.jsonl_dropped), 0, "count", 0,
          "the JSONL lacks these records, because disk or writer could not keep up (all other figures include them): "
          "use --jsonl sample:0.1, --jsonl off, or a faster disk");
    if (in_.reply_truncated > 0)
      add("reply_truncated", Verdict::suspect, static_cast<double>(in_.reply_truncated), 0, "count", 0,
          "replies were longer than the memory planned for conversations, which ended there: lower max_tokens or "
          "turns");
  }

  const HealthInputs& in_;
  Judgement found_;
};

}  // namespace

Judgement judge(const HealthInputs& inputs) { return Judge(inputs).judge(); }

}  // namespace ringload::health
