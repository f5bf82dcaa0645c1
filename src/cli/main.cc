#include <cstdio>
#include <exception>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/terminal.h"
#include "ringload/version.h"
#include "tls/library.h"

using namespace ringload;
using namespace ringload::cli;

namespace {

int dispatch(const Arguments& arguments) {
  switch (arguments.command) {
    case kRun: return run_command(arguments);
    case kMock: return mock_command(arguments);
    case kCheck: return check_command(arguments);
    default: throw UsageError("this command is not available yet");
  }
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
      std::fputs(general_help().c_str(), stdout);
      return kUsage;
    }
    if (arguments.help) {
      std::fputs(argc > 2 ? help_text(arguments.command).c_str() : general_help().c_str(), stdout);
      return kPassed;
    }
    return dispatch(arguments);
  } catch (const UsageError& error) {
    complain(error.what());
    return kUsage;
  } catch (const std::exception& error) {
    complain(error.what());
    return kUsage;
  }
}
