// Opens files as an editor does, by the language server that editors use for YAML, and prints as JSON what a
// person would see there. Usage: node editor.mjs TOOLS PROJECT QUESTIONS
//
// QUESTIONS is a JSON list of {file, text?, at?: {line, character}}: a file of the project, a text in place of its
// own, and where the pointer rests. An answer is {problems, hover, completions}.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [tools, project, questions] = process.argv.slice(2);
const program = join(tools, 'node', 'node_modules', 'yaml-language-server', 'bin', 'yaml-language-server');
const server = spawn(process.execPath, [program, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });

const replies = new Map();
const problems = new Map();
// What the server asks for that this is no answer to: an editor would fetch a schema for it, for example.
const asked = [];

function send(message) {
  const body = JSON.stringify({ jsonrpc: '2.0', ...message });
  server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function request(method, params) {
  const id = replies.size + 1;
  const reply = new Promise((resolve, reject) => replies.set(id, { resolve, reject }));
  send({ id, method, params });
  return reply;
}

function receive(message) {
  if (message.method === 'workspace/configuration') {
    send({ id: message.id, result: message.params.items.map(() => null) });
  } else if (message.method === 'textDocument/publishDiagnostics') {
    problems.get(message.params.uri)?.(message.params.diagnostics.map((problem) => problem.message));
  } else if (message.method && message.id !== undefined) {
    if (message.method !== 'client/registerCapability') asked.push(message.method);
    send({ id: message.id, result: null });
  } else if (message.id !== undefined) {
    const { resolve, reject } = replies.get(message.id);
    if (message.error) reject(new Error(message.error.message));
    else resolve(message.result);
  }
}

let unread = Buffer.alloc(0);
server.stdout.on('data', (bytes) => {
  unread = Buffer.concat([unread, bytes]);
  for (;;) {
    const head = unread.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = Number(/Content-Length: (\d+)/i.exec(unread.subarray(0, head))[1]);
    const end = head + 4 + length;
    if (unread.length < end) return;
    const message = JSON.parse(unread.subarray(head + 4, end));
    unread = unread.subarray(end);
    receive(message);
  }
});

async function answer({ file, text, at }, index) {
  const path = join(project, file);
  const uri = pathToFileURL(path).href;
  const seen = new Promise((resolve) => problems.set(uri, resolve));
  const content = text ?? readFileSync(path, 'utf8');
  const textDocument = { uri, languageId: 'yaml', version: index + 1, text: content };
  send({ method: 'textDocument/didOpen', params: { textDocument } });
  const found = { problems: await seen };
  if (at) {
    const where = { textDocument: { uri }, position: at };
    const hover = await request('textDocument/hover', where);
    found.hover = hover?.contents?.value ?? null;
    const completions = await request('textDocument/completion', where);
    found.completions = (completions?.items ?? completions ?? []).map((item) => item.label);
  }
  // The server takes the problems of a closed file back, which must not be read as those of the next question.
  const takenBack = new Promise((resolve) => problems.set(uri, resolve));
  send({ method: 'textDocument/didClose', params: { textDocument: { uri } } });
  await takenBack;
  return found;
}

await request('initialize', {
  processId: process.pid,
  rootUri: pathToFileURL(project).href,
  capabilities: { textDocument: { hover: { contentFormat: ['markdown'] } } },
});
send({ method: 'initialized', params: {} });
const answers = [];
for (const [index, question] of JSON.parse(questions).entries()) {
  answers.push(await answer(question, index));
}
console.log(JSON.stringify({ answers, asked }));
server.kill();
