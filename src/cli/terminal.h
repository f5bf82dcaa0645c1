// What the terminal at hand can show.
#pragma once
#include "cli/arguments.h"
#include "ringload/report.h"

namespace ringload::cli {

TextStyle style_of_stdout(const Arguments& arguments);
// One whose lines can be written over.
bool stderr_is_a_real_terminal();
// On stdout, whole and as it is (JSON, scripts); says on stderr when that does not work.
void print(const std::string& text);
// The same for readers: in ASCII outside UTF-8.
void print_text(const std::string& text);
// A line on stderr for readers.
void tell(const std::string& line);
// An error on stderr: "ringload: …".
void complain(const std::string& text);

}  // namespace ringload::cli
