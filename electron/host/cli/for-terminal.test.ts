import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { perform } from './command.ts'
import { forTerminal, oneLine } from './for-terminal.ts'

test('control characters become signs, and lines stay lines', () => {
  expect(forTerminal('a\u001b[31mb\u0007\u007f\r\n\tc\u009b2J')).toBe('a␛[31mb␇\\u007f␍\n\tc\\u009b2J')
  expect(oneLine('a\nb\u2028c')).toBe('a␊b\\u2028c')
})

test('JSON says the same', () => {
  const said = { text: 'a\u001b\u007f\u009b\n\t' }
  expect(JSON.parse(forTerminal(JSON.stringify(said)))).toEqual(said)
})

async function printed(args: string[]): Promise<{ code: number; out: string; err: string }> {
  const kept = [process.stdout.write, process.stderr.write] as const
  const said = { out: '', err: '' }
  process.stdout.write = (text) => ((said.out += String(text)), true)
  process.stderr.write = (text) => ((said.err += String(text)), true)
  try {
    return { code: await perform(args), ...said }
  } finally {
    ;[process.stdout.write, process.stderr.write] = kept
  }
}

test('no command lets data steer the terminal', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'descent-terminal-'))
  try {
    const plain = 'the day was loud and warm and then wet and cold and nobody went out of the house'
    // A file with more of them is none of text.
    const notes = Array.from(
      { length: 80 },
      (_, i) => `${i % 8 < 2 ? '\u001b]0;mine\u0007 ' : ''}${plain} ${i}`,
    )
    const lines = notes.map((note, i) => `${note},${i % 4 < 2 ? 'no' : 'y\u001b[2Jes'}`)
    const file = join(folder, 'notes.csv')
    writeFileSync(file, ['note,kind\u0007', ...lines, ''].join('\n'))
    const read = ['--delimiter', ',', '--header', 'first']
    const steering = /(?![\n\t])[\u0000-\u001f\u007f-\u009f]/
    for (const args of [
      ['explore', file, ...read, '--target', 'last'],
      ['augment', file, ...read, '--target', 'last', '--set', 'augment=wordSwap'],
      ['explore', file, ...read, '--target', 'no\u001b[31msuch'],
      ['explore', join(folder, 'no\u001b[31msuch.csv')],
    ]) {
      const { out, err } = await printed(args)
      expect(out + err, args.join(' ')).toMatch(/[␛␇]/)
      expect(out + err, args.join(' ')).not.toMatch(steering)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
