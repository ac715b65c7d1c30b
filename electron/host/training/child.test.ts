import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { predictHere } from './predict.ts'
import { moonsIn, recipeOf } from './testing.ts'

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** A host of a few lines: starts a trainer on an endless run and says its pid once it trains. */
const hostOf = (source: object): string => `
  const { startTrainer } = await import(${JSON.stringify(new URL('./child.ts', import.meta.url).href)})
  let said = false
  const trainer = startTrainer((message) => {
    if (message.type === 'metrics' && !said) console.log(trainer.pid)
    said ||= message.type === 'metrics'
  }, () => {})
  trainer.send({ type: 'train', backend: 'wasm', source: ${JSON.stringify(source)}, scratch: '.', resume: null, leash: null })
`

test('a trainer does not outlive its host, even one that was killed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'descent-child-'))
  const moons = await moonsIn(folder, 500)
  const recipe = { ...moons.recipe, ...recipeOf('classification', {}, { epochs: 100_000 }) }
  const host = hostOf({ ...moons, recipe })
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', host], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const pid = await new Promise<number>((resolve, reject) => {
    parent.stdout.once('data', (line: Buffer) => resolve(Number(line.toString())))
    parent.once('close', () => reject(new Error('The host ended before its trainer trained.')))
  })
  expect(alive(pid)).toBe(true)
  parent.kill('SIGKILL')
  const deadline = Date.now() + 10_000
  while (alive(pid) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20))
  expect(alive(pid)).toBe(false)
  rmSync(folder, { recursive: true, force: true })
}, 30_000)

test('weights that do not fit the network are refused, not guessed', async () => {
  const { model } = recipeOf('classification')
  const job = {
    backend: 'wasm' as const,
    network: {
      task: 'classification' as const,
      model,
      inputs: [{ name: 'numbers', kind: 'numbers' as const, width: 2 }],
      outputs: 2,
    },
    weights: {},
    data: { rows: 1, inputs: { numbers: new Float32Array(2) } },
  }
  await expect(predictHere(job)).rejects.toThrow(/does not fit this module: 0\.weight is missing/)
})
