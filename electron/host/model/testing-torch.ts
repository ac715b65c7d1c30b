/** For tests: what PyTorch makes of a document's source, held against what the engine makes of the document. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect } from 'vitest'
import { manualSeed, type Tensor } from '../../../engine/index.ts'
import { pythonWithTorch } from '../../../engine/fixtures/ask-torch.ts'
import type { NetworkDocument } from '../../contract/index.ts'
import { moduleOf } from './module.ts'
import { sourceOf } from './python.ts'
import { exampleOf } from './testing.ts'

/** What a network with weights of a seed makes of an example. */
export async function computed(document: NetworkDocument) {
  manualSeed(3)
  const network = moduleOf(document).eval()
  const example = document.inputs.map(exampleOf)
  const outputs = [...(await network.forward(...example).data())]
  return { network, example, outputs }
}
export const values = async (t: Tensor) => ({ dtype: t.dtype, shape: t.shape, values: [...(await t.data())] })
/** Within 1e-5, of large numbers relatively. */
export const close = (found: ArrayLike<number>, wanted: readonly number[], what = ''): void => {
  expect(found.length, what).toBe(wanted.length)
  wanted.forEach((value, i) => {
    expect(Math.abs(found[i]! - value), what).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)))
  })
}

const script = `
import json, sys
import torch
def made(t):
    return torch.tensor(t["values"], dtype=getattr(torch, t["dtype"])).reshape(t["shape"])
def answer(given):
    space = {}
    exec(given["source"], space)
    net = space["Net"]().eval()
    own = net.state_dict()
    missing = set(own) ^ set(given["state"])
    assert not missing, missing
    net.load_state_dict({name: made(t).to(own[name].dtype) for name, t in given["state"].items()})
    return net(*[made(t) for t in given["example"]]).flatten().tolist()
for line in sys.stdin:
    print(json.dumps([answer(given) for given in json.loads(line)]), flush=True)
`
/** null: no Python here has PyTorch. */
export const python = pythonWithTorch()

/** Questions to PyTorch, a line each. One process answers all of a test file: importing it takes longer than most answers. */
class Torch {
  readonly #process = spawn(python!, ['-c', script], { stdio: ['pipe', 'pipe', 'pipe'] })
  readonly #lines = createInterface({ input: this.#process.stdout })
  #said = ''
  /** Answers come in the order of the questions: one that nobody waits for any more, because its test ran out of time, is still the next. */
  #before: Promise<unknown> = Promise.resolve()

  constructor() {
    this.#process.stderr.on('data', (chunk: Buffer) => (this.#said += chunk.toString()))
    // It ends with the test file's process, which closes its input.
    this.#process.unref()
  }

  ask(cases: readonly unknown[]): Promise<number[][]> {
    const answer = this.#before.then(() => this.#ask(cases))
    this.#before = answer.catch(() => null)
    return answer
  }

  async #ask(cases: readonly unknown[]): Promise<number[][]> {
    const answered = once(this.#lines, 'line') as Promise<[string]>
    const ended = once(this.#process, 'close').then(() => null)
    this.#process.stdin.write(`${JSON.stringify(cases)}\n`)
    const answer = await Promise.race([answered, ended])
    if (answer === null) throw new Error(this.#said)
    return JSON.parse(answer[0]) as number[][]
  }
}
let torch: Torch | null = null

/** With the same weights, what PyTorch makes of the documents' sources is what the engine makes of the documents. */
export async function holdTo(documents: readonly NetworkDocument[]): Promise<void> {
  const cases = []
  for (const document of documents) {
    const { network, example, outputs } = await computed(document)
    const state: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(network.stateDict())) state[name] = await values(value)
    const source = await sourceOf(document)
    cases.push({ source, state, example: await Promise.all(example.map(values)), outputs })
  }
  const answers = await (torch ??= new Torch()).ask(cases)
  cases.forEach(({ outputs, source }, i) => {
    close(answers[i]!, outputs, source)
  })
}
