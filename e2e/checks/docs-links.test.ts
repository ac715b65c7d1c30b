/** The docs are a site that is read as files: every link leads somewhere, and every page is led to from docs/README.md. */
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './process.ts'

const patterns = ['*.md', 'docs/**/*.md', 'resources/**/*.md', 'electron/**/*.md', 'engine/**/*.md']
const pages = globSync(patterns, { cwd: root, exclude: (name) => /node_modules|dist/.test(name) })
  .map((page) => page.split(sep).join('/'))
  .sort()

const textOf = (page: string): string => readFileSync(join(root, page), 'utf8')
/** What is quoted as code links nowhere. */
const withoutCode = (text: string): string =>
  text.replace(/^(```|~~~).*?^\1/gms, '').replace(/`[^`\n]*`/g, '')

interface Link {
  /** From the root, with slashes; empty for a place in the same page. */
  readonly file: string
  readonly place: string
}

/** Those to the project's own files. */
function linksOf(page: string): Link[] {
  const targets = [...withoutCode(textOf(page)).matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g)].map(
    ([, to]) => to!,
  )
  return targets
    .filter((target) => !/^[a-z]+:/i.test(target))
    .map((target) => {
      const [path = '', place = ''] = decodeURI(target).split('#')
      const file =
        path === ''
          ? page
          : relative(root, resolve(root, dirname(page), path))
              .split(sep)
              .join('/')
      return { file, place }
    })
}

/** As GitHub names headings: https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#section-links */
function placesOf(page: string): Set<string> {
  const places = new Set<string>()
  const headings = textOf(page)
    .replace(/^(```|~~~).*?^\1/gms, '')
    .matchAll(/^#{1,6} +(.+?) *#*$/gm)
  for (const [, heading] of headings) {
    const name = heading!
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-')
    let place = name
    for (let again = 1; places.has(place); again++) place = `${name}-${again}`
    places.add(place)
  }
  return places
}

test('there are pages, and links in them', () => {
  expect(pages).toContain('docs/README.md')
  expect(pages.flatMap(linksOf).length).toBeGreaterThan(100)
})

test.each(pages)('the links of %s lead somewhere', (page) => {
  const dead = linksOf(page).filter(({ file, place }) => {
    const path = join(root, file)
    if (file.startsWith('..') || !existsSync(path)) return true
    return place !== '' && file.endsWith('.md') && !placesOf(file).has(place)
  })
  expect(dead).toEqual([])
})

test('every page of the docs is found from its front page', () => {
  const found = new Set(['docs/README.md'])
  for (const page of found)
    for (const { file } of linksOf(page)) {
      const path = join(root, file)
      if (file.startsWith('docs/') && file.endsWith('.md') && existsSync(path) && statSync(path).isFile())
        found.add(file)
    }
  expect(pages.filter((page) => page.startsWith('docs/') && !found.has(page))).toEqual([])
})

test('every picture of the docs is shown, or is what pages are held against', () => {
  const shown = new Set(pages.flatMap(linksOf).map(({ file }) => file))
  const pictures = globSync('docs/**/*.{png,svg,webp}', { cwd: root }).map((file) =>
    file.split(sep).join('/'),
  )
  const references = 'docs/screenshots/reference/'
  expect(pictures.filter((file) => !file.startsWith(references) && !shown.has(file))).toEqual([])
})
