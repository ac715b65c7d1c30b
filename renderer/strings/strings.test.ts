import { globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { strings, type Strings } from './index.ts'

/** `data.import.openFile` */
type Path = string

/** Every text and function of the catalog; the words of a list are one entry. */
function entriesOf(part: Strings | object, path: Path): Path[] {
  return Object.entries(part).flatMap(([key, value]: [string, unknown]) => {
    const here = path === '' ? key : `${path}.${key}`
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? entriesOf(value, here)
      : [here]
  })
}

/** What a file takes from the catalog, by `strings.…` and by a name that it gives a part: `const words = strings.data`. */
function pathsIn(source: string): Path[] {
  const named = [...source.matchAll(/const (\w+) = strings\.([\w.]+)\n/g)]
  const rest = named.reduce((text, [line]) => text.replace(line, ''), source)
  const parts = [['strings', ''], ...named.map(([, name = '', part = '']) => [name, `${part}.`])]
  return parts.flatMap(([name, part]) =>
    [...rest.matchAll(new RegExp(`(?<!\\w-?|(?<!\\.\\.)\\.)${name}\\.([\\w.]+)`, 'g'))].map(
      ([, tail]) => `${part}${tail}`,
    ),
  )
}

const files = globSync('renderer/**/*.{ts,vue}').filter(
  (file) => !/renderer\/(strings|dist)\/|\.test\.ts$/.test(file.replaceAll('\\', '/')),
)
const taken = [...new Set(files.flatMap((file) => pathsIn(readFileSync(file, 'utf8'))))]

it('says nothing that nobody shows', () => {
  const isTaken = (entry: Path) =>
    taken.some((path) => path === entry || entry.startsWith(`${path}.`) || path.startsWith(`${entry}.`))
  expect(files.length).toBeGreaterThan(100)
  expect(entriesOf(strings, '').filter((entry) => !isTaken(entry))).toEqual([])
})

it('knows its parts by the names that files give them', () => {
  expect(
    pathsIn(
      'const words = strings.data\n{{ words.title }} other.words.x ...words.commands.open strings.ui.copy.copied',
    ),
  ).toEqual(['ui.copy.copied', 'data.title', 'data.commands.open'])
})
