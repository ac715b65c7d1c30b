/** Pages whose code is run: what a line prints must be what stands behind it, or below it, after an arrow. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const docs = new URL('../../docs/', import.meta.url)
const folder = mkdtempSync(join(tmpdir(), 'descent-pages-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const arrow = '// → '

/** The page's code as one module. */
function codeOf(page: string): string {
  const text = readFileSync(new URL(page, docs), 'utf8')
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block]) => block).join('\n')
}

const promised = (code: string): string[] =>
  code.split('\n').flatMap((line) => {
    const at = line.indexOf(arrow)
    return at < 0 ? [] : [line.slice(at + arrow.length)]
  })

const pages = readdirSync(docs).filter((name) => name.endsWith('.md') && promised(codeOf(name)).length > 0)

test('there are pages to run', () => {
  expect(pages).toContain('computational-graphs.md')
})

const isHeld = (page: string): void => {
  const code = codeOf(page)
  const file = join(folder, page.replace(/\.md$/, '.ts'))
  const engine = pathToFileURL(new URL('../engine/index.ts', docs).pathname).href
  writeFileSync(file, code.replaceAll("'../engine/index.ts'", JSON.stringify(engine)))
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--no-warnings', file], {
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  expect(stdout.trimEnd().split('\n')).toEqual(promised(code))
}
/** Hundreds of kernels are compiled for it. */
const long = ['for-pytorch-users.md']
test.each(pages.filter((page) => !long.includes(page)))('%s prints what it says', isHeld)
test.each(long)('%s prints what it says', { tags: 'thorough' }, isHeld)
