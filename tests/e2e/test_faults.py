"""Targets that refuse, vanish, hang up or say too much."""
import time
import unittest

import harness
from witness import Reply, Witness, chat_body, head, reply

FEW = ("--stream", "off", "--concurrency", 2, "--requests", 40, "--duration", "20s")


def error_classes(run):
    return {line["err"].split(":")[0] if line.get("err") else None for line in run.lines}


class Unreachable(harness.EndToEnd):
    def test_refused_target_exits_4_and_names_the_address(self):
        port = harness.free_port()
        run = self.run_load(f"http://127.0.0.1:{port}", *FEW, expect=4)
        self.assertIn(f"127.0.0.1:{port}", run.err)
        self.assertIn("refused", run.err)

    def test_refused_without_preflight_is_told_by_every_line(self):
        run = self.run_load(f"http://127.0.0.1:{harness.free_port()}", *FEW, "--no-preflight", expect=4)
        self.assertEqual({"conn_refused"}, error_classes(run))
        self.assertEqual({None}, {line["status"] for line in run.lines})
        self.assert_balanced(run)

    def test_unknown_name_exits_4(self):
        run = self.run_load("http://no-such-host.invalid:80", *FEW, expect=4)
        self.assertIn("no-such-host.invalid", run.err)

    def test_preflight_shows_status_and_answer(self):
        for status, remedy in (("401 Unauthorized", "--vk"), ("404 Not Found", "/v1/chat/completions")):
            with self.subTest(status=status), Witness(
                    lambda request: reply('{"error":"told you so"}', status=status)) as witness:
                run = self.run_load(witness.url, *FEW, expect=4)
                self.assertEqual(1, len(witness.requests), "one preflight request and no load")
            for text in (status[:3], "told you so", remedy):
                self.assertIn(text, run.err)

    def test_connections_refused_in_the_middle_of_a_run(self):
        def behave(request):
            if request.index == 100:
                witness.loop.call_soon(witness.server.close)
            return reply(chat_body(), then="close")
        with Witness(behave) as witness:
            run = self.run_load(witness.url, "--stream", "off", "--concurrency", 4, "--requests", 300,
                                "--duration", "20s", "--timeout", "3s", "--no-preflight")
            answered = len(witness.requests)
        # Connections that the closing listener had not accepted yet are reset; one that asyncio had just accepted for a
        # server that is no more stays open and silent.
        self.assertLessEqual(error_classes(run), {None, "conn_refused", "conn_reset", "timeout"})
        self.assertIn("conn_refused", error_classes(run))
        self.assertEqual(answered, sum(1 for line in run.lines if not line.get("err")))
        self.assert_balanced(run)


class Connections(harness.EndToEnd):
    def test_server_that_closes_each_connection_after_saying_so(self):
        def behave(_):
            body = chat_body().encode()
            return Reply([head(Connection="close", Content_Length=len(body)) + b"\r\n" + body], 5, "close")
        with Witness(behave) as witness:
            run = self.run_load(witness.url, *FEW, "--no-preflight")
        self.assert_all_ok(run)
        self.assertEqual(40, witness.connections)
        self.assertEqual(0, run.summary["conservation"]["resent"])

    def test_server_that_closes_each_connection_without_saying_so(self):
        with Witness(lambda request: reply(chat_body(), 5, then="close")) as witness:
            run = self.run_load(witness.url, *FEW, "--no-preflight")
        self.assert_all_ok(run)
        # A request that met the FIN before any byte of a response was sent once more; the witness read none of those.
        self.assertEqual(40, len(witness.requests))

    def test_disable_keepalive_opens_one_connection_for_each_request(self):
        with Witness(lambda request: reply(chat_body(), 5)) as witness:
            profile = self.write("p.json", {"defaults": {"target": witness.url, "model": "m"},
                                            "disable_keepalive": True})
            run = self.ringload("run", "--config", profile, "--concurrency", 2, "--requests", 30, "--duration", "20s",
                                "--html", "off", "--no-preflight")
            self.assertEqual(0, run.status, str(run))
        self.assertEqual(30, witness.connections)

    def test_connection_that_carried_bytes_after_the_response_is_never_used_again(self):
        def behave(request):
            return reply(chat_body(), 5, after=b"HTTP/1.1 200 OK\r\n" if request.index % 3 == 0 else b"")
        with Witness(behave) as witness:
            run = self.run_load(witness.url, *FEW, "--no-preflight")
        self.assert_all_ok(run)
        for requests in witness.requests_by_connection().values():
            spoiled = [request.number for request in requests if request.index % 3 == 0]
            self.assertTrue(all(number == requests[-1].number for number in spoiled), "used again after stray bytes")
        self.assertEqual(40, len(witness.requests))

    def test_connection_whose_response_was_refused_is_never_used_again(self):
        bad_heads = [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
                     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
                     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n",
                     b"HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello",
                     b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
                     b"HTTP/2 200\r\n\r\n"]
        def behave(request):
            if request.index % 2:
                return reply(chat_body(), 5)
            return Reply([bad_heads[request.index // 2 % len(bad_heads)]])
        with Witness(behave) as witness:
            run = self.run_load(witness.url, *FEW, "--no-preflight")
        self.assertEqual({None, "http_protocol"}, error_classes(run))
        for requests in witness.requests_by_connection().values():
            refused = [request.number for request in requests if request.index % 2 == 0]
            self.assertTrue(all(number == requests[-1].number for number in refused), "used again after a refusal")
        self.assertEqual(40, len(witness.requests))

    def test_interim_responses_are_skipped(self):
        def behave(_):
            answer = reply(chat_body(), 5)
            answer.pieces = [b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n", 0.001,
                             *answer.pieces]
            return answer
        with Witness(behave) as witness:
            run = self.run_load(witness.url, *FEW, "--no-preflight")
        self.assert_all_ok(run)
        self.assertEqual({200}, {line["status"] for line in run.lines})


class StatusCodes(harness.EndToEnd):
    def check(self, status, error, headers=None):
        def behave(request):
            if request.index % 4:
                return reply(chat_body(), 5)
            body = b'{"error":{"message":"no"}}'
            return Reply([head(status, Content_Length=len(body), **(headers or {})) + b"\r\n" + body])
        with Witness(behave) as witness:
            run = self.run_load(witness.url, *FEW, "--no-preflight")
            self.assertEqual(40, len(witness.requests), "nothing is retried unless the profile says so")
        total = run.summary["aggregate"]
        self.assertEqual({error: 10}, {name: n for name, n in total["errors"].items() if n})
        self.assertEqual({"200": 30, status[:3]: 10}, total["status_codes"])
        self.assertAlmostEqual(0.25, total["error_rate"])
        self.assert_balanced(run)

    def test_400(self):
        self.check("400 Bad Request", "http_4xx")

    def test_429(self):
        self.check("429 Too Many Requests", "rate_limited", {"Retry_After": "1"})

    def test_500(self):
        self.check("500 Internal Server Error", "http_5xx")

    def test_529(self):
        self.check("529 Overloaded", "overloaded")

    def test_503_with_retry_after(self):
        self.check("503 Service Unavailable", "overloaded", {"Retry_After": "1"})

    def test_503_without(self):
        self.check("503 Service Unavailable", "http_5xx")

    def test_redirect_is_not_followed(self):
        self.check("302 Found", "http_other", {"Location": "http://127.0.0.1:1/"})


class Timeouts(harness.EndToEnd):
    def test_hanging_answers_time_out_and_count_as_infinite(self):
        def behave(request):
            return reply(chat_body(), 5) if request.index % 4 else Reply([], then="hang")
        with Witness(behave) as witness:
            started = time.monotonic()
            run = self.run_load(witness.url, *FEW, "--no-preflight", "--timeout", "300ms")
            self.assertLess(time.monotonic() - started, 15)
        self.assertEqual({None, "timeout"}, error_classes(run))
        latency = run.summary["aggregate"]["latency_ms"]
        self.assertEqual(10, latency["n_censored"])
        self.assertIsNone(latency["p99"], "a rank among timeouts is no number")
        self.assertIsNotNone(latency["p50"])
        self.assert_balanced(run)


if __name__ == "__main__":
    unittest.main()
