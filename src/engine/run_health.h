// The generator's own part of a result: what it used of its host, how its shards fared, and the verdict.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "engine/capacity.h"
#include "engine/jsonl_writer.h"
#include "engine/shard_thread.h"
#include "health/process_watch.h"
#include "health/verdict.h"
#include "ringload/result.h"

namespace ringload::engine {

// After the shards have ended.
struct HealthSources {
  const Capacity& capacity;
  std::span<const std::unique_ptr<ShardThread>> threads;
  std::span<const std::vector<net::Address>> addresses;  // by target
  const health::ProcessWatch& watch;
  const JsonlWriter* jsonl;  // null: none
  std::span<const health::StageSigns> signs;  // of the stages that are over
  const Histogram& lag;          // µs, over all stages
  const Histogram& receive_lag;
};

void describe_health(RunResult& result, const HealthSources& sources);

// Counts what the shards' clients opened; the times are not touched.
void describe_connections(ConnectionFigures& connections, std::span<const std::unique_ptr<ShardThread>> threads);

}  // namespace ringload::engine
