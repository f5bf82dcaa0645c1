"""content.mode dataset: what is sent is what stands in the file, in every form, and replies are fed back as asked for."""
import json
import threading
import unittest

import harness
from witness import Witness, chat_body, reply

TEXTS = ['plain', 'say "hi"\nand \\ go', 'emoji \U0001F600 \u00e9', '\ud83d alone', 'NUL \u0000', 'x' * 5000]


class Datasets(harness.EndToEnd):
    def dataset(self, lines):
        return self.write("data.jsonl", "".join(json.dumps(line) + "\n" for line in lines))

    def run_dataset(self, content, requests, behave=None, vus=4, cache_mode="natural", **scenario):
        seen, lock = [], threading.Lock()

        def answer(request):
            with lock:
                seen.append(request.body["messages"])
            return behave(request) if behave else reply(chat_body(tokens=2, content='live "reply"\n'), 2)
        with Witness(answer) as witness:
            profile = self.write("profile.json", {
                "defaults": {"target": witness.url, "model": "m"}, "cache_mode": cache_mode,
                "stages": [{"concurrency": vus, "duration": "60s"}],
                "scenarios": [{"name": "data", "content": {"mode": "dataset", **content}, **scenario}]})
            run = self.ringload("run", "--config", profile, "--requests", requests, "--duration", "60s", "--html", "off",
                                "--no-preflight", "--live", "off")
        return run, seen

    def test_every_prompt_once_and_unaltered(self):
        prompts = [f"{number} {TEXTS[number % len(TEXTS)]}" for number in range(200)]
        self.dataset([{"prompt": prompt} for prompt in prompts])
        # The path is relative to the profile's folder.
        run, seen = self.run_dataset({"file": "data.jsonl"}, 200, vus=1)
        self.assertEqual(0, run.status, str(run))
        self.assert_all_ok(run)
        self.assertEqual(sorted(prompts), sorted(messages[0]["content"] for messages in seen))
        self.assertNotEqual(prompts, [messages[0]["content"] for messages in seen], "the seed gives the order")
        rows = run.summary["segments"]
        self.assertEqual(200, sum(row["stat"]["requests"] for row in rows))
        self.assertTrue(any(row["tokens_from"] == 1024 and row["tokens_to"] == 2047 for row in rows), rows)

    def check_conversations(self, replay):
        talks = []
        for number in range(30):
            users = [f"{number}.{turn} {TEXTS[(number + turn) % len(TEXTS)]}" for turn in range(1 + number % 4)]
            talks.append((users, [f"recorded {number}.{turn}\n\u00e9" for turn in range(len(users))]))
        lines = []
        for number, (users, replies) in enumerate(talks):
            if number % 2:
                messages = [{"role": "system", "content": "ignored"}]
                for user, answer in zip(users, replies):
                    messages += [{"role": "user", "content": user}, {"role": "assistant", "content": answer}]
                lines.append({"messages": messages})
            else:
                turns = []
                for user, answer in zip(users, replies):
                    turns += [{"from": "human", "value": user}, {"from": "gpt", "value": answer}]
                lines.append({"id": number, "conversations": turns})
        path = self.dataset(lines)
        content = {"file": path} | ({"replay": "recorded"} if replay == "recorded" else {})
        run, seen = self.run_dataset(content, 300)
        self.assertEqual(0, run.status, str(run))
        self.assert_all_ok(run)
        by_first = {users[0]: (users, replies) for users, replies in talks}
        for messages in seen:
            users, replies = by_first[messages[0]["content"]]
            expected = []
            for turn in range((len(messages) + 1) // 2):
                expected.append({"role": "user", "content": users[turn]})
                answer = replies[turn] if replay == "recorded" else 'live "reply"\n'
                expected.append({"role": "assistant", "content": answer})
            self.assertEqual(expected[:-1], messages)
        for line in run.lines:
            self.assertLessEqual(line["turn"], line["turns_total"])
        self.assertEqual({1, 2, 3, 4}, {line["turns_total"] for line in run.lines})

    def test_conversations_with_live_replies(self):
        self.check_conversations("live")

    def test_conversations_with_recorded_replies(self):
        self.check_conversations("recorded")

    def test_the_uuid_stands_in_front(self):
        self.dataset([{"prompt": "hello"}])
        run, seen = self.run_dataset({"file": "data.jsonl"}, 50, cache_mode="bust")
        self.assertEqual(0, run.status, str(run))
        self.assertEqual(50, len({messages[0]["content"] for messages in seen}))
        for messages in seen:
            self.assertRegex(messages[0]["content"], r"^[0-9]{32} hello$")

    def test_errors_name_the_line(self):
        path = self.write("data.jsonl", '{"prompt": "a"}\n{"prompt": }\n')
        run, _ = self.run_dataset({"file": path}, 10)
        self.assertEqual(2, run.status, str(run))
        self.assertIn("data.jsonl:2: found a line that is not JSON", run.err)
        run, _ = self.run_dataset({"file": "missing.jsonl"}, 10)
        self.assertEqual(2, run.status, str(run))
        self.assertIn("missing.jsonl", run.err)

    def test_a_large_file(self):
        path = self.write("data.jsonl", "")
        line = json.dumps({"prompt": "word " * 6000}) + "\n"
        with open(path, "w") as file:
            for _ in range(10_000):
                file.write(line)
        # 300 MB of text.
        run, seen = self.run_dataset({"file": path}, 50)
        self.assertEqual(0, run.status, str(run))
        self.assertEqual(50, len(seen))
        self.assertEqual({"word " * 6000}, {messages[0]["content"] for messages in seen})


if __name__ == "__main__":
    unittest.main()
