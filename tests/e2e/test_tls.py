"""https: against nginx with certificates good and bad, against a TLS server that misbehaves, and the mock's own."""
import collections
import json
import os
import shutil
import socket
import ssl
import subprocess
import time
import unittest

import harness
import sse
import witness
from certificates import Authority
from tls_witness import TlsWitness, reset, whole_answer

FEW = ("--stream", "off", "--concurrency", 2, "--requests", 20, "--duration", "20s")
NAMES = ("DNS:gw.example", "DNS:localhost", "IP:127.0.0.1")


@unittest.skipIf(shutil.which("openssl") is None, "openssl is not installed")
class Tls(harness.EndToEnd):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.directory)
        self.good = self.authority.leaf("good", NAMES)

    def start(self, command, *arguments, **more):
        """Whether this host is fast enough for the load is not the question here."""
        return super().start(command, *arguments, *(("--allow-invalid",) if command == "run" else ()), **more)

    def trust(self):
        return "--cacert", self.authority.ca

    def tls_nginx(self, certificate=None, key=None, more=""):
        """nginx that answers every POST, and says of each request what its TLS was."""
        certificate, key = (certificate, key) if certificate else self.good
        body = witness.chat_body()
        self.tls_log = os.path.join(self.directory, "tls.log")
        return self.nginx(
            f"ssl on; ssl_certificate {certificate}; ssl_certificate_key {key}; {more}\n"
            f"access_log {self.tls_log} tls;\n"
            f"location / {{ default_type application/json; return 200 '{body}'; }}",
            "log_format tls '$status $connection $ssl_protocol $ssl_server_name $ssl_alpn_protocol "
            "$ssl_session_reused $ssl_client_verify';")

    def tls_logged(self, server):
        """What nginx says of each request: status, connection, protocol, SNI, ALPN, reused, client certificate."""
        server.stop()
        if not os.path.exists(self.tls_log):
            return []
        return [line.split() for line in open(self.tls_log)]

    def errors_of(self, run):
        return collections.Counter(line.get("err") for line in run.lines)


class Nginx(Tls):
    def test_versions_and_what_the_handshake_says(self):
        for version in ("TLSv1.2", "TLSv1.3"):
            with self.subTest(version=version):
                server = self.tls_nginx(more=f"ssl_protocols {version};")
                run = self.run_load(f"https://localhost:{server.port}", *self.trust(), "--stream", "off",
                                    "--concurrency", 16, "--requests", 2000, "--duration", "20s")
                self.assert_all_ok(run)
                rows = self.tls_logged(server)
                self.assertEqual(run.sent, len(rows))
                self.assertEqual({(version, "localhost", "http/1.1")}, {tuple(row[2:5]) for row in rows})
                self.assertLessEqual(len({row[1] for row in rows}), 17, "connections are kept")
                os.unlink(self.tls_log)
                first = [line for line in run.lines if not line["reused"]]
                self.assertTrue(first)
                for line in first:
                    self.assertGreater(line["tls_ms"], 0)
                    self.assertLessEqual(line["tls_ms"], line["latency_ms"])
                for line in run.lines:
                    if line["reused"]:
                        self.assertIsNone(line.get("tls_ms"))
                figures = run.summary["connections"]
                self.assertEqual(len({row[1] for row in rows}), figures["tls_handshakes"])
                self.assertEqual(figures["opened"], figures["tls_handshakes"])
                self.assertEqual(len({row[1] for row in rows if row[5] == "r"}), figures["tls_resumed"])
                self.assertEqual(len(first), figures["tls_ms"]["n"])
                self.assertAlmostEqual(max(line["tls_ms"] for line in first), figures["tls_ms"]["max"],
                                       delta=0.01 * figures["tls_ms"]["max"])
                self.assertIn(f"tls        {figures['tls_handshakes']} handshakes", run.out)

    def test_no_sni_for_addresses(self):
        server = self.tls_nginx()
        self.assert_all_ok(self.run_load(f"https://127.0.0.1:{server.port}", *self.trust(), *FEW))
        self.assertEqual({"-"}, {row[3] for row in self.tls_logged(server)})

    def test_resolve_leads_a_name_elsewhere(self):
        server = self.tls_nginx()
        run = self.run_load(f"https://gw.example:{server.port}", *self.trust(), *FEW,
                            "--resolve", f"gw.example:{server.port}:127.0.0.1")
        self.assert_all_ok(run)
        self.assertEqual({"gw.example"}, {row[3] for row in self.tls_logged(server)})

    def test_sessions_are_resumed(self):
        for version in ("TLSv1.2", "TLSv1.3"):
            with self.subTest(version=version):
                server = self.tls_nginx(more=f"ssl_protocols {version};")
                target = f"https://localhost:{server.port}"
                profile = self.write("p.json", {"defaults": {"target": target, "model": "m"},
                                                "disable_keepalive": True})
                run = self.ringload("run", "--config", profile, *self.trust(), "--concurrency", 2, "--requests", 60,
                                    "--duration", "20s")
                self.assert_all_ok(run)
                rows = self.tls_logged(server)
                os.unlink(self.tls_log)
                self.assertEqual(run.sent, len({row[1] for row in rows}), "a connection for each request")
                self.assertGreaterEqual(sum(row[5] == "r" for row in rows), len(rows) - 3)

    def test_connections_that_the_server_ends_are_replaced(self):
        server = self.tls_nginx(more="keepalive_requests 7;")
        run = self.run_load(f"https://localhost:{server.port}", *self.trust(), "--stream", "off", "--concurrency", 8,
                            "--requests", 500, "--duration", "20s")
        self.assert_all_ok(run)
        self.assertEqual(run.sent, len(self.tls_logged(server)))

    def test_client_certificate(self):
        certificate, key = self.authority.leaf("client", ())
        chain = self.authority.chain("middle", "root")
        server = self.tls_nginx(more=f"ssl_verify_client on; ssl_verify_depth 3; ssl_client_certificate {chain};")
        url = f"https://localhost:{server.port}"
        self.assert_all_ok(self.run_load(url, *self.trust(), "--cert", certificate, "--key", key, *FEW))
        # nginx lets the handshake pass and refuses by HTTP.
        run = self.run_load(url, *self.trust(), *FEW, "--no-preflight", expect=4)
        self.assertEqual({"http_4xx"}, {line["err"].split(":")[0] for line in run.lines})
        self.assertEqual({"SUCCESS", "NONE"}, {row[6] for row in self.tls_logged(server)})

    def test_large_requests_arrive_whole(self):
        server = self.tls_nginx()
        run = self.run_load(f"https://localhost:{server.port}", *self.trust(), "--stream", "off", "--concurrency", 4,
                            "--requests", 40, "--duration", "20s", "--input-tokens", 100_000)
        self.assert_all_ok(run)


class Refused(Tls):
    """No request may reach a server that is not who it should be; --insecure lets it."""

    def check(self, reason, certificate, key, host="localhost", more="", insecure=True):
        server = self.tls_nginx(certificate, key, more)
        names = ("--resolve", f"{host}:{server.port}:127.0.0.1")
        url = f"https://{host}:{server.port}"
        for preflight in ((), ("--no-preflight",)):
            run = self.run_load(url, *self.trust(), *FEW, *names, *preflight, expect=4)
            if preflight:
                self.assertEqual({f"tls: {reason}": 20}, dict(self.errors_of(run)))
                self.assert_balanced(run)
                for line in run.lines:
                    self.assertIsNone(line["status"])
            else:
                self.assertIn(reason, run.err)
        accepted = 0
        if insecure:
            run = self.run_load(url, "--insecure", *FEW, *names)
            self.assert_all_ok(run)
            accepted = run.sent
        self.assertEqual(accepted, len(self.tls_logged(server)))

    def check_unverified(self, reason, certificate, key, **more):
        self.check("CERTIFICATE_VERIFY_FAILED: " + reason, certificate, key, **more)

    def test_expired(self):
        self.check_unverified("certificate has expired", *self.authority.leaf("old", NAMES, days=(-30, -1)))

    def test_not_yet_valid(self):
        self.check_unverified("certificate is not yet valid", *self.authority.leaf("young", NAMES, days=(1, 30)))

    def test_wrong_host(self):
        self.check_unverified("Hostname mismatch", *self.good, host="other.example")

    def test_wrong_address(self):
        certificate, key = self.authority.leaf("elsewhere", ("IP:127.0.0.9", "DNS:localhost"))
        self.check_unverified("IP address mismatch", certificate, key, host="127.0.0.1")

    def test_self_signed(self):
        self.authority.self_signed("alone", names=NAMES)
        self.check_unverified("self signed certificate", self.authority.path("alone.pem"),
                              self.authority.path("alone.key"))

    def test_unknown_authority(self):
        self.authority.self_signed("stranger", "authority")
        self.authority.sign("strange", "stranger", names=NAMES)
        self.check_unverified("self signed certificate in certificate chain",
                              self.authority.chain("strange", "stranger"), self.authority.path("strange.key"))

    def test_missing_intermediate(self):
        self.check_unverified("unable to get local issuer certificate", self.authority.path("good.pem"), self.good[1])

    def test_too_old(self):
        for protocol in ("TLSv1", "TLSv1.1"):
            with self.subTest(protocol=protocol):
                self.check("TLSV1_ALERT_PROTOCOL_VERSION", *self.good, insecure=False,
                           more=f"ssl_protocols {protocol}; ssl_ciphers ALL:@SECLEVEL=0;")

    def test_the_system_does_not_know_our_authority(self):
        server = self.tls_nginx()
        run = self.run_load(f"https://localhost:{server.port}", *FEW, expect=4)
        self.assertIn("CERTIFICATE_VERIFY_FAILED", run.err)
        run = self.run_load(f"https://localhost:{server.port}", *FEW, env={"SSL_CERT_FILE": self.authority.ca})
        self.assert_all_ok(run)
        self.assertEqual(run.sent, len(self.tls_logged(server)))


class ClientCertificate(Tls):
    """A server that wants to know who we are, and says so before a byte of a request is sent; in TLS 1.3 only after the
    client's own last word."""

    def setUp(self):
        super().setUp()
        self.identity = self.authority.leaf("client", ())

    def server(self, mode=ssl.CERT_REQUIRED, version=ssl.TLSVersion.TLSv1_3, tickets=2, **more):
        server = TlsWitness(*self.good, **more)
        server.context.minimum_version = server.context.maximum_version = version
        server.context.verify_mode = mode
        server.context.num_tickets = tickets
        server.context.load_verify_locations(self.authority.ca)
        return server

    def load(self, server, *arguments, expect=0):
        return self.run_load(server.url, *self.trust(), *FEW, *arguments, expect=expect)

    def reconnecting(self, server):
        """A connection for each request."""
        profile = self.write("p.json", {"defaults": {"target": server.url, "model": "m"}, "disable_keepalive": True})
        run = self.ringload("run", "--config", profile, *self.trust(), "--concurrency", 2, "--requests", 20,
                            "--duration", "20s", "--no-preflight")
        self.assert_all_ok(run)
        return sorted(line["tls_ms"] for line in run.lines)

    def identified(self):
        return "--cert", self.identity[0], "--key", self.identity[1]

    def check_refused(self, server, reason, remedy, *arguments):
        run = self.load(server, *arguments, expect=4)
        self.assertIn(reason, run.err)
        self.assertIn(remedy, run.err)
        run = self.load(server, *arguments, "--no-preflight", expect=4)
        self.assertEqual({f"tls: {reason}": 20}, dict(self.errors_of(run)))
        self.assert_balanced(run)
        self.assertEqual([], server.requests)
        # TLS 1.2's refusal meets the rest of the client's own handshake; a request would be 23.
        self.assertLessEqual(set(server.unread), {20, 22})

    def test_none_to_give(self):
        for version, reason in ((ssl.TLSVersion.TLSv1_2, "SSLV3_ALERT_HANDSHAKE_FAILURE"),
                                (ssl.TLSVersion.TLSv1_3, "TLSV1_ALERT_CERTIFICATE_REQUIRED")):
            with self.subTest(version=version), self.server(version=version) as server:
                self.check_refused(server, reason, "--cert")
                run = self.load(server, *self.identified())
                self.assert_all_ok(run)
                self.assertEqual(run.sent, len(server.requests))

    def test_one_of_a_stranger(self):
        self.authority.self_signed("stranger", "authority")
        self.authority.sign("strange", "stranger", names=())
        strange = "--cert", self.authority.path("strange.pem"), "--key", self.authority.path("strange.key")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version=version), self.server(version=version) as server:
                self.check_refused(server, "TLSV1_ALERT_UNKNOWN_CA", "--cert", *strange)

    def test_a_server_that_hangs_up_instead_of_saying_why(self):
        for name, greet, reason in (
                ("fin", lambda wire: False, "the connection was closed when the server had our certificate, or none"),
                ("goodbye", lambda wire: wire.goodbye() or False,
                 "the server said goodbye when it saw our certificate, or none")):
            with self.subTest(name), self.server(ssl.CERT_OPTIONAL, tickets=0, greet=greet) as server:
                run = self.load(server, "--no-preflight", expect=4)
                self.assertEqual({f"tls: {reason}": 20}, dict(self.errors_of(run)))
                self.assertEqual([], server.requests)

    def test_whoever_asks_in_vain_is_waited_for_once(self):
        with self.server(ssl.CERT_OPTIONAL, tickets=0) as server:
            times = self.reconnecting(server)
        self.assertGreaterEqual(times[-2], 200, "both connections of the beginning wait")
        self.assertLess(times[len(times) // 2], 200, "the others know better")

    def test_a_ticket_ends_the_waiting(self):
        for mode in (ssl.CERT_NONE, ssl.CERT_OPTIONAL):
            with self.subTest(mode=mode), self.server(mode) as server:
                times = self.reconnecting(server)
                self.assertLess(times[len(times) // 2], 200)
                self.assertLess(times[0], 200)


class Flags(Tls):
    def test_files_that_do_not_serve_are_named(self):
        url = "https://127.0.0.1:1"
        words = self.write("words.pem", "no certificate\n")
        for flags, expected in ((("--cacert", "/nowhere.pem"), '--cacert: found "/nowhere.pem"'),
                                (("--cacert", words), "holds no certificate"),
                                (("--insecure", "--cert", words), "holds no certificate"),
                                (("--insecure", "--cert", self.good[0], "--key", self.authority.path("root.key")),
                                 "do not go together"),
                                (("--key", words), "--key: needs --cert"),
                                (("--resolve", "gw.example:443"), "--resolve"),
                                (("--resolve", "gw.example:443:elsewhere"), 'elsewhere": what stands as address')):
            with self.subTest(flags=flags):
                run = self.run_load(url, *FEW, *flags, expect=2)
                self.assertIn(expected, run.err)

    def test_the_mocks_files_are_named(self):
        run = self.ringload("mock", "--listen", "127.0.0.1:0", "--tls", "/nowhere.pem,/nowhere.key")
        self.assertEqual(2, run.status)
        self.assertIn("--tls", run.err)
        self.assertIn("/nowhere.pem", run.err)


class Misbehaving(Tls):
    def load(self, server, *arguments, expect=0):
        return self.run_load(server.url, *self.trust(), *FEW, "--no-preflight", *arguments, expect=expect)

    def test_every_cut_of_the_ciphertext(self):
        for cut in (1, 2, 5, 29, 1000):
            with self.subTest(cut=cut), TlsWitness(*self.good, cut=cut) as server:
                run = self.load(server)
                self.assert_all_ok(run)
                self.assertEqual(run.sent, len(server.requests))

    def test_a_record_for_each_byte(self):
        def behave(wire, _):
            for byte in whole_answer():
                wire.write(bytes([byte]))
            return True
        with TlsWitness(*self.good, behave) as server:
            self.assert_all_ok(self.load(server))

    def test_a_stream_with_a_record_for_each_event_and_some_for_two(self):
        events = sse.chat_events(["word "] * 40)
        body = sse.render(events)
        answer = b"".join(witness.stream_reply(body, 40).pieces)

        def behave(wire, request):
            for at in range(0, len(answer), 37 + request.number):
                wire.write(answer[at:at + 37 + request.number])
            return True
        with TlsWitness(*self.good, behave) as server:
            run = self.run_load(server.url, *self.trust(), "--stream", "on", "--concurrency", 2, "--requests", 40,
                                "--duration", "20s", "--no-preflight")
            self.assert_all_ok(run)
            self.assertEqual({40}, {line["completion_tokens"] for line in run.lines})

    def until_close(self):
        return witness.head(Connection="close") + b"\r\n" + witness.chat_body().encode()

    def test_body_until_close_with_goodbye_is_whole(self):
        def behave(wire, _):
            wire.write(self.until_close())
            wire.goodbye()
        with TlsWitness(*self.good, behave) as server:
            self.assert_all_ok(self.load(server))

    def test_body_until_close_without_goodbye_is_truncated(self):
        with TlsWitness(*self.good, lambda wire, _: wire.write(self.until_close())) as server:
            run = self.load(server, expect=None)
        self.assertEqual({"eof"}, {line["err"].split(":")[0] for line in run.lines})
        self.assert_balanced(run)

    def test_stream_until_close_without_goodbye_or_end_is_incomplete(self):
        body = sse.render(sse.chat_events(["word "] * 5), done=False)
        answer = b"".join(witness.stream_reply(body, 5, framing="close").pieces)
        for goodbye in (False, True):
            def behave(wire, _, goodbye=goodbye):
                wire.write(answer)
                if goodbye:
                    wire.goodbye()
            with self.subTest(goodbye=goodbye), TlsWitness(*self.good, behave) as server:
                run = self.run_load(server.url, *self.trust(), "--stream", "on", "--concurrency", 2, "--requests", 10,
                                    "--duration", "20s", "--no-preflight", expect=None)
            self.assertLessEqual({line["err"].split(":")[0] for line in run.lines}, {"eof", "stream_incomplete"})

    def test_goodbye_between_requests_is_no_error(self):
        def behave(wire, request):
            wire.write(whole_answer())
            if request.number % 3 == 2:
                wire.goodbye()
                return False
            return True
        with TlsWitness(*self.good, behave) as server:
            run = self.load(server)
            self.assert_all_ok(run)
            self.assertEqual(run.sent - run.summary["conservation"]["resent"], len(server.requests))
            self.assertGreater(sum(server.resumed), 0)

    def test_bytes_after_a_response_cost_the_connection_only(self):
        def behave(wire, _):
            wire.write(whole_answer() + b"HTTP/1.1 200 OK\r\n")
            return True
        with TlsWitness(*self.good, behave) as server:
            self.assert_all_ok(self.load(server))

    def test_no_handshake(self):
        plain = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
        for name, instead, reason in (
                ("fin", lambda c: c.recv(4096), "the connection was closed in the handshake"),
                ("reset", lambda c: (c.recv(1), reset(c)), "Connection reset by peer"),
                ("plain http", lambda c: (c.sendall(plain), c.recv(4096)), "WRONG_VERSION_NUMBER"),
                ("half a record", lambda c: (c.recv(4096), c.sendall(b"\x16\x03\x03\x40")),
                 "the connection was closed in the handshake"),
                ("alert", lambda c: (c.recv(4096), c.sendall(b"\x15\x03\x03\x00\x02\x02\x28")),
                 "SSLV3_ALERT_HANDSHAKE_FAILURE")):
            with self.subTest(name), TlsWitness(*self.good, instead=instead) as server:
                run = self.load(server, expect=4)
                self.assertEqual({f"tls: {reason}"}, set(self.errors_of(run)))
                self.assert_balanced(run)

    def test_handshake_that_never_ends(self):
        with TlsWitness(*self.good, instead=lambda _: time.sleep(30)) as server:
            profile = self.write("p.json", {"defaults": {"target": server.url, "model": "m"},
                                            "connect_timeout": "300ms"})
            run = self.ringload("run", "--config", profile, *self.trust(), "--concurrency", 2, "--requests", 4,
                                "--duration", "20s", "--no-preflight")
            self.assertEqual(4, run.status, str(run))
            self.assertEqual({"conn_timeout: no end of the TLS handshake"}, set(self.errors_of(run)))
            for line in run.lines:
                self.assertGreaterEqual(line["latency_ms"], 299)
                self.assertLess(line["latency_ms"], 2000)

    def test_large_requests_arrive_whole(self):
        with TlsWitness(*self.good) as server:
            run = self.load(server, "--input-tokens", 60_000)
            self.assert_all_ok(run)
            self.assertEqual(run.sent, len(server.requests))
            for request in server.requests:
                words = request.body["messages"][-1]["content"].split()
                self.assertAlmostEqual(60_000, len(words), delta=100)

    def s_server(self, *flags):
        """openssl's server, whose standard input is what it sends, and whose one-letter lines are commands."""
        port = harness.free_port()
        server = subprocess.Popen(
            ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", self.authority.path("good.pem"),
             "-cert_chain", self.authority.path("middle.pem"), "-key", self.good[1], *flags],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(server.communicate)
        self.addCleanup(server.kill)
        harness.wait_for_port(port, server)
        run = self.start("run", "--target", f"https://127.0.0.1:{port}", "--model", "m", *self.trust(),
                         "--stream", "off", "--concurrency", 1, "--requests", 2, "--duration", "20s",
                         "--no-preflight", "--timeout", "10s")
        return server, run

    def read_until(self, server, text):
        data = b""
        while text not in data:
            data += (more := os.read(server.stdout.fileno(), 65536))
            self.assertTrue(more, data)

    def say(self, server, text):
        server.stdin.write(text)
        server.stdin.flush()

    def test_renegotiation_is_refused(self):
        server, run = self.s_server("-tls1_2")
        self.read_until(server, b'"model":"m"')
        self.say(server, b"R\n")
        self.read_until(server, b"no renegotiation")
        server.kill()
        errors = [line["err"] for line in run.finish().lines]
        self.assertEqual("tls: NO_RENEGOTIATION", errors[0])

    def test_keys_change_in_the_middle_of_a_connection(self):
        server, run = self.s_server("-tls1_3")
        body = witness.chat_body().encode() + b"\n"
        for _ in range(2):
            self.read_until(server, b'"model":"m"')
            self.say(server, b"K\n")  # new keys, and the client is to change its own
            time.sleep(0.3)
            head = b"HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: %d\n\n" % len(body)
            self.say(server, head + body)
        finished = run.finish()
        self.assertEqual([None, None], [line.get("err") for line in finished.lines])
        self.assertEqual([False, True], [line["reused"] for line in finished.lines])


class MockServer(Tls):
    def setUp(self):
        super().setUp()
        self.server = self.mock("--tls", ",".join(self.good), shards=2)
        self.url = f"https://localhost:{self.server.port}"

    def context(self):
        return ssl.create_default_context(cafile=self.authority.ca)

    BODY = json.dumps({"model": "m", "max_tokens": 300, "messages": [{"role": "user", "content": "hello"}]}).encode()

    def ask(self, tls, more=b""):
        tls.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n" + more +
                    b"Content-Length: %d\r\n\r\n" % len(self.BODY) + self.BODY)

    @unittest.skipIf(shutil.which("curl") is None, "curl is not installed")
    def test_curl(self):
        for version in ("--tls-max 1.2", "--tlsv1.3"):
            with self.subTest(version=version):
                done = subprocess.run(["curl", "-sS", "--cacert", self.authority.ca, *version.split(), "-d",
                                       self.BODY.decode(), self.url + "/v1/chat/completions"], capture_output=True)
                self.assertEqual(0, done.returncode, done.stderr)
                self.assertEqual(300, json.loads(done.stdout)["usage"]["completion_tokens"])

    def test_python_and_the_end_of_the_connection(self):
        with socket.create_connection(("127.0.0.1", self.server.port)) as raw:
            with self.context().wrap_socket(raw, server_hostname="localhost", suppress_ragged_eofs=False) as tls:
                self.ask(tls, b"Connection: close\r\n")
                data = b""
                while more := tls.recv(65536):  # SSLEOFError without close_notify
                    data += more
        self.assertTrue(data.startswith(b"HTTP/1.1 200 OK\r\n"))
        self.assertTrue(data.endswith(b"}"))

    def test_request_in_small_records_and_many_on_one_connection(self):
        with socket.create_connection(("127.0.0.1", self.server.port)) as raw:
            with self.context().wrap_socket(raw, server_hostname="localhost") as tls:
                answers = tls.makefile("rb")
                for _ in range(5):
                    request = (b"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" %
                               len(self.BODY) + self.BODY)
                    for at in range(0, len(request), 11):
                        tls.sendall(request[at:at + 11])
                    size = 0
                    while (line := answers.readline()) != b"\r\n":
                        if line.lower().startswith(b"content-length:"):
                            size = int(line.split()[1])
                    self.assertEqual(300, json.loads(answers.read(size))["usage"]["completion_tokens"])

    def test_garbage_instead_of_a_handshake_harms_nobody(self):
        for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"x" * 100, b"\x00" * 1000):
            with socket.create_connection(("127.0.0.1", self.server.port)) as raw:
                raw.sendall(garbage)
                raw.settimeout(5)
                try:
                    while raw.recv(4096):
                        pass
                except ConnectionError:
                    pass
        self.test_python_and_the_end_of_the_connection()

    def test_load_of_both_kinds(self):
        for stream in ("on", "off"):
            with self.subTest(stream=stream):
                run = self.run_load(self.url, *self.trust(), "--stream", stream, "--concurrency", 64, "--requests",
                                    5000, "--duration", "20s", "--max-tokens", 100)
                self.assert_all_ok(run)
                self.assertEqual({100}, {line["completion_tokens"] for line in run.lines})

    def test_long_answers_leave_in_parts(self):
        for stream in ("on", "off"):
            with self.subTest(stream=stream):
                run = self.run_load(self.url, *self.trust(), "--stream", stream, "--concurrency", 4, "--requests", 40,
                                    "--duration", "20s", "--max-tokens", 50_000)
                self.assert_all_ok(run)
                self.assertEqual({50_000}, {line["completion_tokens"] for line in run.lines})

    def test_faults_look_as_they_do_without_tls(self):
        for fault, classes in (("reset=100%", {"conn_reset", "eof"}), ("truncate=100%", {"eof"})):
            with self.subTest(fault=fault):
                server = self.mock("--tls", ",".join(self.good), "--fault", fault)
                run = self.run_load(f"https://localhost:{server.port}", *self.trust(), *FEW, "--no-preflight",
                                    expect=None)
                self.assertLessEqual({line["err"].split(":")[0] for line in run.lines}, classes)
                self.assert_balanced(run)


if __name__ == "__main__":
    unittest.main()
