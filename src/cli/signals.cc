#include "cli/signals.h"

#include <signal.h>

namespace ringload::cli {
namespace {

std::atomic<int> count{0};
std::atomic<int> first{0};
static_assert(std::atomic<int>::is_always_lock_free);

void on_signal(int number) {
  int none = 0;
  first.compare_exchange_strong(none, number);
  count.fetch_add(1);
}

}  // namespace

const std::atomic<int>& watch_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  for (const int number : {SIGINT, SIGTERM}) ::sigaction(number, &action, nullptr);
  // Under nohup a run outlives its terminal.
  struct sigaction before {};
  ::sigaction(SIGHUP, nullptr, &before);
  if (before.sa_handler != SIG_IGN) ::sigaction(SIGHUP, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return count;
}

int first_signal() { return first.load(); }

void stop_load() {
  int none = 0;
  count.compare_exchange_strong(none, 1);
}

}  // namespace ringload::cli
