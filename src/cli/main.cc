#include <cstdio>
#include <exception>

#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/exit_code.h"
#include "cli/help.h"
#include "cli/terminal.h"
#include "ringload/version.h"
#include "tls/library.h"

using namespace ringload;
using namespace ringload::cli;

namespace {

int dispatch(const Arguments& arguments) {
  switch (arguments.command) {
    case kRun: return run_command(arguments);
    case kKnee: return knee_command(arguments);
    case kMock: return mock_command(arguments);
    case kCheck: return check_command(arguments);
    case kReport: return report_command(arguments);
    case kCompare: return compare_command(arguments);
    case kMerge: return merge_command(arguments);
    case kDoctor: return doctor_command(arguments);
    case kCompletion: return completion_command(arguments);
  }
  return kUsage;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Arguments arguments = parse_arguments(argc, argv);
    if (arguments.version) {
      std::printf("ringload %s\nTLS: %s\n", RINGLOAD_VERSION, tls::library_description().c_str());
      return kPassed;
    }
    if (arguments.no_command) {
      print_text(general_help());
      return kUsage;
    }
    if (arguments.help) {
      print_text(arguments.general ? general_help() : help_text(arguments.command));
      return kPassed;
    }
    try {
      return dispatch(arguments);
    } catch (const UsageError& error) {
      complain(with_variables(error.what(), arguments));
      return kUsage;
    }
  } catch (const std::exception& error) {
    complain(error.what());
    return kUsage;
  }
}
