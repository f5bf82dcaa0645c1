#include "cli/terminal.h"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace ringload::cli {
namespace {

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != 0;
}

}  // namespace

TextStyle style_of_stdout(const Arguments& arguments) {
  TextStyle style;
  const bool terminal = ::isatty(STDOUT_FILENO) != 0;
  const char* term = std::getenv("TERM");
  const bool dumb = term != nullptr && std::strcmp(term, "dumb") == 0;
  const char* force = std::getenv("CLICOLOR_FORCE");
  style.color = terminal && !dumb;
  if (force != nullptr && *force != 0 && std::strcmp(force, "0") != 0) style.color = true;
  if (is_set("NO_COLOR") || arguments.flag("no-color")) style.color = false;
  std::setlocale(LC_CTYPE, "");
  style.ascii = std::strcmp(::nl_langinfo(CODESET), "UTF-8") != 0;
  style.width = 100;
  winsize size{};
  if (terminal && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    style.width = std::clamp<unsigned>(size.ws_col, 60, 100);
  return style;
}

bool stderr_is_terminal() { return ::isatty(STDERR_FILENO) != 0; }

void complain(const std::string& text) { std::fprintf(stderr, "ringload: %s\n", text.c_str()); }

}  // namespace ringload::cli
