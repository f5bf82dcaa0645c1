"""A TLS server in Python's ssl, one thread for each connection, that can misbehave below HTTP: it decides how its
ciphertext is cut, whether it says goodbye, and what it does instead of a handshake."""
import json
import socket
import ssl
import struct
import threading

import witness


class Wire:
    """One connection. Plaintext goes through a memory BIO, so that the test sees and cuts what goes on the wire."""

    def __init__(self, connection, context):
        self.connection = connection
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)
        self.cut = None  # bytes for each write to the socket; None: all at once

    def _retry(self, action):
        while True:
            try:
                result = action()
                self.flush()
                return result
            except ssl.SSLWantReadError:
                self.flush()
                data = self.connection.recv(65536)
                if not data:
                    self.incoming.write_eof()
                self.incoming.write(data)

    def flush(self):
        data = self.outgoing.read()
        for at in range(0, len(data), self.cut or max(len(data), 1)):
            self.connection.sendall(data[at:at + (self.cut or len(data))])

    def handshake(self):
        self._retry(self.tls.do_handshake)

    def rest(self):
        """All that comes until the peer closes, as ciphertext."""
        data = self.incoming.read()
        self.connection.settimeout(5)
        while more := self.connection.recv(65536):
            data += more
        return data

    def read(self):
        try:
            return self._retry(lambda: self.tls.read(65536))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    def write(self, data):
        self.tls.write(data)
        self.flush()

    def goodbye(self):
        try:
            self.tls.unwrap()
        except ssl.SSLError:
            pass
        self.flush()


def record_types(ciphertext):
    """Of TLS records, the last of which may be cut: 20 change of cipher, 21 alert, 22 handshake, 23 anything else."""
    types = []
    while ciphertext:
        types.append(ciphertext[0])
        ciphertext = ciphertext[5 + int.from_bytes(ciphertext[3:5], "big"):]
    return types


class Request:
    def __init__(self, head, body, number, connection):
        self.head, self.raw_body, self.number, self.connection = head, body, number, connection

    @property
    def body(self):
        return json.loads(self.raw_body)


class TlsWitness:
    """behave(wire, request) answers; truthy: the connection goes on. instead(connection): what to do with a connection
    instead of TLS. greet(wire): after the handshake; False: no more. `unread`: the types of the
    records that arrived after a handshake had failed, all connections'."""

    def __init__(self, certificate, key, behave=None, instead=None, cut=None, greet=None):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.context.set_alpn_protocols(["http/1.1"])
        self.behave = behave or (lambda wire, _: wire.write(whole_answer()) or True)
        self.instead, self.cut, self.greet = instead, cut, greet
        self.requests, self.errors, self.resumed, self.unread, self.connections = [], [], [], [], 0
        self.lock = threading.Lock()

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    @property
    def url(self):
        return f"https://127.0.0.1:{self.port}"

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with self.lock:
            number, self.connections = self.connections, self.connections + 1
        try:
            if self.instead is not None:
                self.instead(connection)
                return
            wire = Wire(connection, self.context)
            wire.cut = self.cut
            try:
                wire.handshake()
            except ssl.SSLError:
                wire.flush()  # the alert
                connection.shutdown(socket.SHUT_WR)
                self.unread += record_types(wire.rest())
                raise
            self.resumed.append(wire.tls.session_reused)
            if self.greet is not None and self.greet(wire) is False:
                return
            while (request := self._read(wire, number)) is not None:
                with self.lock:
                    self.requests.append(request)
                if not self.behave(wire, request):
                    break
        except (OSError, ssl.SSLError) as error:
            self.errors.append(error)
        finally:
            connection.close()

    def _read(self, wire, connection):
        data = b""
        while b"\r\n\r\n" not in data:
            more = wire.read()
            if not more:
                return None
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        fields = dict(line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:])
        while len(body) < int(fields["content-length"]):
            more = wire.read()
            if not more:
                return None
            body += more
        return Request(head, body, len(self.requests), connection)


def whole_answer(tokens=5):
    return b"".join(witness.reply(witness.chat_body(tokens), tokens).pieces)


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
