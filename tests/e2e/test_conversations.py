"""What conversations consist of: every earlier turn in order and unaltered, weights, turns, think times and sizes as the
profile says, and results by prompt size.

The server keeps its own account: what it answered is told in the events' own bytes, and what comes back in the next
turn's history must be the same text, code unit for code unit (JSON strings may hold half of a surrogate pair).
"""
import json
import random
import re
import statistics
import threading
import unittest

import harness
import sse
from witness import Witness, bytewise, chat_body, random_cuts, reply, stream_reply, whole

# Each is the inside of a JSON string, as a provider may write it.
AWKWARD = [
    r'plain words',
    r'\"quoted\" and \\ back\\\\slashes \/ and /',
    r'lines\nand\r\ntabs\t, \b\f',
    r'emoji \ud83d\ude00 escaped',
    'emoji \U0001F600 and \u00e9\u4e2d\u6587 raw',
    r'half a pair \ud83d alone',
    r'the other half \ude00 alone',
    r'NUL \u0000 inside',
    r'upper \uD83D\uDE00 and lower \u00e9 and \u00E9',
    '\u2028 separators \u2029 and \u007f',
    r'{\"role\": \"user\", \"content\": \"not a turn\"}]}',
    'data: [DONE]',
    r'data: [DONE]\n\ndata: {}\n\n',
    r'ends in a backslash \\',
    r'ends in a quote \"',
    'x' * 700,
]


def inside(text):
    """What a JSON string of these bytes means: a str that may hold lone surrogates."""
    return json.loads('"' + text + '"')


def pieces_of(text, draw):
    """Cuts the inside of a JSON string into several such: an escape stays whole, a surrogate pair need not."""
    units = re.findall(r'\\u[0-9a-fA-F]{4}|\\.|[^\\]', text, re.S)
    pieces, at = [], 0
    while at < len(units):
        size = draw.randint(1, 6)
        pieces.append("".join(units[at:at + size]))
        at += size
    return pieces


def event(content):
    return ('data: {"id":"chatcmpl-w","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,'
            '"delta":{"content":"' + content + '"},"finish_reason":null}]}\n\n')


def chat_stream(pieces):
    first = 'data: {"id":"chatcmpl-w","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}\n\n'
    last = ('data: {"id":"chatcmpl-w","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
            'data: {"id":"chatcmpl-w","choices":[],"usage":' + json.dumps(sse.usage_of(len(pieces))) + '}\n\n'
            'data: [DONE]\n\n')
    return (first + "".join(map(event, pieces)) + last).encode()


def chat_document(text, tokens):
    return ('{"id":"chatcmpl-w","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant",'
            '"content":"' + text + '"},"finish_reason":"stop"}],"usage":' + json.dumps(sse.usage_of(tokens)) + '}').encode()


def anthropic_stream(pieces):
    out = ['event: message_start\ndata: {"type":"message_start","message":{"id":"msg_w","type":"message","role":'
           '"assistant","content":[],"usage":{"input_tokens":7,"output_tokens":1}}}\n\n',
           'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text",'
           '"text":""}}\n\n']
    for piece in pieces:
        out.append('event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":'
                   '"text_delta","text":"' + piece + '"}}\n\n')
    out.append('event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n'
               'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":'
               '{"output_tokens":%d}}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n' % len(pieces))
    return "".join(out).encode()


def anthropic_document(text, tokens):
    return ('{"id":"msg_w","type":"message","role":"assistant","content":[{"type":"text","text":"' + text + '"}],'
            '"stop_reason":"end_turn","usage":{"input_tokens":7,"output_tokens":%d}}' % tokens).encode()


class Historian:
    """Answers each turn with awkward text, and holds every request against the conversation as it remembers it."""

    def __init__(self, answer):
        self.answer = answer            # of (text, request) → Reply
        self.lock = threading.Lock()
        self.talks = {}                 # by UUID: the messages of the last request, and the reply to it
        self.wrong = []
        self.turns = {}                 # by UUID: how many requests

    def __call__(self, request):
        body = request.body
        uuid = request.headers["x-request-id"]
        messages = [message for message in body["messages"] if message["role"] != "system"]
        text = AWKWARD[random.Random(f"{uuid}{len(messages)}").randrange(len(AWKWARD))]
        with self.lock:
            earlier = self.talks.get(uuid, [])
            told = [(message["role"], self.text_of(message)) for message in messages]
            if told[:-1] != earlier:
                self.wrong.append((uuid, earlier, told))
            if told[-1][0] != "user" or not told[-1][1]:
                self.wrong.append((uuid, "the last message is no user's", told))
            self.talks[uuid] = told + [("assistant", inside(text))]
            self.turns[uuid] = self.turns.get(uuid, 0) + 1
        return self.answer(text, request)

    @staticmethod
    def text_of(message):
        content = message["content"]
        return content if isinstance(content, str) else "".join(part["text"] for part in content)


def cut_of(request):
    return [whole, bytewise, random_cuts(request.index, 3), random_cuts(request.index, 50)][request.index % 4]


class Histories(harness.EndToEnd):
    def check(self, stream, protocol, answer, turns=5):
        historian = Historian(answer)
        with Witness(historian) as witness:
            profile = self.write("talk.json", {
                "defaults": {"target": witness.url, "model": "m", "max_tokens": 400, "stream": stream,
                             "protocol": protocol, "system": "Be \"brief\".\n"},
                "stages": [{"concurrency": 6, "duration": "60s"}],
                "scenarios": [{"name": "talk", "turns": turns}]})
            run = self.ringload("run", "--config", profile, "--requests", 400, "--duration", "60s", "--html", "off",
                                "--no-preflight", "--live", "off")
        self.assertEqual(0, run.status, str(run))
        self.assert_all_ok(run)
        self.assertEqual([], historian.wrong[:1])
        self.assertEqual(len(witness.requests), run.sent)
        self.assertGreater(sum(1 for count in historian.turns.values() if count == turns), 40)
        self.assertEqual(turns, max(historian.turns.values()))
        self.assertEqual(0, run.summary["aggregate"].get("reply_truncated", 0))

    def test_streamed(self):
        def answer(text, request):
            pieces = pieces_of(text, random.Random(request.index))
            return stream_reply(chat_stream(pieces), len(pieces), cut=cut_of(request))
        self.check(True, "openai-chat", answer)

    def test_unstreamed(self):
        def answer(text, request):
            answered = reply(chat_document(text, 3), 3)
            answered.pieces = cut_of(request)(answered.pieces[0])
            return answered
        self.check(False, "openai-chat", answer)

    def test_streamed_anthropic(self):
        def answer(text, request):
            pieces = pieces_of(text, random.Random(request.index))
            return stream_reply(anthropic_stream(pieces), len(pieces), cut=cut_of(request))
        self.check(True, "anthropic", answer)

    def test_unstreamed_anthropic(self):
        def answer(text, request):
            answered = reply(anthropic_document(text, 3), 3)
            answered.pieces = cut_of(request)(answered.pieces[0])
            return answered
        self.check(False, "anthropic", answer)

    def test_open_stage(self):
        def answer(text, request):
            pieces = pieces_of(text, random.Random(request.index))
            return stream_reply(chat_stream(pieces), len(pieces), cut=random_cuts(request.index, 60))
        historian = Historian(answer)
        with Witness(historian) as witness:
            profile = self.write("open.json", {
                "defaults": {"target": witness.url, "model": "m", "max_tokens": 400, "stream": True},
                "stages": [{"rate": 100, "duration": "3s"}], "scenarios": [{"name": "talk", "turns": 3}]})
            run = self.ringload("run", "--config", profile, "--html", "off", "--no-preflight", "--live", "off",
                                "--allow-invalid")
        self.assertEqual(0, run.status, str(run))
        self.assert_all_ok(run)
        self.assertEqual([], historian.wrong[:1])
        self.assertEqual({3}, set(historian.turns.values()), "an open stage's conversations are led to their end")

    def test_a_failed_turn_ends_its_conversation(self):
        def behave(request):
            turn = (len(request.body["messages"]) + 1) // 2
            if turn == 2:
                return reply('{"error": {"message": "no"}}', status="500 Oops")
            return reply(chat_body(tokens=2), 2)
        with Witness(behave) as witness:
            profile = self.write("fail.json", {
                "defaults": {"target": witness.url, "model": "m"},
                "stages": [{"concurrency": 2, "duration": "20s"}], "scenarios": [{"name": "talk", "turns": 4}]})
            run = self.ringload("run", "--config", profile, "--requests", 100, "--duration", "20s", "--html", "off",
                                "--no-preflight", "--live", "off")
        self.assertEqual({1, 2}, {line["turn"] for line in run.lines})
        balance = run.summary["conservation"]
        self.assertEqual(2 * balance["failed"], balance["abandoned"], "two turns are left of each")


class Statistics(harness.EndToEnd):
    def test_weights_turns_think_times_and_tokens_are_the_profile_s(self):
        mock = self.mock()
        profile = self.write("mix.json", {
            "defaults": {"target": mock.url, "model": "m", "max_tokens": 5},
            "stages": [{"rate": 600, "duration": "6s", "rate_of": "conversations"}],
            "scenarios": [
                {"name": "one", "weight": 55, "max_tokens": 4},
                {"name": "four", "weight": 30, "turns": 4, "stream": True, "max_tokens": 6, "think_time": "50ms"},
                {"name": "some", "weight": 15, "turns": {"min": 1, "max": 3}, "max_tokens": 8,
                 "think_time": {"min": "20ms", "max": "60ms"}}]})
        run = self.ringload("run", "--config", profile, "--html", "off", "--live", "off", "--allow-invalid")
        self.assertEqual(0, run.status, str(run))
        self.assert_all_ok(run)
        talks = {}
        for line in run.lines:
            talks.setdefault(line["conv_uuid"], []).append(line)
        for talk in talks.values():
            talk.sort(key=lambda line: line["turn"])
            self.assertEqual(list(range(1, len(talk) + 1)), [line["turn"] for line in talk])
            self.assertEqual({len(talk)}, {line["turns_total"] for line in talk})
        by_scenario = {name: [talk for talk in talks.values() if talk[0]["scenario"] == name]
                       for name in ("one", "four", "some")}
        for name, share in (("one", 0.55), ("four", 0.30), ("some", 0.15)):
            # Five standard deviations of a binomial share.
            tolerance = 5 * (share * (1 - share) / len(talks)) ** 0.5
            self.assertAlmostEqual(share, len(by_scenario[name]) / len(talks), delta=tolerance)
        self.assertEqual({1}, {len(talk) for talk in by_scenario["one"]})
        self.assertEqual({4}, {len(talk) for talk in by_scenario["four"]})
        lengths = [len(talk) for talk in by_scenario["some"]]
        for turns in (1, 2, 3):
            tolerance = 5 * (2 / 9 / len(lengths)) ** 0.5
            self.assertAlmostEqual(1 / 3, lengths.count(turns) / len(lengths), delta=tolerance)
        for name, tokens in (("one", 4), ("four", 6), ("some", 8)):
            self.assertEqual({tokens}, {line["completion_tokens"] for talk in by_scenario[name] for line in talk})

        def thinks(name):
            # Starts are whole milliseconds.
            return [later["start_unix_ms"] - earlier["start_unix_ms"] - earlier["latency_ms"]
                    for talk in by_scenario[name] for earlier, later in zip(talk, talk[1:])]
        self.assertLess(max(abs(think - 50) for think in thinks("four")), 1.01)
        some = thinks("some")
        self.assertTrue(all(18.9 < think < 61.1 for think in some), (min(some), max(some)))
        spread = 40 / 12 ** 0.5
        self.assertAlmostEqual(40, statistics.fmean(some), delta=5 * spread / len(some) ** 0.5)
        self.assertAlmostEqual(spread, statistics.pstdev(some), delta=0.1 * spread)

    def test_results_by_prompt_size_are_those_of_the_requests_of_that_size(self):
        seen = []

        def behave(request):
            # UUID (11 tokens) and one token for each word.
            tokens = 11 + len(request.body["messages"][-1]["content"].split()) - 1
            seen.append(tokens)
            if request.body.get("stream"):
                return stream_reply(sse.render(sse.chat_events(["w"] * 5)), 5)
            return reply(chat_body(tokens=5), 5)
        with Witness(behave) as witness:
            profile = self.write("sizes.json", {
                "defaults": {"target": witness.url, "model": "m"},
                "stages": [{"concurrency": 4, "duration": "1s"}, {"rate": 100, "duration": "1s"}],
                "slo": {"e2e_ms": 5000},
                "scenarios": [
                    {"name": "sized", "content": {"approx_input_tokens": {"choices": [[50, 3], [200, 1], [900, 1]]}}},
                    {"name": "streamed", "stream": True,
                     "content": {"approx_input_tokens": {"choices": [[50, 1], [60, 1], [50, 1]]}}},
                    {"name": "plain"}]})
            run = self.ringload("run", "--config", profile, "--html", "off", "--no-preflight", "--live", "off",
                                "--allow-invalid", "--shards", 2)
        self.assertEqual(0, run.status, str(run))
        self.assert_all_ok(run)
        rows = {(row["scenario"], row["tokens_from"], row["tokens_to"]): row["stat"] for row in run.summary["segments"]}
        self.assertEqual({("sized", 50, 50), ("sized", 200, 200), ("sized", 900, 900), ("streamed", 50, 50),
                          ("streamed", 60, 60)}, set(rows))
        for tokens in (200, 900, 60):
            scenario = "streamed" if tokens == 60 else "sized"
            self.assertEqual(seen.count(tokens), rows[scenario, tokens, tokens]["ok"])
        self.assertEqual(seen.count(50), rows["sized", 50, 50]["ok"] + rows["streamed", 50, 50]["ok"])
        for name in ("sized", "streamed"):
            scenarios = [row for stage in run.summary["stages"] for row in stage["scenarios"] if row["label"] == name]
            for figure in ("requests", "ok", "completion_tokens", "bytes_sent", "good"):
                self.assertEqual(sum(row[figure] for row in scenarios),
                                 sum(row[figure] for key, row in rows.items() if key[0] == name), figure)
            self.assertEqual(sum(row["ended"]["ok"] for row in scenarios),
                             sum(row["ended"]["ok"] for key, row in rows.items() if key[0] == name))
            for figure in ("latency", "ttfb", "itl"):
                self.assertEqual(sum(row[figure + "_ms"]["n"] for row in scenarios),
                                 sum(row[figure + "_ms"]["n"] for key, row in rows.items() if key[0] == name), figure)
        self.assertEqual(4 * rows["streamed", 60, 60]["ok"], rows["streamed", 60, 60]["itl_ms"]["n"])


if __name__ == "__main__":
    unittest.main()
