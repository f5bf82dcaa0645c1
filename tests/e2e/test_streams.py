"""The same events and tokens however a stream's bytes are cut, in every shape that providers write.

Each case is a stream and what must be read from it. It is answered whole, byte by byte, in random pieces, with random
chunks and close-delimited; every JSONL line must say the same.
"""
import json
import time
import unittest

import harness
import sse
from sse import chat_events, chunk, render, usage_of
from witness import Witness, bytewise, head, random_cuts, reply, stream_reply

TEXTS = [" one", " two", " three", " four", " five"]
TRICKY = [' say \\"hi\\"', '{"choices":[{"delta":{"content":"fake"}}],"usage":{"completion_tokens":99}}',
          'data: [DONE]\n\n', 'line\r\nbreak', '\u00e9\u4e2d\U0001f600', '"',
          "\\", '\\"content\\":\\"', "event: error\n"]


def delivery(index, body):
    """The nth request's way of cutting the same bytes; the first three suit streams of any length."""
    ways = [lambda: stream_reply(body),
            lambda: stream_reply(body, framing="close", cut=random_cuts(index, 3000)),
            lambda: stream_reply(body, chunk=random_cuts(index, 2000), cut=random_cuts(index + 1, 3000)),
            lambda: stream_reply(body, framing="length", cut=random_cuts(index, 7)),
            lambda: stream_reply(body, cut=bytewise),
            lambda: stream_reply(body, chunk=bytewise, cut=random_cuts(index, 300)),
            lambda: stream_reply(body, framing="close", cut=bytewise)]
    return ways[index % (len(ways) if len(body) < 20_000 else 3)]()


class Case:
    def __init__(self, body, tokens, err=None, estimated=False, reasoning=None, prompt=7, protocol="openai-chat"):
        self.body, self.tokens, self.err, self.estimated = body, tokens, err, estimated
        self.reasoning, self.prompt, self.protocol = reasoning, prompt, protocol


def reordered(events):
    """The same objects with their keys the other way round, at every depth."""
    def turn(value):
        if isinstance(value, dict):
            return {key: turn(value[key]) for key in reversed(list(value))}
        return [turn(item) for item in value] if isinstance(value, list) else value
    return [turn(event) for event in events]


def with_usage(cases, name, deltas_or_texts, deltas=False, **how):
    """One case with usage told, one where the tokens must be counted from the events."""
    arguments = {"contents": deltas_or_texts} if not deltas else {"contents": [], "deltas": deltas_or_texts}
    n = len(deltas_or_texts)
    cases[name] = Case(render(chat_events(**arguments), **how), n)
    cases[name + "_without_usage"] = Case(render(chat_events(usage="none", **arguments), **how), n, estimated=True,
                                          prompt=None)


def tool_deltas():
    call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "look", "arguments": ""}}
    return [{"tool_calls": [call]}] + [{"tool_calls": [{"index": 0, "function": {"arguments": part}}]}
                                       for part in ('{"city"', ':"Pa', 'ris"}')]


def build_cases():
    cases = {}
    with_usage(cases, "lf", TEXTS)
    with_usage(cases, "crlf", TEXTS, newline="\r\n")
    with_usage(cases, "cr", TEXTS, newline="\r")
    with_usage(cases, "bom", TEXTS, bom=True)
    with_usage(cases, "comments_and_unknown_fields", TEXTS, comments=True)
    with_usage(cases, "comments_crlf", TEXTS, comments=True, newline="\r\n")
    with_usage(cases, "multi_line_data", TEXTS, multiline=True)
    with_usage(cases, "multi_line_data_cr", TEXTS, multiline=True, newline="\r")
    with_usage(cases, "no_space_after_colon", TEXTS, space="")
    with_usage(cases, "extra_white_space", TEXTS, separators=(" , ", " : "))
    with_usage(cases, "escaped_quotes_and_json_inside", TRICKY)
    with_usage(cases, "reasoning_content", [{"reasoning_content": text} for text in TEXTS], deltas=True)
    with_usage(cases, "reasoning", [{"reasoning": text} for text in TEXTS], deltas=True)
    with_usage(cases, "refusal", [{"refusal": text} for text in TEXTS], deltas=True)
    with_usage(cases, "raw_utf8", ["\u00e9", "\u4e2d\u6587", "\U0001f600\U0001f680"], ascii_only=False)
    with_usage(cases, "event_longer_than_a_receive_buffer", ["x" * 200_000, "y" * 70_000])
    with_usage(cases, "events_of_every_length", ["y" * length for length in range(1, 80)])
    cases["usage_in_the_last_chunk"] = Case(render(chat_events(TEXTS, usage="last")), 5)
    cases["usage_in_every_chunk"] = Case(render(chat_events(TEXTS, usage="every")), 5)
    cases["reordered_keys"] = Case(render(reordered(chat_events(TEXTS))), 5)
    cases["reordered_keys_usage_last"] = Case(render(reordered(chat_events(TEXTS, usage="last"))), 5)
    cases["tool_calls"] = Case(render(chat_events([], deltas=tool_deltas(), finish="tool_calls")), 4)
    null_usage = [chunk({"content": text}, usage=None) for text in TEXTS]
    cases["usage_null_before"] = Case(render([*null_usage, chunk(usage=usage_of(5), choices=False)]), 5)
    azure = {"choices": [], "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}]}
    cases["azure_first_chunk"] = Case(render([azure, *chat_events(TEXTS)]), 5)
    hidden = [chunk({"content": text}) for text in TEXTS] + [chunk(usage=usage_of(25, reasoning=20), choices=False)]
    cases["reasoning_tokens_that_nobody_streamed"] = Case(render(hidden), 25, reasoning=20)
    two = [dict(chunk(), choices=[{"index": i, "delta": {"content": text}, "finish_reason": None}])
           for text in TEXTS for i in (0, 1)]
    cases["two_choices"] = Case(render([*two, chunk(usage=usage_of(10), choices=False)]), 10)
    error = {"error": {"message": "upstream \"broke\"", "type": "server_error", "code": None}}
    cases["error_event_in_a_200"] = Case(render([*chat_events(TEXTS, usage="none"), error], done=False), None,
                                         "stream_error")
    cases["error_event_first"] = Case(render([error]), None, "stream_error")
    cases["without_its_terminal_event"] = Case(render(chat_events(TEXTS), done=False), None, "stream_incomplete")
    cases["terminal_event_not_ended"] = Case(render(chat_events(TEXTS), done=False) + b"data: [DONE]", None,
                                             "stream_incomplete")
    cases["not_json"] = Case(b"data: {nonsense}\n\ndata: [DONE]\n\n", None, "bad_body")
    cases["nothing_generated"] = Case(render([chunk({"role": "assistant", "content": ""}), chunk({}, "stop")]), None,
                                      "empty_completion")
    blank = [chunk({"content": text}) for text in (" ", "\n", "\t ")]
    cases["white_space_only"] = Case(render([*blank, chunk(usage=usage_of(0), choices=False)]), 0, "empty_completion")
    cases["white_space_only_without_usage"] = Case(render(blank), 3, "empty_completion", estimated=True, prompt=None)
    cases["white_space_that_usage_counts"] = Case(render([*blank, chunk(usage=usage_of(3), choices=False)]), 3)
    after_done = render(chat_events(TEXTS)) + render([chunk({"content": "late"})])
    cases["bytes_after_done"] = Case(after_done, 5)

    typed = {"name": lambda event: event["type"], "done": False}
    cases["anthropic"] = Case(render(sse.anthropic_events(TEXTS), **typed), 5, protocol="anthropic")
    cases["anthropic_crlf"] = Case(render(sse.anthropic_events(TEXTS), newline="\r\n", **typed), 5,
                                   protocol="anthropic")
    cases["anthropic_tricky"] = Case(render(sse.anthropic_events(TRICKY), **typed), len(TRICKY), protocol="anthropic")
    cases["anthropic_thinking"] = Case(render(sse.anthropic_events(TEXTS, thinking=TEXTS), **typed), 10,
                                       protocol="anthropic")
    cases["anthropic_incomplete"] = Case(render(sse.anthropic_events(TEXTS)[:-1], **typed), None, "stream_incomplete",
                                         protocol="anthropic")
    overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    cases["anthropic_error"] = Case(render([*sse.anthropic_events(TEXTS)[:5], overloaded], **typed), None,
                                    "stream_error", protocol="anthropic")
    return cases


class Streams(harness.EndToEnd):
    REQUESTS = 21  # each way of cutting three times

    def check(self, case):
        with Witness(lambda request: delivery(request.index, case.body)) as witness:
            run = self.run_load(witness.url, "--protocol", case.protocol, "--stream", "on", "--concurrency", 3,
                                "--requests", self.REQUESTS, "--duration", "30s", "--no-preflight",
                                expect=4 if case.err else 0)
            self.assertEqual(self.REQUESTS, len(witness.requests))
        lines = run.lines
        self.assertEqual(self.REQUESTS, len(lines))
        classes = {line["err"].split(":")[0] if line.get("err") else None for line in lines}
        self.assertEqual({case.err}, classes)
        if case.err is None:
            self.assertEqual({case.tokens}, {line["completion_tokens"] for line in lines})
            self.assertEqual({case.estimated}, {bool(line.get("tokens_estimated")) for line in lines})
            self.assertEqual({case.prompt}, {line.get("prompt_tokens") for line in lines})
            self.assertEqual(1, len({line["content_len"] for line in lines}), "content_len must not depend on the cuts")
            self.assertEqual(1, len({line.get("response_id") for line in lines}))
            self.assertTrue(all(line["ttft_ms"] is not None for line in lines))
            if case.reasoning is not None:
                self.assertEqual({case.reasoning}, {line.get("reasoning_tokens") for line in lines})
            total = run.summary["aggregate"]
            self.assertEqual(case.tokens * self.REQUESTS, total["completion_tokens"])
        self.assert_balanced(run)


def add_cases():
    for name, case in build_cases().items():
        def test(self, case=case):
            self.check(case)
        setattr(Streams, f"test_{name}", test)


add_cases()


class WrongAnswers(harness.EndToEnd):
    """What no stream may look like."""

    def classes(self, behave, *arguments, requests=6, expect=4):
        with Witness(behave) as witness:
            run = self.run_load(witness.url, "--concurrency", 2, "--requests", requests, "--duration", "20s",
                                "--no-preflight", *arguments, expect=expect)
        self.assert_balanced(run)
        return {line["err"].split(":")[0] if line.get("err") else None for line in run.lines}

    def test_stream_with_another_content_type_is_a_bad_body(self):
        body = render(chat_events(TEXTS))
        self.assertEqual({"bad_body"}, self.classes(
            lambda request: stream_reply(body, content_type="application/json"), "--stream", "on"))

    def test_content_encoding_is_a_bad_body(self):
        def behave(_):
            answer = stream_reply(render(chat_events(TEXTS)))
            answer.pieces = [answer.pieces[0].replace(b"\r\n", b"\r\nContent-Encoding: gzip\r\n", 1)]
            return answer
        self.assertEqual({"bad_body"}, self.classes(behave, "--stream", "on"))

    def test_an_error_event_ends_a_stream_that_says_nothing_more(self):
        def behave(_):
            answer = stream_reply(render([chunk({"content": "x"}), {"error": {"message": "broke"}}], done=False))
            answer.pieces, answer.then = [answer.pieces[0].removesuffix(b"0\r\n\r\n")], "hang"
            return answer
        begin = time.monotonic()
        self.assertEqual({"stream_error"}, self.classes(behave, "--stream", "on", "--timeout", "10s"))
        self.assertLess(time.monotonic() - begin, 8)

    def test_stream_cut_by_fin_inside_an_event(self):
        def behave(_):
            answer = stream_reply(render(chat_events(TEXTS)))
            answer.pieces, answer.then = [answer.pieces[0][:400]], "close"
            return answer
        self.assertEqual({"eof"}, self.classes(behave, "--stream", "on"))

    def test_stream_cut_by_rst_inside_an_event(self):
        def behave(_):
            answer = stream_reply(render(chat_events(TEXTS)))
            # The pause lets the bytes arrive: a reset discards what was not read.
            answer.pieces, answer.then = [answer.pieces[0][:400], 0.05], "reset"
            return answer
        self.assertEqual({"conn_reset"}, self.classes(behave, "--stream", "on"))

    def test_unstreamed_body_that_is_not_json(self):
        self.assertEqual({"bad_body"}, self.classes(lambda request: reply("<html>busy</html>"), "--stream", "off"))

    def test_head_that_is_not_http(self):
        def behave(_):
            answer = reply("{}")
            answer.pieces, answer.then = [b"SSH-2.0-OpenSSH_9.2\r\n"], "close"
            return answer
        self.assertEqual({"http_protocol"}, self.classes(behave, "--stream", "off"))

    def test_head_without_an_end_is_refused_within_bounds(self):
        def behave(_):
            answer = reply("{}")
            answer.pieces, answer.then = [head() + b"x-fill: " + b"a" * 200_000], "hang"
            return answer
        self.assertEqual({"http_protocol"}, self.classes(behave, "--stream", "off", "--timeout", "5s"))


if __name__ == "__main__":
    unittest.main()
