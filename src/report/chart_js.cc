#include "report/chart_js.h"

// The assembler takes the file in as it is; the build defines its path.
asm(R"(
  .pushsection .rodata
ringload_chart_js_begin:
  .incbin ")" RINGLOAD_CHART_JS R"("
ringload_chart_js_end:
  .byte 0
  .popsection
)");

extern const char kBegin[] asm("ringload_chart_js_begin");
extern const char kEnd[] asm("ringload_chart_js_end");

namespace ringload::report {

std::string_view chart_js() { return {kBegin, static_cast<size_t>(kEnd - kBegin)}; }

}  // namespace ringload::report
