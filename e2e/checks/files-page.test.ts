/** docs/your-files.md promises things: each names, in a comment, the test that shows it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from './process.ts'

const page = readFileSync(join(root, 'docs/your-files.md'), 'utf8')
const references = [...page.matchAll(/<!-- (\S+\.test\.ts): (.+?) -->/g)].map(([, file, title]) => ({
  file: file!,
  title: title!,
}))

it.each(references)('$file shows “$title”', ({ file, title }) => {
  const titles = [...readFileSync(join(root, file), 'utf8').matchAll(/\(\s*(['"`])(.+?)\1\s*,/g)].map(
    ([, , text]) => text!,
  )
  expect(titles.filter((text) => text.includes(title))).not.toEqual([])
})

it('every promise has one', () => {
  const promises = page
    .split('\n')
    .filter(
      (line) =>
        line.startsWith('- ') ||
        (line.startsWith('| ') && page.indexOf(line) > page.indexOf('## When something')),
    )
    .filter((line) => !/^\| (---|what happened|the whole workspace)/.test(line))
  expect(promises.length).toBeGreaterThan(20)
  expect(promises.filter((line) => !line.includes('<!-- '))).toEqual([])
})
