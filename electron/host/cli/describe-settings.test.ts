import { join } from 'node:path'
import { expect, test } from 'vitest'
import { families, findingRegistries, memberOf, optimizers } from '../../contract/index.ts'
import { settingsPage, settingTopics } from './describe-settings.ts'

test('the page of the docs is what the definitions say', async () => {
  await expect(settingsPage()).toMatchFileSnapshot(join(import.meta.dirname, '../../../docs/settings.md'))
})

test('help names every member of every family with its settings and bounds', () => {
  for (const family of families) {
    const text = settingTopics.get(family.name)
    for (const member of family.members) {
      expect(text).toContain(`  ${member.name}\n`)
      for (const key of Object.keys(member.options)) expect(text).toContain(`    ${key} = `)
    }
  }
  for (const { name, members } of findingRegistries) {
    const text = settingTopics.get(name)
    for (const { name: one, severity } of members) expect(text).toContain(`  ${one} (${severity})\n`)
  }
  expect(settingTopics.get('alerts')).toContain('    imbalance = 0.5, a number from 0 to 1\n')
  const { momentum } = memberOf(optimizers, 'sgd').options
  expect(settingTopics.get('optimizers')).toContain(
    `momentum = ${String(momentum.start)}, a number from 0 below 1`,
  )
  for (const text of settingTopics.values())
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(120)
})
