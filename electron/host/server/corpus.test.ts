/** Whatever comes in over HTTP, what goes out is a sentence with a code, and never that something is wrong inside. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { errorSchema, procedures, type Project } from '../../contract/index.ts'
import { openApp, type App } from '../app.ts'
import { Trial, type Answer } from './trial.ts'

let trial: Trial
let app: App
let project: Project

beforeAll(async () => {
  trial = new Trial()
  app = await openApp(trial.workspace)
  await trial.start(app.handlers)
  project = (await rpc('projects.create', { name: 'Corpus' })).json() as Project
})
afterAll(async () => {
  await trial.close()
  await app.close()
})

const post = (name: string, body: string | Buffer) => trial.call('POST', `/rpc/${name}`, { body })
const rpc = (name: string, input: unknown) => post(name, JSON.stringify(input))

/** An answer that is a refusal must be one that people can read; some of what is tried here may be granted. */
function expectSentence(answer: Pick<Answer, 'status' | 'text'>): void {
  if (answer.status < 400) return
  const value = errorSchema.parse(JSON.parse(answer.text))
  expect(value.code).not.toBe('internal')
  expect(value.message).toMatch(/^[^\p{Ll}\s].*[.!?…]$/u)
  expect([...value.message].length).toBeLessThan(1010)
  expect(value.message).not.toMatch(/\p{Cc}|undefined|\[object/u)
  expect((value.field ?? '').length).toBeLessThan(300)
}

const long = 'x'.repeat(5000)
const nasty: [what: string, text: string][] = [
  ['a null character', 'a\0b'],
  ['only a null character', '\0'],
  ['5,000 characters', long],
  ['5,000 characters below a root', `/${long}/y`],
  ['5,000 emoji', '😀'.repeat(1250)],
  ['1,000 steps up', '../'.repeat(1000)],
  ['half a character', '\ud800'],
  ['control characters', 'a\n\r\u001b[31m\u202e'],
  ['a key of every object', '__proto__'],
  ['a method of every object', 'toString'],
  ['nothing', ''],
  ['a space', ' '],
  ['a folder', '/'],
  ['a file of the system', '/etc/hostname/x'],
  ['an address', 'file:///etc/passwd'],
  ['percent-encoding', '%00%ff%E0%A4%A'],
  ['SQL', "'; DROP TABLE projects; --"],
]

const encode = (text: string) => encodeURIComponent(text.toWellFormed())
/** Node's client would not send them. */
const paths = nasty.flatMap(([what, text]): [string, string, string][] => [
  [`download of ${what}`, 'GET', `/download?path=${encode(text)}`],
  [`download in the workspace of ${what}`, 'GET', `/download?path=${encode(`WORKSPACE/${text}`)}`],
  [`upload of ${what}`, 'PUT', `/upload/${encode(text)}`],
  [`file ${what}`, 'GET', `/${encode(text)}`],
  [`file with an ending ${what}`, 'GET', `/assets/${encode(text)}.js`],
  [`procedure ${what}`, 'POST', `/rpc/${encode(text)}`],
])

test.each(paths)('%s', async (_what, method, path) => {
  const real = path.replace(encode('WORKSPACE'), encode(trial.workspace))
  expectSentence(await trial.call(method, real, method === 'GET' ? {} : { body: '{}' }))
})

test.each([
  ['malformed percent-encoding of a file', 'GET', '/%E0%A4%A'],
  ['malformed percent-encoding of an upload', 'PUT', '/upload/%E0%A4%A'],
  ['malformed percent-encoding of a procedure', 'POST', '/rpc/%zz'],
  ['malformed percent-encoding of a download', 'GET', '/download?path=%E0%A4%A'],
  ['a stray percent sign', 'GET', '/%'],
  ['bytes that are not UTF-8', 'GET', '/%ff%fe.js'],
  ['two slashes', 'GET', '//evil.example/'],
  ['an upload without a name', 'PUT', '/upload/'],
  ['an upload below a name', 'PUT', '/upload/a/b'],
  ['a procedure of 15,000 characters', 'POST', `/rpc/${'p'.repeat(15_000)}`],
  ['a procedure of 20,000 characters', 'POST', `/rpc/${'p'.repeat(20_000)}`],
  ['a query of 20,000 characters', 'GET', `/?${'q'.repeat(20_000)}`],
  ['another method', 'PATCH', '/'],
  ['another method of a call', 'DELETE', '/rpc/projects.list'],
  ['options', 'OPTIONS', '*'],
])('%s', async (_what, method, path) => {
  expectSentence(await trial.call(method, path))
})

test.each([
  ['20 KB of headers', ['X: ' + 'x'.repeat(20_000)]],
  ['5,000 headers', Array.from({ length: 5000 }, (_, i) => `X${i}: x`)],
  ['a length that is none', ['Content-Length: -1']],
  ['a length beyond all numbers', ['Content-Length: 99999999999999999999999']],
  ['two lengths', ['Content-Length: 1', 'Content-Length: 2']],
  ['a length and chunks', ['Content-Length: 1', 'Transfer-Encoding: chunked']],
  ['an unknown encoding', ['Transfer-Encoding: gzip, nonsense']],
  ['an expectation', ['Expect: miracles']],
  ['an upgrade', ['Connection: upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: x']],
  ['an origin that is none', ['Origin: \u00e4\u00f6']],
  ['a thousand cookies', [`Cookie: ${'a=b; '.repeat(1000)}`]],
  ['a header without a name', [': x']],
  ['a bare line feed', ['X: a\nY: b']],
  ['a null character', ['X: a\0b']],
])('headers: %s', async (_what, headers) => {
  const { socket, heard } = trial.raw()
  socket.write(trial.head('POST', '/rpc/projects.list', ...headers, 'Connection: close') + '{}')
  const timer = setTimeout(() => socket.end(), 500)
  const text = await heard
  clearTimeout(timer)
  const [head = '', body = ''] = text.split('\r\n\r\n')
  expectSentence({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)![1]), text: body })
})

test.each([
  ['not HTTP', 'hello\r\n\r\n'],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['no host', 'GET / HTTP/1.1\r\n\r\n'],
  ['an unknown version', 'GET / HTTP/9.9\r\n\r\n'],
  ['null characters', '\0'.repeat(1000)],
  ['a chunk without a size', 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
])('bytes: %s', async (_what, bytes) => {
  const { socket, heard } = trial.raw()
  socket.write(Buffer.from(bytes, 'latin1'))
  const timer = setTimeout(() => socket.end(), 500)
  const text = await heard
  clearTimeout(timer)
  const [head = '', body = ''] = text.split('\r\n\r\n')
  expectSentence({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)![1]), text: body })
})

const deep = 100_000
const bodies: [what: string, body: string | Buffer][] = [
  ['nothing', ''],
  ['half of it', '{"a":'],
  ['words', 'projects'],
  ['null', 'null'],
  ['a number beyond all numbers', '1e999'],
  ['UTF-16', Buffer.from('{}', 'utf16le')],
  ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
  ['a byte order mark', '\ufeff{}'],
  ['null characters', '\0'.repeat(1000)],
  ['gzip', Buffer.from('1f8b0800000000000003ab0500', 'hex')],
  ['lists in lists', '['.repeat(deep) + ']'.repeat(deep)],
  ['lists that do not end', '['.repeat(deep)],
  ['objects in objects', '{"a":'.repeat(deep) + '1' + '}'.repeat(deep)],
  ['a recipe in a recipe', '{"recipe":'.repeat(deep) + '1' + '}'.repeat(deep)],
  ['brackets in a string', JSON.stringify({ name: '['.repeat(deep) + '\\"' })],
  ['200,000 values', `[${'0,'.repeat(199_999)}0]`],
  ['a key of every object', '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'],
  ['an escaped key of every object', '{"\\u005f_proto__":{"polluted":true}}'],
  ['a key that is long', JSON.stringify({ [long.repeat(100)]: 1 })],
  ['a value that is long', JSON.stringify({ projectId: long.repeat(100), name: long.repeat(100) })],
  ['the same key twice', '{"projectId":"a","projectId":{"b":1}}'],
  ['half a character', '{"projectId":"\\ud800","name":"\\udfff"}'],
]

/** Each is given to every procedure: of those that are long, one of a kind stays. */
const longer = new Set([
  'a byte order mark',
  'objects in objects',
  'lists that do not end',
  '200,000 values',
  'a value that is long',
  'a recipe in a recipe',
  'a key that is long',
])
async function holdBody(body: string | Buffer): Promise<void> {
  for (const name of Object.keys(procedures)) {
    const answer = await post(name, body)
    try {
      expectSentence(answer)
    } catch (error) {
      throw new Error(`${name}: ${answer.text.slice(0, 500)}`, { cause: error })
    }
  }
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  expect(({} as Record<string, unknown>)['polluted']).toBe(undefined)
}
test.each(bodies.filter(([what]) => !longer.has(what)))('bodies: %s', (_what, body) => holdBody(body))
test.each(bodies.filter(([what]) => longer.has(what)))(
  'bodies: %s',
  { tags: 'thorough', timeout: 120_000 },
  (_what, body) => holdBody(body),
)

async function holdString(text: string): Promise<void> {
  const projectId = project.id
  const inputs: [string, object][] = [
    ['projects.get', { projectId: text }],
    ['projects.create', { name: text }],
    ['projects.createFromSample', { sampleId: text }],
    ['projects.selectRun', { projectId, runId: text }],
    ['projects.setRecipe', { projectId, recipe: { ...project.recipe, __proto__: null, [text]: 1 } }],
    ['datasets.import', { projectId, path: text }],
    ['datasets.import', { projectId, path: `${trial.workspace}/${text}` }],
    ['datasets.setTarget', { projectId, columns: [text] }],
    ['training.start', { projectId, name: text }],
    ['runs.get', { runId: text }],
    ['deploy.save', { runId: text, path: text }],
    ['deploy.export', { projectId, modelPath: text, export: { format: text }, path: text }],
    ['deploy.export', { projectId, modelPath: text, export: { format: 'onnx' }, path: text }],
    ['deploy.load', { path: text }],
    ['deploy.load', { path: `${trial.workspace}/${text}` }],
    ['deploy.predict', { modelPath: text, dataPath: text }],
    ['compare.runs', { runIds: [text, text] }],
  ]
  for (const [name, input] of inputs) {
    const answer = await rpc(name, input)
    try {
      expectSentence(answer)
    } catch (error) {
      throw new Error(`${name}: ${answer.text.slice(0, 500)}`, { cause: error })
    }
  }
}
/** One of a kind: of lengths, of paths, of characters, of names that objects have. */
const kinds = new Set([
  'a null character',
  '5,000 characters',
  '1,000 steps up',
  'half a character',
  'nothing',
])
test.each(nasty.filter(([what]) => kinds.has(what)))('strings: %s', (_what, text) => holdString(text))
test.each(nasty.filter(([what]) => !kinds.has(what)))('strings: %s', { tags: 'thorough' }, (_what, text) =>
  holdString(text),
)

test('after all of it the host still answers, and has logged no bug', async () => {
  expect((await rpc('projects.list', {})).status).toBe(200)
  expect(trial.logged).toEqual([])
})
