// What the terminal at hand can show.
#pragma once
#include "cli/arguments.h"
#include "ringload/report.h"

namespace ringload::cli {

TextStyle style_of_stdout(const Arguments& arguments);
bool stderr_is_terminal();
// An error on stderr: "ringload: …".
void complain(const std::string& text);

}  // namespace ringload::cli
