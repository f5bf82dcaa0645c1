// The one place that touches simdjson's first stage. Its interface is the one between simdjson's own front ends and
// kernels; it chooses the kernel for this CPU at run time.
#include "protocol/reply_parser.h"

#include <simdjson.h>

#include <stdexcept>

#include "protocol/registry.h"

namespace ringload {

struct ReplyParser::Tokenizer {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> kernel;
};

ReplyParser::ReplyParser(size_t max_bytes) : tokenizer_(std::make_unique<Tokenizer>()) {
  constexpr size_t kNoTree = 1;  // depth of the second stage, which is not used
  const simdjson::error_code error = simdjson::get_active_implementation()->create_dom_parser_implementation(
      max_bytes, kNoTree, tokenizer_->kernel);
  if (error) throw std::runtime_error(std::string("JSON parser: ") + simdjson::error_message(error));
}

ReplyParser::~ReplyParser() = default;

protocol::JsonCursor ReplyParser::read(std::string_view json) {
  auto& kernel = *tokenizer_->kernel;
  if (json.empty() || json.size() > kernel.capacity()) return {};
  const auto* bytes = reinterpret_cast<const uint8_t*>(json.data());
  if (kernel.stage1(bytes, json.size(), simdjson::stage1_mode::regular)) return {};
  return {json, kernel.structural_indexes.get(), kernel.n_structural_indexes};
}

namespace protocol {

void ReplyParserDeleter::operator()(ReplyParser* parser) const { delete parser; }

ReplyParserPtr make_reply_parser(size_t max_bytes) { return ReplyParserPtr(new ReplyParser(max_bytes)); }

}  // namespace protocol
}  // namespace ringload
