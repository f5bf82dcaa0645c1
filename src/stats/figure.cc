#include "stats/scenario_record.h"

namespace ringload::stats {

std::string_view figure_name(Figure figure) {
  switch (figure) {
    case Figure::latency: return "latency";
    case Figure::service: return "service";
    case Figure::failed_latency: return "failed_latency";
    case Figure::ttfb: return "ttfb";
    case Figure::ttft: return "ttft";
    case Figure::ttfot: return "ttfot";
    case Figure::itl: return "itl";
    case Figure::tpot: return "tpot";
    case Figure::stream_tokens: return "stream_tokens";
  }
  return "?";
}

}  // namespace ringload::stats
