// Targets as plain arithmetic, for searching thousands of knees in seconds: arrivals in, counts of blocks out, as the
// engine would count them. Blocks follow each other without a pause, so queues and buckets carry over.
#pragma once
#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <vector>

#include "base/prng.h"
#include "experiment/knee_search.h"

namespace ringload::experiment {

class TargetModel {
 public:
  enum class Kind { queue, bucket };
  Kind kind = Kind::queue;
  unsigned slots = 1;                      // queue: served first come, first served
  double service_s = 0.001;
  bool exponential = true;                 // service times; else constant
  double refill = 0, burst = 0;            // bucket: per second, and its size
  bool poisson = true;                     // arrivals
  double bound_s = 0.050;                  // latency bound; bounds[0]. bounds[1] counts failures
  std::function<bool(double t)> stolen;    // whether others have the CPU at that instant: the queue stands still

  explicit TargetModel(uint64_t seed) : random_(seed) {}

  BlockCounts run(const LoadBlock& block) {
    if (free_.empty()) free_.assign(slots, 0), tokens_ = burst;
    BlockCounts counts;
    counts.block = block;
    counts.bounds.resize(2);
    const double begin = now_, from = begin + s(block.settle_ns), until = from + s(block.window_ns);
    const double decided = until + s(block.tail_ns), end = begin + s(block.duration_ns());
    const size_t level = in_flight(begin);
    double sum = 0, squares = 0;
    unsigned samples = 0;
    double next = begin + gap(block.rate);
    double tick = begin;
    std::vector<std::pair<double, double>> window;  // (arrival, departure)
    uint64_t failed = 0;
    double stopped = until;
    while (tick < end - 1e-9) {
      tick += 0.1;
      for (; next < tick; next += gap(block.rate)) {
        const double departure = serve(next);
        ++counts.requests;
        if (next < from || next >= until) continue;
        ++counts.sent;
        if (departure < 0) ++failed;
        else window.emplace_back(next, departure);
      }
      const auto open = static_cast<double>(in_flight(tick));
      if (std::abs(tick - from) < 1e-6 || (counts.in_flight_begin == 0 && tick >= from && samples == 0))
        counts.in_flight_begin = static_cast<uint64_t>(open);
      if (tick > from && tick <= until + 1e-9) {
        sum += open, squares += open * open, ++samples;
        counts.in_flight_end = static_cast<uint64_t>(open);
      }
      uint64_t late = 0;
      for (const auto& [arrival, departure] : window) late += std::min(departure, tick) - arrival > bound_s;
      const bool sealed = (!block.most_bad.empty() && late > block.most_bad[0]) ||
                          (block.most_bad.size() > 1 && failed > block.most_bad[1]);
      if (sealed && tick < decided - 1e-9) {
        counts.ended_early = true;
        stopped = std::min(until, tick);
        now_ = tick;
        const double give_up = tick + 10;
        while (in_flight(now_) > level && now_ < give_up) now_ += 0.01;
        counts.recovered = in_flight(now_) <= level;
        if (!counts.recovered) departures_.clear(), free_.assign(slots, now_);
        break;
      }
      now_ = tick;
    }
    counts.bounds[0] = {window.size(), 0, window.size(), 0, 0, 0};
    for (const auto& [arrival, departure] : window) counts.bounds[0].bad += departure - arrival > bound_s;
    counts.bounds[1] = {counts.sent, failed, 0, 0, 0, 0};
    for (const auto& [arrival, departure] : window) counts.answered += departure <= stopped;
    counts.answered += failed;
    if (samples > 0) {
      counts.in_flight_mean = sum / samples;
      counts.in_flight_variance = squares / samples - counts.in_flight_mean * counts.in_flight_mean;
    }
    counts.p90_ns = static_cast<int64_t>(service_s * 1e9);
    counts.elapsed_ns = static_cast<int64_t>((now_ - begin) * 1e9);
    return counts;
  }

  double now() const { return now_; }

 private:
  static double s(int64_t ns) { return static_cast<double>(ns) / 1e9; }
  double gap(double rate) { return (poisson ? random_.exponential() : 1) / rate; }
  // When the answer leaves; below 0: refused.
  double serve(double at) {
    if (kind == Kind::bucket) {
      tokens_ = std::min(burst, tokens_ + (at - filled_) * refill);
      filled_ = at;
      if (tokens_ < 1) return -1;
      tokens_ -= 1;
      return at;
    }
    auto first = std::min_element(free_.begin(), free_.end());
    double start = std::max(at, *first);
    while (stolen && stolen(start)) start += 0.001;
    *first = start + service_s * (exponential ? random_.exponential() : 1);
    departures_.push_back(*first);
    return *first;
  }
  size_t in_flight(double at) {
    std::erase_if(departures_, [&](double departure) { return departure <= at; });
    return departures_.size();
  }

  Prng random_;
  double now_ = 0;
  std::vector<double> free_;
  std::deque<double> departures_;
  double tokens_ = 0, filled_ = 0;
};

}  // namespace ringload::experiment
