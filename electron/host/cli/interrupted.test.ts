import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BesideBaselines } from '../../contract/index.ts'
import { randomSource } from '../prepare/random.ts'
import type { RunReport } from './run-report.ts'

const program = fileURLToPath(new URL('../cli.ts', import.meta.url))
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-interrupted-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** So many numbers that baselines are not trained within a moment. */
function wide(): string {
  const random = randomSource(1)
  const names = Array.from({ length: 27 }, (_, i) => `c${i}`)
  const lines = Array.from({ length: 20_000 }, () => {
    const values = names.map(() => random())
    return [...values.map((value) => value.toFixed(3)), values[0]! + values[1]! > 1 ? 'a' : 'b'].join(',')
  })
  return [[...names, 'y'].join(','), ...lines].join('\n')
}

test(
  'Ctrl-C while baselines are trained leaves them out, and the run is whole',
  { tags: 'thorough', timeout: 90_000 },
  async () => {
    writeFileSync(join(folder, 'wide.csv'), wide())
    const args =
      'run wide.csv --target y --effort quick --seed 1 --epochs 1 --backend wasm --no-preflight --json --out out'
    const child = spawn(process.execPath, [program, ...args.split(' ')], { cwd: folder })
    let [stdout, stderr, interrupted] = ['', '', false]
    const savedBefore: boolean[] = []
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
      if (interrupted || !stderr.includes('Training baselines')) return
      interrupted = true
      savedBefore.push(existsSync(join(folder, 'out', 'model', 'model.json')))
      child.kill('SIGINT')
    })
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect(code, stderr).toBe(0)
    expect(savedBefore).toEqual([true])
    expect(stderr).toContain('Leaving the baselines out.')
    const report = JSON.parse(stdout.trim().split('\n').at(-1)!) as RunReport
    expect(report.baselines.map(({ name }) => name)).toEqual(['constant'])
    expect(report.beside?.verdict).toBe('better')
    const kept = JSON.parse(readFileSync(join(folder, 'out', 'baselines.json'), 'utf8')) as BesideBaselines
    expect(kept.without.map(({ name }) => name)).toEqual(['linear', 'nearest', 'boosted'])
    expect(kept.without[0]!.why).toContain('interrupted')
  },
)
