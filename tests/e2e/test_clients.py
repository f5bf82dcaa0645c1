"""The official Python clients of OpenAI and Anthropic against the mock. They live in a venv that tools/test makes;
RINGLOAD_CLIENTS_PYTHON names its interpreter, RINGLOAD_CLIENTS_MISSING says why there is none."""
import json
import os
import subprocess
import textwrap
import unittest

import harness

PYTHON = os.environ.get("RINGLOAD_CLIENTS_PYTHON", "")
WHY = os.environ.get("RINGLOAD_CLIENTS_MISSING", "RINGLOAD_CLIENTS_PYTHON is not set (tools/test sets it)")


@unittest.skipUnless(PYTHON, f"no official clients: {WHY}")
class OfficialClients(harness.EndToEnd):
    def in_client(self, script, url):
        """Runs the script with `url` and `result` (printed as JSON at its end)."""
        program = "\n".join(["import json", "result = {}", f"url = {url!r}", textwrap.dedent(script),
                             "print(json.dumps(result))"])
        done = subprocess.run([PYTHON, "-c", program], capture_output=True, text=True, timeout=60,
                              env=harness.clean_environment())
        self.assertEqual(0, done.returncode, done.stderr)
        return json.loads(done.stdout.splitlines()[-1])

    OPENAI = """
        import openai
        client = openai.OpenAI(base_url=url + "/v1", api_key="test", max_retries=0, timeout=20)
        ask = dict(model="gpt-4o-mini", messages=[{"role": "user", "content": "Say something."}], max_tokens=12)
    """

    def test_openai_unstreamed(self):
        got = self.in_client(self.OPENAI + """
        answer = client.chat.completions.create(**ask)
        result.update(text=answer.choices[0].message.content, finish=answer.choices[0].finish_reason,
                      tokens=answer.usage.completion_tokens, prompt=answer.usage.prompt_tokens,
                      total=answer.usage.total_tokens, object=answer.object, role=answer.choices[0].message.role)
        """, self.mock().url)
        self.assertTrue(got["text"].strip())
        self.assertEqual("chat.completion", got["object"])
        self.assertEqual("assistant", got["role"])
        self.assertEqual(12, got["tokens"])
        self.assertEqual(got["total"], got["prompt"] + got["tokens"])

    def test_openai_streamed(self):
        got = self.in_client(self.OPENAI + """
        parts, finish, usage = [], None, None
        for event in client.chat.completions.create(stream=True, stream_options={"include_usage": True}, **ask):
            for choice in event.choices:
                if choice.delta.content: parts.append(choice.delta.content)
                finish = choice.finish_reason or finish
            usage = event.usage or usage
        result.update(parts=len(parts), text="".join(parts), finish=finish, tokens=usage.completion_tokens)
        """, self.mock().url)
        self.assertEqual(12, got["parts"])
        self.assertEqual(12, got["tokens"])
        self.assertTrue(got["finish"])
        self.assertTrue(got["text"].strip())

    def test_openai_models_and_embeddings(self):
        got = self.in_client(self.OPENAI + """
        result["models"] = [model.id for model in client.models.list()]
        result["embedding"] = len(client.embeddings.create(model="text-embedding-3-small", input="hello",
                                                           encoding_format="float").data[0].embedding)
        result["completion"] = client.completions.create(model="m", prompt="hello", max_tokens=3).choices[0].text
        """, self.mock().url)
        self.assertTrue(got["models"])
        self.assertGreater(got["embedding"], 0)
        self.assertTrue(got["completion"].strip())

    def test_openai_errors(self):
        got = self.in_client(self.OPENAI + """
        try:
            client.chat.completions.create(model="gpt-4o-mini", messages="nonsense")
        except openai.BadRequestError as error:
            result.update(status=error.status_code, message=error.message)
        try:
            client.get("/no-such-path", cast_to=object)
        except openai.NotFoundError as error:
            result.update(missing=error.status_code)
        """, self.mock().url)
        self.assertEqual(400, got["status"])
        self.assertEqual(404, got["missing"])

    def test_openai_rate_limit(self):
        got = self.in_client(self.OPENAI + """
        result["refused"] = 0
        for _ in range(5):
            try:
                client.chat.completions.create(**ask)
            except openai.RateLimitError as error:
                result["refused"] += 1
                result["retry_after"] = error.response.headers.get("retry-after")
        """, self.mock("--rpm", "3").url)
        self.assertEqual(2, got["refused"])
        self.assertIsNotNone(got["retry_after"])

    ANTHROPIC = """
        import anthropic
        client = anthropic.Anthropic(base_url=url, api_key="test", max_retries=0, timeout=20)
        ask = dict(model="claude-3-5-haiku", max_tokens=12, messages=[{"role": "user", "content": "Say something."}])
    """

    def test_anthropic_unstreamed(self):
        got = self.in_client(self.ANTHROPIC + """
        answer = client.messages.create(**ask)
        result.update(text=answer.content[0].text, tokens=answer.usage.output_tokens, prompt=answer.usage.input_tokens,
                      type=answer.type, stop=answer.stop_reason)
        """, self.mock().url)
        self.assertTrue(got["text"].strip())
        self.assertEqual(12, got["tokens"])
        self.assertGreater(got["prompt"], 0)
        self.assertEqual("message", got["type"])

    def test_anthropic_streamed(self):
        got = self.in_client(self.ANTHROPIC + """
        with client.messages.stream(**ask) as stream:
            parts = list(stream.text_stream)
            final = stream.get_final_message()
        result.update(parts=len(parts), tokens=final.usage.output_tokens, stop=final.stop_reason)
        """, self.mock().url)
        self.assertEqual(12, got["parts"])
        self.assertEqual(12, got["tokens"])
        self.assertTrue(got["stop"])

    def test_anthropic_errors(self):
        got = self.in_client(self.ANTHROPIC + """
        try:
            client.messages.create(model="m", max_tokens=5, messages="nonsense")
        except anthropic.BadRequestError as error:
            result["status"] = error.status_code
        """, self.mock().url)
        self.assertEqual(400, got["status"])


if __name__ == "__main__":
    unittest.main()
