import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commandLinePage } from './command-line-page.ts'
import { commandNames, helpText } from './help.ts'

test('the page of the docs is what the command says', async () => {
  const path = join(import.meta.dirname, '../../../docs/command-line.md')
  await expect(commandLinePage()).toMatchFileSnapshot(path)
})

test('the overview names every command', () => {
  for (const name of commandNames) expect(helpText(null)).toContain(`\n  descent ${name}`)
})
