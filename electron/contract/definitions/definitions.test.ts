import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  allFamilies as families,
  begin,
  findingRegistries,
  metrics,
  familySchema,
  memberOf,
  settingGroups,
  startsOf,
  valueText,
} from './index.ts'
import { allows, boundsOf, schemaOf, type Option } from './options.ts'

const root = join(import.meta.dirname, '../../..')
const allOptions: [string, Option][] = [
  ...families.flatMap(({ path, members }) =>
    members.flatMap((member) =>
      Object.entries(member.options).map(([key, option]): [string, Option] => [
        `${path}.${member.name}.${key}`,
        option,
      ]),
    ),
  ),
  ...settingGroups.flatMap(({ path, options }) =>
    Object.entries(options).map(([key, option]): [string, Option] => [`${path}.${key}`, option]),
  ),
  ...findingRegistries.flatMap(({ members }) =>
    members.flatMap(({ name, options }) =>
      Object.entries(options).map(([key, option]): [string, Option] => [`${name}.${key}`, option]),
    ),
  ),
]

test.each(allOptions)('%s starts within its bounds, and says what it is', (_, option) => {
  expect(allows(option, option.start), boundsOf(option)).toBe(true)
  expect(schemaOf(option).parse(undefined)).toEqual(option.start)
  expect(option.help).toMatch(/^\p{Lu}.*[.?]$/u)
  expect(valueText(option, option.start)).not.toBe('')
  for (const wrong of [NaN, Infinity, 'no such choice', null, {}, [NaN], -1e300, 1e300])
    if (!allows(option, wrong))
      expect(schemaOf(option).safeParse(wrong).error?.issues[0]?.message).toContain(option.label)
})

test('every member is known by its name, starts valid, and refuses what is not its own', () => {
  for (const family of families) {
    expect(new Set(family.members.map(({ name }) => name)).size).toBe(family.members.length)
    const schema = familySchema(family)
    for (const { name, options } of family.members) {
      const start = begin(family, name)
      expect(schema.parse({ [family.key]: name })).toEqual(start)
      expect(start).toEqual({ [family.key]: name, ...startsOf(options) })
      expect(schema.safeParse({ ...start, surplus: 1 }).success).toBe(false)
      expect(memberOf(family, name).help).toMatch(/\.$/)
    }
    expect(schema.safeParse({ [family.key]: 'no such name' }).success).toBe(false)
    expect(schema.safeParse(null).success).toBe(false)
  }
})

test('every alert, check and alarm has a name of its own, says why it matters, and hides only what there is', () => {
  const all = findingRegistries.flatMap(({ members }) => members)
  const names = all.map(({ name }) => name)
  expect(names.length).toBeGreaterThan(30)
  expect(new Set(names).size).toBe(names.length)
  for (const { label, help, facts, hides = [], many } of all) {
    expect(label).toMatch(/^\p{Lu}/u)
    expect(help).toMatch(/^\p{Lu}|^“/u)
    expect(help).toMatch(/\.$/)
    for (const { label: fact } of Object.values(facts)) expect(fact).toMatch(/^(\p{Lu}|\|r\|)/u)
    for (const hidden of hides) expect(names).toContain(hidden)
    if (many !== undefined) expect(many).toMatch(/^(columns|pairs of features) .*[^.]$/)
  }
})

/**
 * Where a member's name may stand: its definition, the record of implementations, whose keys are no strings, and what reads
 * the stored data of earlier versions.
 */
const home = /^electron\/contract\/definitions\/|\/upgrades\.ts$/

test('no name of a member decides anything outside of its definition and implementation', () => {
  const files = globSync('{electron,renderer}/**/*.{ts,vue}', { cwd: root }).filter(
    (file) => !home.test(file) && !/\.test\.ts$|\/testing\.ts$/.test(file),
  )
  expect(files.length).toBeGreaterThan(100)
  const others = [{ members: metrics }, ...findingRegistries].map((one) => ({ ...one, key: 'name' }))
  const looked = [...families, ...others].flatMap(({ key, members }) =>
    members.map(({ name }) => {
      const quoted = `['"]${name}['"]`
      const decides = new RegExp(
        `case ${quoted}|[!=]== ?${quoted}|${key}: ?${quoted}|z\\.literal\\(${quoted}|\\b(begin|exchange|memberOf)\\([^)]*${quoted}`,
      )
      return { name, decides }
    }),
  )
  const found = files.flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    // Few files say few of the many names.
    const said = new Set(Array.from(text.matchAll(/['"]([^'"\n]+)(?=['"])/g), ([, word]) => word!))
    return looked.flatMap(({ name, decides }) => {
      const match = said.has(name) ? decides.exec(text) : null
      return match ? [`${file}: ${match[0]}`] : []
    })
  })
  expect(found).toEqual([])
})
