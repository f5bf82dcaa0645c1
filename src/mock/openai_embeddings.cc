// POST /v1/embeddings: the same unit vector for every input, as floats or as base64 of little-endian floats.
#include <bit>
#include <cmath>

#include "mock/responder.h"

namespace ringload::mock {
namespace {

constexpr uint32_t kDefaultDimensions = 1536;
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

uint32_t dimensions(const Reply& reply) {
  return reply.request.dimensions == 0 ? kDefaultDimensions : reply.request.dimensions;
}

size_t body_bound(const Reply& reply) {
  const size_t per_number = reply.request.base64 ? 6 : 18;
  return 512 + kMaxModelBytes + reply.request.inputs * (128 + size_t{dimensions(reply)} * per_number);
}

// A unit vector whose components are all alike but for their sign.
float component(uint32_t index, uint32_t count) {
  const auto size = static_cast<float>(1.0 / std::sqrt(static_cast<double>(count)));
  return index % 3 == 1 ? -size : size;
}

void append_floats(TextWriter& out, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) {
    if (i > 0) out.text(",");
    out.decimal(component(i, count));
  }
}

void append_base64(TextWriter& out, uint32_t count) {
  uint32_t group = 0;
  unsigned bytes = 0;
  for (uint32_t i = 0; i < count; ++i) {
    uint32_t bits = std::bit_cast<uint32_t>(component(i, count));
    for (int byte = 0; byte < 4; ++byte, bits >>= 8) {
      group = group << 8 | (bits & 0xff);
      if (++bytes % 3 != 0) continue;
      for (int shift = 18; shift >= 0; shift -= 6) out.character(kBase64[group >> shift & 63]);
      group = 0;
    }
  }
  if (bytes % 3 == 1) {
    out.character(kBase64[group >> 2 & 63]);
    out.character(kBase64[group << 4 & 63]);
    out.text("==");
  } else if (bytes % 3 == 2) {
    out.character(kBase64[group >> 10 & 63]);
    out.character(kBase64[group >> 4 & 63]);
    out.character(kBase64[group << 2 & 63]);
    out.text("=");
  }
}

void body(TextWriter& out, const Reply& reply) {
  out.text("{\"object\":\"list\",\"data\":[");
  for (uint32_t index = 0; index < reply.request.inputs; ++index) {
    out.text(index == 0 ? "{\"object\":\"embedding\",\"index\":" : ",{\"object\":\"embedding\",\"index\":");
    out.number(index);
    out.text(",\"embedding\":");
    if (reply.request.base64) {
      out.text("\"");
      append_base64(out, dimensions(reply));
      out.text("\"}");
    } else {
      out.text("[");
      append_floats(out, dimensions(reply));
      out.text("]}");
    }
  }
  out.text("],\"model\":\"");
  out.text(reply.request.model());
  out.text("\",\"usage\":{\"prompt_tokens\":");
  out.number(reply.request.prompt_tokens);
  out.text(",\"total_tokens\":");
  out.number(reply.request.prompt_tokens);
  out.text("}}");
}

}  // namespace

constinit const Responder kEmbeddingsResponder = {Api::embeddings, false,   body_bound, body, nullptr,
                                                  nullptr,         nullptr, openai_error_body};

}  // namespace ringload::mock
