import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hashFile, manifestSchema, whyNotSound, type Manifest } from './verify-install.ts'

let resources: string
let manifest: Manifest

const place = (file: string, text: string): void => {
  mkdirSync(join(resources, file, '..'), { recursive: true })
  writeFileSync(join(resources, file), text)
}

const packaged = ['node/bin/node', 'descent/electron/host/main.ts', 'descent/empty.ts']

beforeEach(async () => {
  // As people have it: with a space and letters beyond ASCII.
  resources = join(mkdtempSync(join(tmpdir(), 'descent-verify-')), 'Größe 大 x', 'resources')
  place('node/bin/node', 'n'.repeat(3_000_000))
  place('descent/electron/host/main.ts', 'start()')
  place('descent/empty.ts', '')
  place('app.asar', 'not checked by itself')
  const hashes = await Promise.all(packaged.map((file) => hashFile(join(resources, file))))
  manifest = manifestSchema.parse(Object.fromEntries(packaged.map((file, i) => [file, hashes[i]])))
})
afterEach(() => rmSync(join(resources, '../..'), { recursive: true, force: true }))

test('an app as it was packaged starts, with what desktops leave in folders', async () => {
  expect(manifest['descent/empty.ts']).toMatch(/^e3b0c442/)
  place('descent/.DS_Store', '')
  place('elsewhere/notes.txt', 'nobody runs this')
  expect(await whyNotSound(resources, manifest)).toBe(null)
})

test('a changed Node or host is refused in a sentence that names the file', async () => {
  for (const file of packaged) {
    appendFileSync(join(resources, file), ' ')
    const why = await whyNotSound(resources, manifest)
    expect(why).toContain(`${join(resources, file)} is not as it was installed`)
    expect(why).toContain('Install Descent again')
    writeFileSync(join(resources, file), file.endsWith('node') ? 'n'.repeat(3_000_000) : '')
    if (file.endsWith('main.ts')) place(file, 'start()')
  }
  expect(await whyNotSound(resources, manifest)).toBe(null)
  // The same length, one letter in the middle.
  place('node/bin/node', `${'n'.repeat(1_500_000)}m${'n'.repeat(1_499_999)}`)
  expect(await whyNotSound(resources, manifest)).toContain('node is not as it was installed')
})

test('so is a missing one, as half an update leaves it', async () => {
  rmSync(join(resources, 'descent'), { recursive: true })
  expect(await whyNotSound(resources, manifest)).toContain('main.ts is missing')
})

test('and a file that Node would find before ours', async () => {
  place('descent/electron/host/package.json', '{"type":"commonjs"}')
  expect(await whyNotSound(resources, manifest)).toContain('package.json is none of Descent’s files')
})

test.skipIf(process.platform === 'win32')(
  'and a link, which could lead elsewhere a moment later',
  async () => {
    const file = join(resources, 'descent/electron/host/main.ts')
    renameSync(file, join(resources, 'moved.ts'))
    symlinkSync(join(resources, 'moved.ts'), file)
    expect(await whyNotSound(resources, manifest)).toContain('main.ts is not as it was installed')
  },
)
