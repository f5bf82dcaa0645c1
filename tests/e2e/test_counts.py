"""Requests and tokens that ringload reports are those that others counted."""
import json
import unittest

import harness
import sse
from witness import Witness, chat_body, reply, stream_reply

QUICK = ("--concurrency", 8, "--requests", 2000, "--duration", "30s")


class AgainstIndependentServers(harness.EndToEnd):
    def tokens_of(self, run):
        return sum(line["completion_tokens"] or 0 for line in run.lines)

    def check_fixed_server(self, stream, protocol="openai-chat"):
        server = self.fixed_server("--tokens", "37")
        run = self.run_load(server.url, *QUICK, "--stream", stream, "--protocol", protocol)
        counts = server.counts()
        self.assert_all_ok(run)
        self.assertEqual(2000, run.summary["aggregate"]["ok"])
        self.assertEqual(counts["requests"], run.sent)
        self.assertEqual(counts["streams"], run.sent if stream == "on" else 0)
        preflight = run.summary["conservation"]["preflight"]
        self.assertEqual(counts["completion_tokens"], self.tokens_of(run) + 37 * preflight)
        self.assertEqual(37 * 2000, run.summary["aggregate"]["completion_tokens"])

    def test_fixed_server_plain(self):
        self.check_fixed_server("off")

    def test_fixed_server_streamed(self):
        self.check_fixed_server("on")

    def test_fixed_server_anthropic(self):
        self.check_fixed_server("off", "anthropic")

    def test_fixed_server_anthropic_streamed(self):
        self.check_fixed_server("on", "anthropic")

    def test_tokens_that_vary_from_answer_to_answer(self):
        def behave(request):
            tokens = 1 + request.index * 7 % 50
            if request.body.get("stream"):
                return stream_reply(sse.render(sse.chat_events(["w"] * tokens)), tokens)
            return reply(chat_body(tokens), tokens)
        for stream in ("on", "off"):
            with self.subTest(stream=stream), Witness(behave) as witness:
                run = self.run_load(witness.url, "--stream", stream, "--concurrency", 5, "--requests", 300,
                                    "--duration", "30s", "--no-preflight")
                self.assert_all_ok(run)
                self.assertEqual(len(witness.requests), run.sent)
                self.assertEqual(witness.tokens, self.tokens_of(run))
                self.assertEqual(witness.tokens, run.summary["aggregate"]["completion_tokens"])

    def test_what_the_server_sees_is_what_the_flags_say(self):
        with Witness(lambda request: reply(chat_body())) as witness:
            run = self.run_load(witness.url, "--stream", "off", "--concurrency", 2, "--requests", 20, "--duration",
                                "20s", "--max-tokens", 77, "--input-tokens", 64, "--vk", "sk-secret-key-123456",
                                "--header", "X-Team: blue")
        uuids = set()
        for request in witness.requests:
            self.assertEqual(("POST", "/v1/chat/completions"), (request.method, request.path))
            self.assertEqual("test-model", request.body["model"])
            self.assertEqual(77, request.body["max_tokens"])
            self.assertNotIn("stream", request.body)
            self.assertEqual("Bearer sk-secret-key-123456", request.headers["authorization"])
            self.assertEqual("blue", request.headers["x-team"])
            self.assertEqual("identity", request.headers["accept-encoding"])
            uuids.add(request.headers["x-request-id"])
            self.assertIn(request.headers["x-request-id"], request.body["messages"][-1]["content"])
        self.assertEqual(len(witness.requests), len(uuids), "every conversation has its own UUID")
        everything = run.out + run.err + json.dumps(run.summary) + json.dumps(run.lines)
        self.assertNotIn("sk-secret-key-123456", everything, "keys are in no output")


class AgainstTheMock(harness.EndToEnd):
    def test_mock_counts_the_same_requests(self):
        for stream in ("off", "on"):
            with self.subTest(stream=stream):
                mock = self.mock()
                run = self.run_load(mock.url, *QUICK, "--stream", stream, "--max-tokens", 21)
                self.assert_all_ok(run)
                counted = sum(value for name, value in mock.metrics().items()
                              if name.startswith("mock_requests_total") and "/v1/" in name)
                self.assertEqual(counted, run.sent)
                tokens = sum(value for name, value in mock.metrics().items()
                             if name.startswith("mock_completion_tokens_total"))
                preflight = run.summary["conservation"]["preflight"]
                self.assertEqual(tokens, run.summary["aggregate"]["completion_tokens"] + 21 * preflight)
                self.assertEqual(0, mock.stop())

    def test_conversations_of_several_turns(self):
        mock = self.mock()
        profile = self.write("turns.json", {
            "defaults": {"target": mock.url, "model": "m", "max_tokens": 9},
            "stages": [{"concurrency": 4, "duration": "2s"}],
            "scenarios": [{"name": "talk", "turns": 4, "stream": True},
                          {"name": "ask", "turns": {"min": 1, "max": 3}}]})
        run = self.ringload("run", "--config", profile, "--html", "off")
        self.assertEqual(0, run.status, str(run))
        self.assert_all_ok(run)
        turns = {}
        for line in run.lines:
            turns.setdefault(line["conv_uuid"], []).append(line)
        for conversation in turns.values():
            self.assertEqual(list(range(1, len(conversation) + 1)), sorted(line["turn"] for line in conversation))
        whole = [c for c in turns.values() if c[0]["scenario"] == "talk" and len(c) == 4]
        self.assertTrue(whole)
        for conversation in whole:
            prompts = [line["prompt_tokens"] for line in sorted(conversation, key=lambda line: line["turn"])]
            self.assertEqual(sorted(set(prompts)), prompts, "replies are fed back, so the context grows")


class ThroughNginx(harness.EndToEnd):
    def test_nginx_as_the_target_logs_the_same_requests(self):
        body = chat_body(tokens=11)
        nginx = self.nginx(f"location / {{ default_type application/json; return 200 '{body}'; }}")
        run = self.run_load(nginx.url, *QUICK, "--stream", "off")
        self.assert_all_ok(run)
        logged = nginx.logged()
        self.assertEqual(run.sent, sum(1 for status, _, _, uri in logged if status == 200 and uri.startswith("/v1/")))
        self.assertEqual(11 * 2000, run.summary["aggregate"]["completion_tokens"])

    def check_proxy(self, stream, keep_alive):
        server = self.fixed_server("--tokens", "16")
        upstream = f"upstream llm {{ server 127.0.0.1:{server.port}; keepalive 64; keepalive_requests 1000000; }}"
        upstream_side = 'proxy_http_version 1.1; proxy_set_header Connection "";' if keep_alive else ""
        client_side = "" if keep_alive else "keepalive_timeout 0;"
        nginx = self.nginx(f"{client_side} location / {{ proxy_pass http://llm; proxy_buffering off; "
                           f"{upstream_side} }}", upstream)
        run = self.run_load(nginx.url, "--concurrency", 8, "--requests", 500, "--duration", "30s", "--stream", stream)
        self.assert_all_ok(run)
        counts, logged = server.counts(), nginx.logged()
        self.assertEqual(counts["requests"], run.sent)
        self.assertEqual(len([row for row in logged if row[0] == 200]), run.sent)
        self.assertEqual(16 * 500, run.summary["aggregate"]["completion_tokens"])
        connections = {connection for _, connection, _, _ in logged}
        if keep_alive:
            self.assertLess(len(connections), 50, "connections are kept")
        else:
            self.assertEqual(run.sent, len(connections), "one connection for each request")

    def test_reverse_proxy_plain_keep_alive(self):
        self.check_proxy("off", True)

    def test_reverse_proxy_streamed_keep_alive(self):
        self.check_proxy("on", True)

    def test_reverse_proxy_plain_without_keep_alive(self):
        self.check_proxy("off", False)

    def test_reverse_proxy_streamed_without_keep_alive(self):
        self.check_proxy("on", False)

    def test_proxy_whose_upstream_is_away_answers_502(self):
        nginx = self.nginx(f"location / {{ proxy_pass http://127.0.0.1:{harness.free_port()}; }}")
        run = self.run_load(nginx.url, "--concurrency", 2, "--requests", 20, "--duration", "20s", "--stream", "off",
                            "--no-preflight", expect=4)
        self.assertEqual({"http_5xx"}, {line["err"].split(":")[0] for line in run.lines})
        self.assertEqual({502}, {line["status"] for line in run.lines})


if __name__ == "__main__":
    unittest.main()
