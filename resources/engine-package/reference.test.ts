import { join } from 'node:path'
import { expect, it } from 'vitest'
import { saysSomething } from './declarations.ts'
import { reference } from './reference.ts'

const { pages, silent } = reference()

it('every public class, function and method says what it does', () => {
  expect(silent).toEqual([])
})

it.each(pages)('the page $name is what the sources say', async ({ name, text }) => {
  await expect(text).toMatchFileSnapshot(join(import.meta.dirname, `../../docs/reference/${name}.md`))
})

it('tells a comment that says something from one that names its source alone', () => {
  expect(saysSomething('Ones everywhere. Source: torch.ones. Errors: a RangeError.')).toBe(true)
  expect(saysSomething('Source: torch.ones.')).toBe(false)
  expect(saysSomething('Errors: a RangeError.')).toBe(false)
  expect(saysSomething('')).toBe(false)
})
