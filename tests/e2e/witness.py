"""A small HTTP server that shares nothing with ringload: it counts what arrives and answers as a test tells it to,
badly too. One thread, asyncio.

    def behave(request):
        return reply(chat_body(tokens=5), tokens=5)
    with Witness(behave) as witness: ...

A behaviour returns a Reply: pieces of bytes, written one by one, with pauses (floats, seconds) between them, and what
happens to the connection afterwards.
"""
import asyncio
import dataclasses
import json
import random
import socket
import struct
import threading


@dataclasses.dataclass
class Request:
    method: str
    path: str
    headers: dict  # names in lower case
    raw_body: bytes
    connection: int  # which of the server's connections, from 0
    number: int  # which request on it, from 0
    index: int  # which request of all, from 0

    @property
    def body(self):
        return json.loads(self.raw_body)


@dataclasses.dataclass
class Reply:
    pieces: list  # bytes to write, floats to sleep
    tokens: int = 0  # what it claims to have generated
    then: str = "keep"  # keep, close (FIN), reset (RST), hang


class Witness:
    def __init__(self, behave):
        self.behave = behave
        self.requests = []
        self.tokens = 0
        self.connections = 0
        self.refuse = False  # resets every new connection at once

    def __enter__(self):
        self.loop = asyncio.new_event_loop()
        self.server = self.loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=4096, limit=1 << 24))
        self.port = self.server.sockets[0].getsockname()[1]
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        async def end():
            self.server.close()
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        asyncio.run_coroutine_threadsafe(end(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def stop_listening(self):
        """New connections are refused from here on; open ones go on."""
        async def end():
            self.server.close()
        asyncio.run_coroutine_threadsafe(end(), self.loop).result(10)

    def requests_by_connection(self):
        by_connection = {}
        for request in self.requests:
            by_connection.setdefault(request.connection, []).append(request)
        return by_connection

    async def _serve(self, reader, writer):
        connection, number = self.connections, 0
        self.connections += 1
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        then = "close"
        try:
            while True:
                request = await self._read(reader, connection, number)
                if request is None:
                    break
                number += 1
                answer = self.behave(request)
                self.tokens += answer.tokens
                for piece in answer.pieces:
                    if isinstance(piece, float):
                        await asyncio.sleep(piece)
                    else:
                        writer.write(piece)
                        await writer.drain()
                        await asyncio.sleep(0)
                then = answer.then
                if then == "hang":
                    await asyncio.sleep(3600)
                if then != "keep":
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            if then == "reset":
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
            else:
                writer.close()

    async def _read(self, reader, connection, number):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return None
        start, *fields = head.decode("latin-1").split("\r\n")[:-2]
        method, path, _ = start.split(" ")
        headers = {}
        for field in fields:
            name, _, value = field.partition(":")
            headers[name.lower()] = value.strip()
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        request = Request(method, path, headers, body, connection, number, len(self.requests))
        self.requests.append(request)
        return request


# ---- answers ----

def head(status="200 OK", content_type="application/json", **fields):
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return ("\r\n".join(lines) + "\r\n").encode()


def reply(body, tokens=0, status="200 OK", content_type="application/json", then="keep", after=b""):
    """A whole body with its length; `after` are bytes that do not belong to the response."""
    body = body.encode() if isinstance(body, str) else body
    framed = head(status, content_type, Content_Length=len(body)) + b"\r\n" + body
    return Reply([framed + after], tokens, then)


def stream_reply(body, tokens=0, framing="chunked", cut=None, chunk=None, then="keep",
                 content_type="text/event-stream"):
    """An SSE body, chunked or close-delimited; cut(bytes) splits what goes on the wire, chunk(bytes) the chunks."""
    if framing == "chunked":
        framed = head(content_type=content_type, Transfer_Encoding="chunked") + b"\r\n"
        for part in (chunk or whole)(body):
            framed += b"%x\r\n" % len(part) + part + b"\r\n"
        framed += b"0\r\n\r\n"
    elif framing == "close":
        framed, then = head(content_type=content_type, Connection="close") + b"\r\n" + body, "close"
    else:
        framed = head(content_type=content_type, Content_Length=len(body)) + b"\r\n" + body
    return Reply((cut or whole)(framed), tokens, then)


def chat_body(tokens=5, prompt_tokens=7, content="hello world", **message):
    return json.dumps({"id": "chatcmpl-witness", "object": "chat.completion", "created": 1, "model": "test-model",
                       "choices": [{"index": 0, "message": {"role": "assistant", "content": content, **message},
                                    "finish_reason": "stop"}],
                       "usage": {"prompt_tokens": prompt_tokens, "completion_tokens": tokens,
                                 "total_tokens": prompt_tokens + tokens}})


# ---- cuts ----

def whole(data):
    return [data] if data else []


def bytewise(data):
    return [data[i:i + 1] for i in range(len(data))]


def random_cuts(seed, mean=40):
    def cut(data):
        draw, pieces, at = random.Random(seed), [], 0
        while at < len(data):
            size = draw.randint(1, 2 * mean)
            pieces.append(data[at:at + size])
            at += size
        return pieces
    return cut
