import { createPinia, setActivePinia } from 'pinia'
import { expect, it } from 'vitest'
import { useCommands, type Command } from './registry.ts'

const command = (id: string): Command => ({ id, label: id, group: 'page', run: () => undefined })

it('lists a page before the app, and explanations behind both, whatever came when', () => {
  setActivePinia(createPinia())
  const commands = useCommands()
  commands.register(() => [command('app')])
  const forget = commands.explain(() => [command('term')])
  commands.register(() => [command('page')])
  expect(commands.all.map(({ id }) => id)).toEqual(['page', 'app', 'term'])
  forget()
  expect(commands.all.map(({ id }) => id)).toEqual(['page', 'app'])
})
