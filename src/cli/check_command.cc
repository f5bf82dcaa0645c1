// `ringload check`: validates, and prints what a run would need. Sends nothing.
#include <fmt/format.h>

#include <cstdio>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/run_options.h"
#include "cli/terminal.h"
#include "engine/capacity.h"
#include "load/workload.h"
#include "ringload/version.h"

namespace ringload::cli {
namespace {

std::string bytes_text(uint64_t bytes) {
  if (bytes < 10 * 1024 * 1024) return fmt::format("{} KiB", (bytes + 1023) / 1024);
  return fmt::format("{} MiB", (bytes + (1 << 20) - 1) >> 20);
}

std::string origin(const Profile& profile, const std::string& path) {
  const auto found = profile.origins.find(path);
  return found == profile.origins.end() ? "" : "  (" + found->second + ")";
}

}  // namespace

int check_command(const Arguments& arguments) {
  if (arguments.flag("schema")) {
    std::fputs(profile_schema().c_str(), stdout);
    return kPassed;
  }
  const Profile profile = effective_profile(arguments);
  if (arguments.flag("print-profile")) {
    std::fputs(print_profile(profile).c_str(), stdout);
    return kPassed;
  }
  const SessionOptions options = session_options(arguments);
  load::WorkloadOptions workload_options;
  workload_options.seed = options.seed;
  workload_options.version = RINGLOAD_VERSION;
  const auto workload = load::Workload::make(profile, workload_options);
  if (!workload) throw UsageError(workload.error());
  const engine::HostLimits limits = engine::HostLimits::read();
  const auto plan = engine::plan_capacity(**workload, limits, options.shards);
  if (!plan) throw UsageError(plan.error());

  std::string text = fmt::format("profile    {}{}\n", profile.name, profile.file.empty() ? "" : " (" + profile.file + ")");
  for (size_t i = 0; i < profile.scenarios.size(); ++i) {
    const Scenario& s = profile.scenarios[i];
    const std::string at = fmt::format("scenarios[{}].", i);
    text += fmt::format("scenario   {}: weight {}, {}, {}, {} → {}\n", s.name, s.weight, s.protocol,
                        s.stream ? "streamed" : "not streamed", s.model, s.target.url());
    text += fmt::format("           model{}, target{}, max_tokens {}{}, about {:.0f} tokens in\n",
                        origin(profile, at + "model"), origin(profile, at + "target"),
                        s.max_tokens ? std::to_string(*s.max_tokens) : "none", origin(profile, at + "max_tokens"),
                        (*workload)->scenarios()[i].mean_input_tokens);
  }
  for (size_t i = 0; i < profile.stages.size(); ++i) {
    const Stage& stage = profile.stages[i];
    text += fmt::format("stage {:<4} {} for {}, the first {} warm-up{}\n", i + 1, stage.label(),
                        format_duration(stage.duration_ns), format_duration(stage.warmup_ns),
                        stage.max_requests > 0 ? fmt::format(", or {} requests", stage.max_requests) : "");
  }
  text += fmt::format("shards     {} of {} CPUs, {} VUs at the peak, {} requests in flight per shard at most\n", plan->shards,
                      limits.cpus, plan->users, plan->exchanges);
  text += fmt::format("connections {} slots per shard (direct descriptors; file table bounded by {} open files)\n",
                      plan->connections, limits.open_files_hard);
  text += fmt::format("files      about {} of the process\n", plan->process_files);
  text += fmt::format("ports      {} local ports of {} for each source address, {} source address{}\n",
                      plan->local_ports, limits.ports(), plan->source_addresses, plan->source_addresses > 1 ? "es" : "");
  text += fmt::format("memory     {} touched with every slot in use, {} reserved; receive buffers {} × {} per shard\n",
                      bytes_text(plan->memory_expected), bytes_text(plan->memory_reserved), plan->receive_buffers,
                      bytes_text(plan->receive_buffer_size));
  for (const std::string& warning : plan->warnings) text += "warning    " + warning + "\n";
  const auto missing = unsupported(profile);
  for (const std::string& feature : missing) text += "not yet    " + feature + "\n";
  text += missing.empty() ? "the plan can start\n" : "a run would refuse this profile\n";
  std::fputs(text.c_str(), stdout);
  return kPassed;
}

}  // namespace ringload::cli
