"""Streams as providers write them, in every shape that a client must read alike. Each function returns bytes."""
import json


def chunk(delta=None, finish=None, usage="absent", choices=True, **more):
    event = {"id": "chatcmpl-witness", "object": "chat.completion.chunk", "created": 1, "model": "test-model"}
    event["choices"] = [{"index": 0, "delta": delta or {}, "finish_reason": finish}] if choices else []
    if usage != "absent":
        event["usage"] = usage
    event.update(more)
    return event


def usage_of(tokens, prompt=7, reasoning=None):
    usage = {"prompt_tokens": prompt, "completion_tokens": tokens, "total_tokens": prompt + tokens}
    if reasoning is not None:
        usage["completion_tokens_details"] = {"reasoning_tokens": reasoning}
    return usage


def chat_events(contents, usage="own", deltas=None, finish="stop"):
    """One event for each text. usage: own (a chunk of its own), last (with the finish), every (cumulative), none."""
    deltas = deltas if deltas is not None else [{"content": text} for text in contents]
    n = len(deltas)
    everywhere = (lambda i: usage_of(i)) if usage == "every" else (lambda i: "absent")
    events = [chunk({"role": "assistant", "content": ""}, usage=everywhere(0))]
    events += [chunk(delta, usage=everywhere(i + 1)) for i, delta in enumerate(deltas)]
    events.append(chunk({}, finish, usage_of(n) if usage in ("last", "every") else "absent"))
    if usage == "own":
        events.append(chunk(usage=usage_of(n), choices=False))
    return events


def render(events, newline="\n", done=True, space=" ", separators=(",", ":"), comments=False, multiline=False,
           bom=False, name=None, ascii_only=True):
    """SSE text of the events (objects, or strings as they are), as bytes."""
    lines = []
    for event in events:
        if comments:
            lines += [": a comment", "retry: 1000", "id: 7", "unknown: field"]
        if name is not None:
            lines.append(f"event:{space}{name if isinstance(name, str) else name(event)}")
        text = event if isinstance(event, str) else json.dumps(event, separators=separators, ensure_ascii=ascii_only)
        # White space is allowed between JSON tokens, so a line may end there.
        parts = text.split(",\"", 1) if multiline else [text]
        lines += [f"data:{space}{parts[0]}"] + [f"data:{space},\"{part}" for part in parts[1:]]
        lines.append("")
        if comments:
            lines += [":", ""]
    if done:
        lines += [f"data:{space}[DONE]", ""]
    text = newline.join(lines) + newline
    return (b"\xef\xbb\xbf" if bom else b"") + text.encode()


def anthropic_events(texts, thinking=()):
    events = [{"type": "message_start", "message": {"id": "msg_witness", "type": "message", "role": "assistant",
                                                    "model": "test-model", "content": [],
                                                    "usage": {"input_tokens": 7, "output_tokens": 1}}},
              {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
              {"type": "ping"}]
    events += [{"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": text}}
               for text in thinking]
    events += [{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
               for text in texts]
    events += [{"type": "content_block_stop", "index": 0},
               {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None},
                "usage": {"output_tokens": len(texts) + len(thinking)}},
               {"type": "message_stop"}]
    return events
