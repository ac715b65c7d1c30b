import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { procedures } from '../../electron/contract/index.ts'
import type { ProcedureName } from '../../electron/contract/index.ts'
import { mutations } from './mutations.ts'

const names = Object.keys(procedures) as ProcedureName[]
const renderer = join(import.meta.dirname, '..')
const sources = globSync('**/*.{ts,vue}', { cwd: renderer })
  .filter((path) => !path.endsWith('.test.ts'))
  .map((path) => ({ path, text: readFileSync(join(renderer, path), 'utf8') }))

it('says of every procedure whether it changes something, and how that is taken back', () => {
  expect(Object.keys(mutations).sort()).toEqual([...names].sort())
  for (const name of names) {
    const mutation = mutations[name]
    if (mutation === null)
      expect(name, 'its name says that it changes something').not.toMatch(/\.(set|delete|create|rename)/)
    else expect(mutation.why, name).toMatch(/^[A-Z].*\.$/)
  }
})

/** What a confirmed procedure is called by in components, past the stores. */
const ways: Partial<Record<ProcedureName, RegExp>> = {
  'projects.delete': /\bdamaged\.remove\(/,
  'runs.delete': /\btrain\.remove\(/,
  'search.stop': /\bact\('stop'\)/,
  'search.delete': /\bstore\.forget\(/,
  'training.stop': /\btrain\.control\('stop'/,
  'space.trim': /\bcall\('space\.trim'/,
  'evaluate.run': /\bevaluate\.evaluate\([^)]*'test'/,
}
it('asks before what cannot be taken back, wherever it is done from', () => {
  for (const name of names.filter((one) => mutations[one]?.how === 'confirmed')) {
    const way = ways[name]
    expect(way, name).toBeDefined()
    const callers = sources.filter(({ path, text }) => path.endsWith('.vue') && way?.test(text))
    expect(callers.length, name).toBeGreaterThan(0)
    for (const { path, text } of callers) expect(text, `${path} calls ${name}`).toContain('<ConfirmDialog')
  }
})
