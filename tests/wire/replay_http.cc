// Responses: head, body as the head frames it, and what is left behind it.
#include <algorithm>

#include "codec/chunked.h"
#include "codec/http1.h"
#include "replay.h"
#include "text.h"

namespace ringload::wire {
namespace {

using namespace codec;

const char* name_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::none: return "none";
    case Refusal::status_line: return "status_line";
    case Refusal::bare_cr: return "bare_cr";
    case Refusal::header_name: return "header_name";
    case Refusal::header_value: return "header_value";
    case Refusal::head_too_large: return "head_too_large";
    case Refusal::too_many_fields: return "too_many_fields";
    case Refusal::switching_protocols: return "switching_protocols";
    case Refusal::too_many_interim: return "too_many_interim";
    case Refusal::transfer_encoding: return "transfer_encoding";
    case Refusal::content_length: return "content_length";
    case Refusal::chunk_size: return "chunk_size";
    case Refusal::chunk_extension: return "chunk_extension";
    case Refusal::chunk_end: return "chunk_end";
    case Refusal::trailer: return "trailer";
  }
  return "unknown";
}

std::string framing_of(const ResponseHead& head) {
  switch (head.framing) {
    case Framing::none: return "no-body";
    case Framing::length: return "length=" + std::to_string(head.content_length);
    case Framing::chunked: return "chunked";
    case Framing::until_close: return "until-close";
  }
  return "unknown";
}

class HttpReplay final : public Replay {
 public:
  enum class Phase { head, length, chunked, until_close, ended, refused };

  HttpReplay(Phase phase, bool head_request, Guarded& memory, Placement placement)
      : Replay(memory, placement), phase_(phase) {
    parser_.reset(head_request);
    chunks_.reset();
  }

  void finish() override {
    if (phase_ == Phase::until_close) end_message();
    if (phase_ == Phase::ended && !tail_.empty()) emit("rest " + quote(tail_));
    if (phase_ != Phase::ended && phase_ != Phase::refused) {
      emit_body();
      emit("unfinished");
    }
  }

 protected:
  void read() override {
    while (step()) {
    }
  }

 private:
  // False when more bytes are needed.
  bool step() {
    switch (phase_) {
      case Phase::head: return read_head();
      case Phase::length: return read_body(std::min<uint64_t>(tail_.size(), left_));
      case Phase::until_close: return read_body(tail_.size());
      case Phase::chunked: return read_chunks();
      case Phase::ended:
      case Phase::refused: return false;
    }
    return false;
  }

  bool read_head() {
    HeadFields fields;
    ResponseHead head;
    const std::span<char> bytes = place();
    const HeadParser::Status status = parser_.parse(bytes, fields, head);
    if (status == HeadParser::Status::refused) return refuse(parser_.refusal());
    if (status == HeadParser::Status::done) {
      const bool interim = head.interim();
      emit((interim ? "interim " : "head ") + std::to_string(head.status) +
           (head.keep_alive ? " keep-alive " : " close ") + framing_of(head));
      for (const Field& field : head.fields) emit("field " + quote(field.name) + " " + quote(field.value));
      if (interim && !parser_.skip_interim()) {
        keep(bytes, head.bytes);
        return refuse(parser_.refusal());
      }
      if (!interim) begin_body(head);
    }
    keep(bytes, head.bytes);
    return status == HeadParser::Status::done;
  }

  void begin_body(const ResponseHead& head) {
    left_ = head.content_length;
    switch (head.framing) {
      case Framing::none: end_message(); break;
      case Framing::length: phase_ = Phase::length; break;
      case Framing::chunked: phase_ = Phase::chunked; break;
      case Framing::until_close: phase_ = Phase::until_close; break;
    }
  }

  bool read_body(size_t size) {
    body_ += tail_.substr(0, size);
    tail_.erase(0, size);
    left_ -= phase_ == Phase::length ? size : 0;
    if (phase_ == Phase::length && left_ == 0) end_message();
    return phase_ == Phase::ended;
  }

  bool read_chunks() {
    const std::span<char> bytes = place();
    const ChunkedDecoder::Step step = chunks_.next(bytes);
    body_.append(step.data.data(), step.data.size());
    keep(bytes, step.consumed);
    switch (step.status) {
      case ChunkedDecoder::Status::data: return true;
      case ChunkedDecoder::Status::more: return false;
      case ChunkedDecoder::Status::done: end_message(); return true;
      case ChunkedDecoder::Status::refused: return refuse(chunks_.refusal());
    }
    return false;
  }

  void end_message() {
    emit_body();
    emit("end");
    phase_ = Phase::ended;
  }

  bool refuse(Refusal refusal) {
    emit_body();
    emit(std::string("refused ") + name_of(refusal));
    phase_ = Phase::refused;
    return false;
  }

  void emit_body() {
    if (!body_.empty()) emit("body " + quote(body_));
    body_.clear();
  }

  Phase phase_;
  HeadParser parser_;
  ChunkedDecoder chunks_;
  uint64_t left_ = 0;
  std::string body_;
};

}  // namespace

std::unique_ptr<Replay> make_http_replay(bool head_request, Guarded& memory, Placement placement) {
  return std::make_unique<HttpReplay>(HttpReplay::Phase::head, head_request, memory, placement);
}

std::unique_ptr<Replay> make_chunked_replay(Guarded& memory, Placement placement) {
  return std::make_unique<HttpReplay>(HttpReplay::Phase::chunked, false, memory, placement);
}

}  // namespace ringload::wire
