import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { DescentError } from '../../contract/index.ts'
import { checkPath, readRegularFile, statRegular } from './regular-file.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'descent-input-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const rules = { most: 1000, what: 'a table' }
const windows = process.platform === 'win32'

/** Both ways, which must agree; as code and sentence. */
async function refusal(path: string): Promise<string> {
  const told = await Promise.all(
    [readRegularFile, statRegular].map((ask) =>
      ask(path, rules).then(
        () => 'accepted',
        (error: unknown) =>
          error instanceof DescentError ? `${error.code} ${error.field}: ${error.message}` : String(error),
      ),
    ),
  )
  expect(told[1]).toBe(told[0])
  return told[0]!
}

it('reads a regular file, also through a link, and an empty one', async () => {
  const path = join(folder, 'a.csv')
  writeFileSync(path, 'a,b\n')
  symlinkSync(path, join(folder, 'link'))
  expect(Buffer.from(await readRegularFile(join(folder, 'link'), rules)).toString()).toBe('a,b\n')
  expect(await statRegular(path, rules)).toEqual({ path, bytes: 4 })
  appendFileSync(path, 'x'.repeat(996))
  expect((await readRegularFile(path, rules)).length).toBe(1000)
  writeFileSync(path, '')
  expect(await readRegularFile(path, rules)).toEqual(new Uint8Array(0))
})

it('refuses what is larger than asked for without reading it', async () => {
  const path = join(folder, 'sparse')
  writeFileSync(path, '')
  truncateSync(path, 10 * 2 ** 30)
  expect(await refusal(path)).toBe(
    `tooLarge path: ${path} has 10 GB; as a table, at most 1,000 bytes are read.`,
  )
})

it('refuses folders and what is not there', async () => {
  writeFileSync(join(folder, 'file'), '')
  mkdirSync(join(folder, 'sub'))
  expect(await refusal(join(folder, 'sub'))).toBe(
    `badData path: ${join(folder, 'sub')} is a folder, not a table.`,
  )
  expect(await refusal(join(folder, 'none'))).toMatch(/^notFound path: There is no file at /)
  if (!windows) expect(await refusal(join(folder, 'file', 'x'))).toMatch(/^notFound .* is no folder\./)
})

it.skipIf(windows)('refuses pipes, devices, sockets and circles of links at once', async () => {
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  expect(await refusal(pipe)).toMatch(/^badData .* is a named pipe, not a table\.$/)
  symlinkSync('/dev/zero', join(folder, 'zero'))
  expect(await refusal(join(folder, 'zero'))).toMatch(/^badData .* is a device, not a table\.$/)
  symlinkSync(join(folder, 'two'), join(folder, 'one'))
  symlinkSync(join(folder, 'one'), join(folder, 'two'))
  expect(await refusal(join(folder, 'one'))).toMatch(/^badData .* links lead in a circle/)
  const server = createServer().listen(join(folder, 'socket'))
  try {
    await new Promise((resolve) => server.once('listening', resolve))
    expect(await refusal(join(folder, 'socket'))).toMatch(/^badData .* is a socket, not a table\.$/)
  } finally {
    server.close()
  }
})

it.skipIf(windows || process.getuid?.() === 0)('says when access is denied', async () => {
  const path = join(folder, 'secret')
  writeFileSync(path, 'x')
  chmodSync(path, 0)
  expect(await refusal(path)).toMatch(/^badData .* access is denied \(EACCES\)/)
})

it('refuses paths that no file system can hold, in a short sentence', async () => {
  expect(await refusal('')).toBe('badRequest path: The path is empty: name a file or folder.')
  expect(await refusal('/a\0b')).toBe(
    'badRequest path: The path “/a␀b” holds a null byte, which no name of a file can.',
  )
  expect(await refusal(`/${'x/'.repeat(2500)}`)).toMatch(/^badRequest .* has 5000 bytes; .* at most 4096\.$/)
  const umlauts = await refusal(`/tmp/${'ä'.repeat(128)}`)
  expect(umlauts).toMatch(/holds a name of 256 bytes; .* at most 255\.$/)
  expect(umlauts.length).toBeLessThan(250)
  expect(checkPath(`/tmp/${'ä'.repeat(127)}`)).toBe(`/tmp/${'ä'.repeat(127)}`)
})
